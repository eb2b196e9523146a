"""Files to and from the device, and its firmware (document VI 10; packages of records and UPGRADE from the field).

All of them are off unless the setting `allow_files` and the admin role allow them: data/ssruser.dat holds every
password (errata Z14).
"""

from collections.abc import Mapping
from typing import Final

from wire.zkpush.commands.entry import ALLOW_FILES, Answer, Entry, Firmware, Kind, Parameter, Role
from wire.zkpush.commands.results import FILE, ResultTable

_FIELD: Final = "field: zk-push.md 2.5 D17, newer attendance firmware"
_MAX_URL: Final = 250  # old firmware's buffer has 256 bytes (field)
_SYNCED: Final = ResultTable("file of records", "field", FILE.codes, amount="records or bytes")
_URL: Final = Parameter("url", "", Kind.URL, "address, or one relative to /iclock/", required=True, max_bytes=_MAX_URL)
_TARGET: Final = Parameter("target", "", Kind.DEVICE_PATH, "default /mnt/mtdblock", max_bytes=120)
_TARGET_NEEDED: Final = Parameter("target", "", Kind.DEVICE_PATH, "path on the device", required=True, max_bytes=120)


def _check_source(given: Mapping[str, str | int], wire: dict[str, str], charset: str) -> None:
    if wire["path"].startswith("/"):
        raise ValueError("parameter path is relative to /mnt/mtdblock; leave out the leading '/'")


def _put(name: str, title: str, action: str, *extra: Parameter, destroys: bool) -> Entry:
    return Entry(
        name,
        _FIELD,
        title,
        "PutFile",
        (
            _URL,
            _TARGET_NEEDED,
            Parameter("action", "Action", Kind.CHOICE, default=action, choices={action: "fixed"}),
            *extra,
        ),
        firmware=Firmware.PUSH_2,
        results=_SYNCED,
        destroys=destroys,
        max_sends=1,
        role=Role.ADMIN,
        gate=ALLOW_FILES,
        errata=("Z2", "Z14"),
    )


FILES: Final = (
    Entry(
        "file.get",
        "VI 10.1",
        "Have a file of the device sent",
        "GetFile",
        (Parameter("path", "", Kind.DEVICE_PATH, "relative to /mnt/mtdblock", required=True, max_bytes=120),),
        results=FILE,
        answer=Answer.FILE,
        role=Role.ADMIN,
        gate=ALLOW_FILES,
        check=_check_source,
        errata=("Z2", "Z14"),
    ),
    Entry(
        "file.put",
        "VI 10.2",
        "Have the device fetch a file, or a package that it unpacks",
        "PutFile",
        (_URL, _TARGET),
        results=FILE,
        destroys=True,
        cuts_off=True,
        max_sends=1,
        role=Role.ADMIN,
        gate=ALLOW_FILES,
        errata=("Z2", "Z14"),
        note="Printed with a blank before the target; old firmware takes a blank or a tab, newer documents have a tab.",
    ),
    _put(
        "file.put_records",
        "Replace all records of a table by those of a file",
        "SyncData",
        Parameter(
            "table",
            "TableName",
            Kind.CHOICE,
            required=True,
            choices={"USERINFO": "users", "FINGERTMP": "fingerprints", "FACE": "faces"},
        ),
        Parameter("records", "RecordCount", Kind.INTEGER, "in the file", required=True, low=1),
        destroys=True,
    ),
    _put("file.append_records", "Add the records of a file", "AppendData", destroys=False),
    Entry(
        "firmware.upgrade",
        _FIELD,
        "Have the device fetch and install firmware",
        "UPGRADE",
        (
            Parameter("type", "type", Kind.CHOICE, default=1, choices={1: "the file as it is"}),
            Parameter("checksum", "checksum", Kind.MD5, "MD5 of the file", required=True, forbidden=","),
            Parameter("size", "size", Kind.INTEGER, "bytes", required=True, low=1),
            Parameter("url", "url", Kind.URL, "of emfw.cfg", required=True, max_bytes=_MAX_URL, forbidden=","),
        ),
        firmware=Firmware.PUSH_2,
        cuts_off=True,
        last=True,
        max_sends=1,
        role=Role.ADMIN,
        gate=ALLOW_FILES,
        separator=",",
        errata=("Z14",),
    ),
)
