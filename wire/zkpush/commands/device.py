"""The device as a whole: records, upkeep, door and alarm, and the raw line (document VI 1 to 3, 6, 8, 9, 11.2)."""

from collections.abc import Mapping
from typing import Final

from wire.zkpush.commands.entry import ALLOW_SHELL, Answer, Entry, Firmware, Kind, Parameter, Role
from wire.zkpush.commands.results import QUERY, SHELL

FIELD: Final = "field: zk-push.md 2.5"
# Old firmware runs the text in a buffer of 100 bytes and cuts what is longer, its own redirection included (field).
MAX_SHELL_BYTES: Final = 78
_START: Final = Parameter("start_time", "StartTime", Kind.TIME_BLANK, "device-local", required=True)
_END: Final = Parameter("end_time", "EndTime", Kind.TIME_BLANK, "device-local", required=True)


def check_range(given: Mapping[str, str | int], wire: dict[str, str], charset: str) -> None:
    """The end of a range is not before its start. Raises ValueError."""
    if wire["end_time"] < wire["start_time"]:
        raise ValueError("parameter end_time lies before start_time; exchange them")


def _check_log_query(given: Mapping[str, str | int], wire: dict[str, str], charset: str) -> None:
    check_range(given, wire, charset)
    if wire["time_form"] == "blank":
        wire["start_time"] = wire["start_time"].replace("T", " ")
        wire["end_time"] = wire["end_time"].replace("T", " ")


def _clear(name: str, title: str, words: str, *, last: bool = False) -> Entry:
    # A second sending could delete what came in the meantime and was not uploaded yet.
    return Entry(name, "VI 3", title, words, destroys=True, last=last, max_sends=1)


DEVICE: Final = (
    Entry(
        "device.shell",
        "VI 1",
        "Run a system command on the device",
        "SHELL",
        (Parameter("command", "", Kind.TEXT, "system command", required=True, max_bytes=MAX_SHELL_BYTES),),
        results=SHELL,
        answer=Answer.SHELL,
        destroys=True,
        cuts_off=True,
        max_sends=1,
        role=Role.ADMIN,
        gate=ALLOW_SHELL,
        errata=("Z14",),
    ),
    Entry(
        "device.check",
        "VI 2",
        "Have the device shake hands again and upload what changed",
        "CHECK",
        last=True,
        note="Reads the handshake's options anew (field D16).",
    ),
    _clear("log.clear", "Delete all attendance records", "CLEAR LOG"),
    _clear("data.clear", "Delete all data: records, pictures, users", "CLEAR DATA", last=True),
    _clear("photo.clear", "Delete the pictures taken on site", "CLEAR PHOTO"),
    Entry(
        "admin.clear",
        FIELD,
        "Take the privilege from all administrators",
        "CLEAR ADMIN",
        firmware=Firmware.BLACK_AND_WHITE,
        destroys=True,
        max_sends=1,
    ),
    Entry(
        "device.reboot",
        "VI 6",
        "Restart the device",
        "REBOOT",
        last=True,
        max_sends=1,
        note="Commands behind it in one answer are ignored.",
    ),
    Entry(
        "log.query",
        "VI 11.2",
        "Have the attendance records of a period uploaded",
        "DATA QUERY ATTLOG",
        (
            Parameter("start_time", "StartTime", Kind.TIME_T, "device-local", required=True),
            Parameter("end_time", "EndTime", Kind.TIME_T, "device-local", required=True),
            Parameter(
                "time_form",
                "",
                Kind.CHOICE,
                "how times are written",
                default="T",
                choices={"T": "as the document has it", "blank": "newer firmware (field)"},
                on_wire=False,
            ),
        ),
        results=QUERY,
        answer=Answer.UPLOADS,
        uploads="ATTLOG",
        check=_check_log_query,
        errata=("Z10",),
        note='Printed with "\\End": the tab lost its t.',
    ),
    Entry(
        "photo.query",
        FIELD,
        "Have the attendance photos of a period uploaded",
        "DATA QUERY ATTPHOTO",
        (_START, _END),
        firmware=Firmware.PUSH_2,
        results=QUERY,
        answer=Answer.UPLOADS,
        uploads="ATTPHOTO",
        check=check_range,
    ),
    Entry(
        "log.verify",
        "field: zk-push.md 2.5 D15",
        "Count the attendance records of a period",
        "VERIFY SUM ATTLOG",
        (_START, _END),
        results=QUERY,
        answer=Answer.COUNT,
        check=check_range,
        note="The count is AttlogCount or AttlogSum of the answer.",
    ),
    Entry(
        "log.send_new",
        FIELD,
        "Have new records uploaded at once",
        "LOG",
        note='The feature "check and transfer the new data" of Part II (errata Z17).',
        errata=("Z17",),
    ),
    Entry("door.unlock", "VI 8", "Open the door once", "AC_UNLOCK", max_sends=1, note="Deprecated in the document."),
    Entry("alarm.cancel", "VI 9", "Cancel the alarm", "AC_UNALARM", note="Deprecated in the document."),
    Entry(
        "raw",
        "zk-push.md 2.5; for administrators",
        "Send a line as it is",
        "",
        (Parameter("line", "", Kind.LINE, "one line; tabs are allowed", required=True, max_bytes=40_000),),
        destroys=True,
        cuts_off=True,
        last=True,
        max_sends=1,
        role=Role.ADMIN,
        glue="",
        note="Nothing is known of it, so it counts as the worst.",
    ),
)
