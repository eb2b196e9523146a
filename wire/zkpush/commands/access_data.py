"""Records of the access dialect, by table (spec/zk-push.md 2.6 E4, E5; from the field).

Its tables are written in lower case. The generic query, count and delete take a table name; the tables that people
change have entries of their own.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from wire.zkpush.commands.access import FIELD
from wire.zkpush.commands.biometrics import MAX_TEMPLATE
from wire.zkpush.commands.entry import PIN, Answer, Entry, Firmware, Kind, Parameter, flag
from wire.zkpush.commands.results import QUERY
from wire.zkpush.commands.users import PRIVILEGES

_PIN: Final = replace(PIN, key="Pin")
_TABLE: Final = Parameter("table", "", Kind.WORD, "such as user or transaction", required=True, forbidden=",")
_CONDITIONS: Final = Parameter(
    "conditions", "", Kind.CONDITIONS, "field=value parted by ';'", forbidden=",", choices={"*": "all"}
)
_CARD: Final = Parameter("card", "CardNo", Kind.CARD, default="", may_be_empty=True, secret=True)
_SINCE: Final = Parameter("valid_from", "StartTime", Kind.INTEGER, "YYYYMMDD or device seconds, 0: none", default=0)
_UNTIL: Final = Parameter("valid_to", "EndTime", Kind.INTEGER, "YYYYMMDD or device seconds, 0: none", default=0)
_DAYS: Final = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Hol1", "Hol2", "Hol3")
_PERIODS: Final = tuple(
    Parameter(f"{day.lower()}_{number}", f"{day}Time{number}", Kind.PERIOD, "hh:mm-hh:mm", default="00:00-00:00")
    for day in _DAYS
    for number in (1, 2, 3)
)


def _check_delete(given: Mapping[str, str | int], wire: dict[str, str], charset: str) -> None:
    if wire.get("conditions") == "*":
        raise ValueError("parameter conditions: '*' is all records; leave it out and give all_records")


def _entry(name: str, title: str, words: str, *parameters: Parameter, destroys: bool = False) -> Entry:
    return Entry(name, FIELD, title, words, parameters, firmware=Firmware.ACCESS, destroys=destroys)


ACCESS_DATA: Final = (
    _entry(
        "access.user_update",
        "Add or change a user",
        "DATA UPDATE user",
        _CARD,
        _PIN,
        Parameter("password", "Password", Kind.TEXT, default="", max_bytes=16, may_be_empty=True, secret=True),
        Parameter("group", "Group", Kind.INTEGER, default=0, high=999),
        _SINCE,
        _UNTIL,
        Parameter("name", "Name", Kind.TEXT, default="", max_bytes=48, may_be_empty=True),
        Parameter("privilege", "Privilege", Kind.CHOICE, default=0, choices=PRIVILEGES),
    ),
    _entry("access.user_delete", "Delete a user", "DATA DELETE user", _PIN, destroys=True),
    _entry(
        "access.authorize",
        "Give a user doors at times",
        "DATA UPDATE userauthorize",
        _PIN,
        Parameter("timezone", "AuthorizeTimezoneId", Kind.INTEGER, "its ID", required=True, low=1, high=65_535),
        Parameter("doors", "AuthorizeDoorId", Kind.INTEGER, "sum of 1, 2, 4, 8 ..", required=True, low=1, high=65_535),
    ),
    _entry("access.unauthorize", "Take all doors from a user", "DATA DELETE userauthorize", _PIN, destroys=True),
    _entry(
        "access.card_update",
        "Give a user one of several cards",
        "DATA UPDATE mulcarduser",
        _PIN,
        replace(_CARD, kind=Kind.CARD_HEX, default=None, required=True, may_be_empty=False),
        flag("lost", "LossCardFlag", "the card is lost", required=True),
        Parameter("type", "CardType", Kind.CHOICE, default=0, choices={0: "main card", 1: "further card"}),
    ),
    _entry(
        "access.timezone_update",
        "Add or change a time zone: three periods a day and holiday kind",
        "DATA UPDATE timezone",
        Parameter("timezone", "TimezoneId", Kind.INTEGER, "its ID", required=True, low=1, high=65_535),
        *_PERIODS,
    ),
    _entry(
        "access.holiday_update",
        "Add or change a holiday",
        "DATA UPDATE holiday",
        Parameter("day", "Holiday", Kind.DATE, required=True),
        Parameter("type", "HolidayType", Kind.INTEGER, "kind of holiday", required=True, low=1, high=3),
        Parameter("loop", "Loop", Kind.CHOICE, required=True, choices={1: "every year", 2: "this year only"}),
    ),
    _entry(
        "access.fingerprint_update",
        "Add or change a fingerprint",
        "DATA UPDATE templatev10",
        _PIN,
        Parameter("finger", "FingerID", Kind.INTEGER, required=True, high=9),
        Parameter("valid", "Valid", Kind.CHOICE, default=1, choices={0: "invalid", 1: "valid", 3: "duress"}),
        Parameter("template", "Template", Kind.BASE64, required=True, max_bytes=MAX_TEMPLATE, secret=True),
    ),
    _entry(
        "access.first_card_update",
        "Let a user's card open a door for the period",
        "DATA UPDATE firstcard",
        Parameter("door", "DoorID", Kind.INTEGER, required=True, low=1, high=255),
        Parameter("timezone", "TimezoneID", Kind.INTEGER, "its ID", required=True, low=1, high=65_535),
        _PIN,
    ),
    Entry(
        "access.data_delete",
        FIELD,
        "Delete records of a table",
        "DATA DELETE",
        (_TABLE, _CONDITIONS),
        firmware=Firmware.ACCESS,
        destroys=True,
        all_keys=("conditions",),
        all_word="*",
        separator=" ",
        check=_check_delete,
        errata=("Z10",),
    ),
    Entry(
        "access.data_count",
        FIELD,
        "Count records of a table",
        "DATA COUNT",
        (_TABLE, _CONDITIONS),
        firmware=Firmware.ACCESS,
        answer=Answer.COUNT,
        separator=" ",
        note="The count comes by querydata with type=count.",
    ),
    Entry(
        "access.data_query",
        FIELD,
        "Have records of a table uploaded",
        "DATA QUERY",
        (
            replace(_TABLE, key="tablename"),
            Parameter("fields", "fielddesc", Kind.CHOICE, default="*", choices={"*": "all fields"}),
            replace(_CONDITIONS, key="filter", default="*", choices={"*": "all", "NewRecord": "not uploaded yet"}),
        ),
        firmware=Firmware.ACCESS,
        results=QUERY,
        answer=Answer.UPLOADS,
        uploads="querydata",
        separator=",",
    ),
)
