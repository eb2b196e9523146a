"""Users, their extended settings and their pictures (document VI 7.2, 7.3, 7.6, 7.9, 7.10, 11.1)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from wire.zkpush.commands.entry import PIN, Answer, Capability, Entry, Firmware, Kind, Parameter, Prerequisite, flag
from wire.zkpush.commands.results import PICTURE, QUERY

# Table 2.3: the values that are set, not those that a punch carries (errata Z5).
VERIFY_MODES: Final[Mapping[int | str, str]] = {
    128: "finger, badge or password",
    129: "finger",
    130: "PIN",
    131: "password",
    132: "badge",
    133: "finger or password",
    134: "finger or badge",
    135: "badge or password",
    136: "PIN and finger",
    137: "finger and password",
    138: "badge and finger",
    139: "badge and password",
    140: "badge, password and finger",
    141: "PIN, password and finger",
    142: "PIN and finger, or badge and finger",
    143: "PIN and badge",
    148: "face",
    149: "face and card",
    150: "face and PIN",
}
PRIVILEGES: Final[Mapping[int | str, str]] = {
    0: "normal user",
    1: "inactive user",
    2: "enroller",
    6: "administrator, newer firmware",
    10: "self-defined, newer firmware",
    14: "administrator",
}
_MULTIPLE_MODES: Final = "several verify modes a user (Table 2.3, notes)"
_SERIES: Final[Mapping[int | str, str]] = {20: "TFT 20 series: 10K", 30: "TFT 30 series: 20K"}
_USER_PICTURE_BYTES: Final = {"20": 10 * 1024, "30": 20 * 1024}


def _check_picture(given: Mapping[str, str | int], wire: dict[str, str], charset: str) -> None:
    most = _USER_PICTURE_BYTES[wire["series"]]
    if len(wire["content"]) > most:
        raise ValueError(
            f"parameter content has {len(wire['content'])} bytes of base64, at most {most} for series "
            f"{wire['series']}; make the picture smaller"
        )


def _check_user(given: Mapping[str, str | int], wire: dict[str, str], charset: str) -> None:
    if "verify_mode" in wire and "verify" in wire:
        raise ValueError("give verify_mode (TFT) or verify (newer firmware), not both")
    if "valid_from" in wire and "valid_to" in wire and wire["valid_to"] < wire["valid_from"]:
        raise ValueError("parameter valid_to lies before valid_from; exchange them")


USERS: Final = (
    Entry(
        "user.update",
        "VI 7.2",
        "Add or change a user",
        "DATA UPDATE USERINFO",
        (
            PIN,
            Parameter(
                "name", "Name", Kind.TEXT, "older firmware keeps 24 bytes of it", max_bytes=48, may_be_empty=True
            ),
            Parameter("privilege", "Pri", Kind.CHOICE, "1 is inactive", choices=PRIVILEGES),
            Parameter(
                "password", "Passwd", Kind.TEXT, "empty takes it away", max_bytes=16, may_be_empty=True, secret=True
            ),
            Parameter("card", "Card", Kind.CARD, "empty takes it away", may_be_empty=True, secret=True),
            Parameter("group", "Grp", Kind.INTEGER, "0: the user's own schedules, 1 to 99: the group's", high=99),
            Parameter(
                "schedules", "TZ", Kind.USER_SCHEDULES, "ids such as 1,2,15; or the word group", may_be_empty=True
            ),
            Parameter("verify_mode", "VerifyMode", Kind.CHOICE, "Table 2.3", choices=VERIFY_MODES),
            Parameter("verify", "Verify", Kind.INTEGER, "newer firmware: -1 is the group's mode", low=-1, high=255),
            Parameter("second_card", "ViceCard", Kind.CARD, "newer firmware", may_be_empty=True, secret=True),
            Parameter("valid_from", "StartDatetime", Kind.TIME_T, "newer firmware"),
            Parameter("valid_to", "EndDatetime", Kind.TIME_T, "newer firmware"),
            flag("expires", "Expires", "newer firmware: valid_from and valid_to count"),
        ),
        prerequisites=(
            Prerequisite("~UserExtFmt", "1", "verify_mode", _MULTIPLE_MODES),
            Prerequisite("~LockFunOn", "0", "verify_mode", _MULTIPLE_MODES),
            Prerequisite("UserValidTimeFun", "1", "expires", "users with an end (field)"),
        ),
        errata=("Z5", "Z9", "Z10", "Z11"),
        check=_check_user,
        note="Printed without DATA; 7.1 gives the form DATA <SUBCMD>, and firmware knows no bare UPDATE (field).",
    ),
    Entry(
        "user.update_extended",
        "VI 7.3",
        "Change a user's duplicate punch period, lockout override and fingerprint threshold",
        "DATA UPDATE USEREXTINFO",
        (
            PIN,
            Parameter("recheck_seconds", "RecheckMin", Kind.INTEGER, "seconds, whatever the name says", high=86_400),
            flag("lockout_override", "LockoutOverride", "punches outside the lockout schedules"),
            Parameter(
                "finger_threshold",
                "User1to1FpThreshold",
                Kind.CHOICE,
                "of 1:1 verification",
                choices=dict.fromkeys(range(10, 36, 5), "threshold"),
            ),
        ),
        prerequisites=(
            Prerequisite("USAUser1to1FPThresholdFunOn", "1", "finger_threshold", "thresholds a user (errata Z11)"),
        ),
        firmware=Firmware.TFT,
        errata=("Z10", "Z11"),
    ),
    Entry(
        "user.delete",
        "VI 7.6",
        "Delete a user with templates and extended settings, or all users",
        "DATA DELETE USERINFO",
        (replace(PIN, required=False),),
        destroys=True,
        all_keys=("pin",),
        errata=("Z10",),
        note='The form for all users is printed "DETETE".',
    ),
    Entry(
        "user.query",
        "VI 11.1",
        "Have one user or all users uploaded",
        "DATA QUERY USERINFO",
        (replace(PIN, required=False),),
        results=QUERY,
        answer=Answer.UPLOADS,
        uploads="USERINFO",
        all_keys=("pin",),
        errata=("Z10",),
    ),
    Entry(
        "user.clear",
        "VI 3",
        "Delete all users with their templates",
        "CLEAR ALL USERINFO",
        destroys=True,
        max_sends=1,
        note="TFT series: user.delete with all_records does it (7.6).",
    ),
    Entry(
        "picture.update",
        "VI 7.9",
        "Send a user's picture to the device",
        "DATA UPDATE USERPIC",
        (
            PIN,
            Parameter("size", "Size", Kind.LENGTH, "computed", of="content"),
            Parameter("content", "Content", Kind.BASE64, "the picture", required=True, secret=True),
            Parameter("series", "", Kind.CHOICE, "sets the limit", default=20, choices=_SERIES, on_wire=False),
        ),
        results=PICTURE,
        errata=("Z2", "Z11"),
        check=_check_picture,
        capability=Capability.PICTURE,
    ),
    Entry(
        "picture.delete",
        "VI 7.10",
        "Delete a user's picture",
        "DATA DELETE USERPIC",
        (PIN,),
        destroys=True,
        capability=Capability.PICTURE,
    ),
)
