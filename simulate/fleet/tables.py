"""The tables in a terminal's memory: keys, columns and limits (document, part VI, 7; spec/errata.md Z10, Z11)."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """One table, as commands name it. Column names are compared without case and printed as here.

    keys: columns that identify a row. columns: all of them, in the order of an uploaded row.
    tag: the word before an uploaded row, if any.
    numbers: least and most of numeric columns. of_user: a row belongs to a user, by its PIN.
    content: the column with a template or picture in BASE64. size_code: answered when Size is not its length.
    content_code: answered when it is missing or no BASE64. content_bytes: the longest BASE64 text.
    per_body: rows in one upload.
    """

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    tag: str = ""
    numbers: dict[str, tuple[int, int]] = field(default_factory=dict)
    of_user: bool = False
    content: str = ""
    size_code: int = -9
    content_code: int = -11
    content_bytes: int = 64 * 1024
    per_body: int = 100


_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_ID = (0, 2**31 - 1)

_ALL = (
    Table(
        "USERINFO", ("PIN",),
        ("PIN", "Name", "Pri", "Passwd", "Card", "Grp", "TZ", "Verify", "ViceCard", "StartDatetime", "EndDatetime"),
        "USER", {"Pri": (0, 15), "Grp": (0, 99), "VerifyMode": (-1, 255), "Verify": (-1, 255)},
    ),
    Table(
        "USEREXTINFO", ("PIN",), ("PIN", "RecheckMin", "LockoutOverride", "User1to1FpThreshold"),
        numbers={"RecheckMin": _ID, "LockoutOverride": (0, 1), "User1to1FpThreshold": (10, 35)}, of_user=True,
    ),
    Table(
        "FINGERTMP", ("PIN", "FID"), ("PIN", "FID", "Size", "Valid", "TMP"), "FP",
        {"FID": (0, 9), "Valid": (0, 3)}, True, "TMP", per_body=3,
    ),
    Table(
        "FACE", ("PIN", "FID"), ("PIN", "FID", "SIZE", "VALID", "TMP"), "FACE",
        {"FID": (0, 50), "VALID": (0, 1)}, True, "TMP", per_body=3,
    ),
    Table(
        "BIODATA", ("Pin", "Type", "No", "Index"),
        ("Pin", "No", "Index", "Valid", "Duress", "Type", "MajorVer", "MinorVer", "Format", "Tmp"), "BIODATA",
        {"No": (0, 99), "Index": (0, 99), "Type": (0, 10)}, True, "Tmp", per_body=3,
    ),
    Table(
        "BIOPHOTO", ("PIN", "Type"), ("PIN", "FileName", "Type", "Size", "Content"), "BIOPHOTO",
        {"Type": (0, 10)}, True, "Content", per_body=1,
    ),
    Table(
        "USERPIC", ("PIN",), ("PIN", "FileName", "Size", "Content"), "USERPIC",
        {}, True, "Content", size_code=-2, content_code=-3, content_bytes=20 * 1024, per_body=1,
    ),
    Table("IDCARD", ("PIN",), ("PIN", "SNNum", "IDNum", "Name"), "IDCARD"),
    Table(
        "SMS", ("UID",), ("UID", "TAG", "MIN", "StartTime", "MSG"), "SMS",
        {"UID": _ID, "TAG": (253, 255), "MIN": (0, 65535)},
    ),
    Table("USER_SMS", ("PIN", "UID"), ("PIN", "UID"), "USER_SMS", {"UID": _ID}, True),
    Table("WORKCODE", ("CODE",), ("CODE", "Name"), "WORKCODE", {"CODE": _ID}),
    Table("JOBCODEGROUP", ("ID",), ("ID", "Name", "Enable"), numbers={"ID": (1, 6), "Enable": (0, 1)}),
    Table(
        "JOBCODE", ("Number", "JobCodeGroupId"), ("Number", "JobCodeGroupId", "Name"),
        numbers={"Number": _ID, "JobCodeGroupId": (1, 6)},
    ),
    Table("TIPCODE", ("ID",), ("ID", "Name", "Enable"), numbers={"ID": (1, 3), "Enable": (0, 1)}),
    Table("TIMEZONE", ("TZID",), ("TZID", "TIME"), numbers={"TZID": (1, 50)}),
    Table(
        "ACCGROUP", ("ID",), ("ID", "Verify", "ValidHoliday", "TZ"),
        numbers={"ID": (1, 99), "Verify": (0, 255), "ValidHoliday": (0, 1)},
    ),
    Table(
        "BELL", ("BellID",),
        ("BellID", "Time", "MusicID", "Volume", "Times", "state", *_DAYS, "BellType", "BellLifeTime"),
        numbers={
            "BellID": _ID, "MusicID": (0, 9), "Volume": (0, 99), "state": (0, 1), "BellType": (0, 2),
            "BellLifeTime": (0, 255), **dict.fromkeys(_DAYS, (0, 1)),
        },
    ),
    Table(
        "FUNCTIONKEY", ("ShortKeyId",),
        ("ShortKeyId", "ShortKeyFun", "StateCode", "StateName", "StateAutoChange", "Time", *_DAYS),
        numbers={"ShortKeyId": (1, 8), "ShortKeyFun": (0, 9)},
    ),
    Table("ATTSTATE", ("AttStateKey",), ("AttStateKey", "AttStateValue"), numbers={"AttStateKey": _ID}),
    Table(
        "SHORTKEY", ("keyID",),
        ("keyID", "keyFun", "stateCode", "keyLabel", "mapValue", "autoChange", "Time", *_DAYS, "JobGroup", "TipGroup"),
        numbers={"keyID": (1, 8), "keyFun": (0, 9), "autoChange": (0, 1)},
    ),
    Table("SELFSERVICEINFO", ("ServiceNum",), ("ServiceNum", "ServiceName", "Enable"), numbers={"ServiceNum": _ID}),
    Table(
        "SELFSERVICEDATA", ("ServiceNum", "PIN"), ("ServiceNum", "PIN", "Style", "Data"),
        numbers={"ServiceNum": _ID, "Style": (0, 2)},
    ),
)  # fmt: skip

TABLES = {table.name: table for table in _ALL}
_ALIASES = {"USER": "USERINFO", "FP": "FINGERTMP", "FACETMP": "FACE"}


def table_named(name: str) -> Table | None:
    """The table that a command names, by its present or its old name, in any case."""
    upper = name.upper()
    return TABLES.get(_ALIASES.get(upper, upper))
