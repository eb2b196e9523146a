"""Options that a device is given: at its handshake, and by SET OPTION (from the catalogue)."""

from __future__ import annotations

from typing import Final

from cli.protocol_coverage.row import Direction, Row, Status, example, unit
from wire.zkpush.commands import OPTION_ITEMS, OptionItem

_DOWN: Final = Direction.TO_DEVICE
_DONE: Final = Status.DONE
_OURS: Final = "wire/zkpush/handshake.py"
_WHOLE: Final = unit("wire/test_handshake::test_the_whole_answer")
_LEVELS: Final = unit("ingest/test_handshakes::test_the_device_speaks_before_its_site_and_the_site_before_the_settings")
_INTERVAL: Final = unit("wire/test_handshake::test_interval_mode")
_RULES: Final = unit("wire/test_handshake::test_options_that_break_a_rule_are_refused_by_name")
_ACCESS: Final = ("ServerVersion", "ServerName", "PushProtVer", "PushVersion", "RequestDelay", "TransTables",
                  "SessionID", "TimeoutSec")  # fmt: skip

HANDSHAKE_OPTIONS: Final = (
    Row("III 2.2", "GET OPTION FROM", _DOWN, _DONE, _OURS, example("C01")),
    Row("III 2.2", "ErrorDelay", _DOWN, _DONE, _OURS, _LEVELS),
    Row("III 2.2", "Delay", _DOWN, _DONE, _OURS, _LEVELS),
    Row("III 2.2", "TransTimes", _DOWN, _DONE, _OURS, _INTERVAL + _RULES, ("Z3",)),
    Row("III 2.2", "TransInterval", _DOWN, _DONE, _OURS, _INTERVAL, ("Z3",)),
    Row("III 2.2", "TransFlag", _DOWN, _DONE, _OURS, _WHOLE + _RULES, ("Z3",), "words behind TransData"),
    Row("III 2.2", "Realtime", _DOWN, _DONE, _OURS, _INTERVAL, ("Z3",)),
    Row("III 2.2", "Encrypt", _DOWN, _DONE, _OURS, _WHOLE, note="always 0: nobody documents the encrypted form"),
    Row("III 2.2", "TimeZone", _DOWN, _DONE, _OURS,
        unit("wire/test_handshake::test_time_zone_forms", "ingest/test_handshakes::test_the_form_of_the_time_zone"),
        ("Z4",)),
    Row("III 2.2", "Timeout", _DOWN, _DONE, _OURS, _WHOLE, ("Z17",), "told to the device; how it uses it is its own"),
    Row("III 2.2", "SyncTime", _DOWN, _DONE, _OURS, _LEVELS, ("Z17",), "told to the device; it then asks type=time"),
    Row("III 2.2", "ServerVer", _DOWN, _DONE, _OURS, _WHOLE),
    Row("III 2.2", "[TableName]Stamp", _DOWN, _DONE, _OURS, example("C04"),
        items=("ATTLOGStamp", "OPERLOGStamp", "ATTPHOTOStamp")),
    Row("III 2.2", "Stamp, OpStamp, PhotoStamp", _DOWN, _DONE, _OURS, example("C04"), note="PUSH 1.0",
        items=("Stamp", "OpStamp", "PhotoStamp")),
    Row("VI 5", "ComKey", Direction.TO_SERVER, _DONE, "wire/zkpush/target.py",
        unit("wire/test_target::test_communication_keys_are_removed",
             "ingest/test_handlers::test_a_wrong_communication_key_is_refused_and_told_to_operators_once_a_minute"),
        note="in every query once IsPushComKey is 1"),
    Row("field E1", "registry, RegistryCode", _DOWN, _DONE, "wire/zkpush/session.py", example("C07", "C50"),
        items=("registry", "RegistryCode")),
    Row("field E1", "options of the access dialect", _DOWN, _DONE, "wire/zkpush/session.py", example("C58"),
        note=", ".join(_ACCESS), items=_ACCESS),
)  # fmt: skip


def _word(name: str, what: str, note: str = "") -> Row:
    return Row("Table 2-1", name, _DOWN, _DONE, _OURS, _RULES, ("Z3",), f"{what}{'; ' if note else ''}{note}")


TRANS_FLAG: Final = (
    _word("AttLog", "attendance records"),
    _word("OpLog", "operation log", "on whenever user or fingerprint flags are"),
    _word("AttPhoto", "attendance pictures"),
    _word("EnrollUser", "new users"),
    _word("ChgUser", "changed users"),
    _word("EnrollFP", "new fingerprints"),
    _word("ChgFP", "changed fingerprints"),
    _word("FPImag", "fingerprint images", "off unless a site asks"),
    _word("EnrollFACE", "new faces"),
    _word("ChgFACE", "changed faces"),
    _word("FACE", "faces in FA1"),
    Row("field H8", "UserPic", _DOWN, _DONE, _OURS, _RULES, ("Z3",), "pictures of users; off unless a site asks"),
)


def _type(item: OptionItem) -> str:
    spec = item.spec
    if spec.choices:
        return "one of " + ", ".join(map(str, spec.choices))
    if spec.kind.value == "integer":
        return f"{spec.low} to {spec.high}"
    return spec.kind.value.replace("_", " ")


def _device_option(name: str, item: OptionItem, items: tuple[str, ...] = ()) -> Row:
    chapter = item.source.partition(";")[0]
    tests = unit("wire/commands/test_options::test_every_item_takes_a_good_value_and_refuses_a_bad_one")
    if item.cuts_off:
        tests += unit("wire/commands/test_options::test_z15_what_can_cut_a_device_off")
    notes = [item.spec.help, _type(item)]
    notes += ["asks for --yes, one canary first"] if item.cuts_off else []
    notes += ["secret"] if item.spec.secret else []
    errata = ("Z15",) if item.cuts_off else ("Z13",) if name == "DelRecord" else ()
    return Row(chapter, name, _DOWN, _DONE, "option.set", tests, errata, "; ".join(notes), items)


_ALARMS: Final = tuple(name for name in OPTION_ITEMS if name.startswith("AutoAlarm"))
DEVICE_OPTIONS: Final = (
    *(_device_option(name, item) for name, item in OPTION_ITEMS.items() if name not in _ALARMS),
    _device_option("AutoAlarm1 ~ AutoAlarm50", OPTION_ITEMS["AutoAlarm1"], _ALARMS),
)
