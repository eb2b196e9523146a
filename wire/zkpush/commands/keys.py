"""Bells, function keys and what their punch states mean (document VI 3, 7.16, 7.17)."""

from typing import Final

from wire.zkpush.commands.entry import Entry, Firmware, Kind, Parameter, days, flag

_BELL: Final = Parameter("bell", "BellID", Kind.INTEGER, "its ID", low=1, high=255)
_REQUIRED_BELL: Final = Parameter("bell", "BellID", Kind.INTEGER, "its ID", required=True, low=1, high=255)
_FUNCTIONS: Final[dict[int | str, str]] = {
    0: "disabled",
    1: "attendance state",
    2: "work code",
    3: "view SMS",
    4: "help, deprecated",
    5: "query ATTLOG, deprecated",
    6: "view last punch",
    7: "job code",
    8: "self service",
    9: "tip code",
}
_STATE_HELP: Final = "attendance state; read for function 1 only"
_TIMES_HELP: Final = "seven hh:mm from Sunday parted by ';', 00:00 for no change"


def _state(name: str, key: str, *, required: bool = False) -> Parameter:
    return Parameter(name, key, Kind.INTEGER, _STATE_HELP, required=required, high=255)


def _label(key: str) -> Parameter:
    return Parameter(
        "label", key, Kind.TEXT, "at most 24 characters", may_be_empty=True, max_characters=24, max_bytes=72
    )


def _key(name: str) -> Parameter:
    return Parameter("key", name, Kind.INTEGER, "F1 is 1", required=True, low=1, high=8)


def _function(name: str) -> Parameter:
    return Parameter("function", name, Kind.CHOICE, "what the key does", required=True, choices=_FUNCTIONS)


KEYS: Final = (
    Entry(
        "bell.update",
        "VI 7.16.1",
        "Add or change a bell",
        "DATA UPDATE BELL",
        (
            _REQUIRED_BELL,
            Parameter("time", "Time", Kind.HHMM, "24-hour clock", required=True),
            Parameter("music", "MusicID", Kind.INTEGER, "sound", default=0, high=9),
            Parameter("volume", "Volume", Kind.INTEGER, default=67, high=99),
            Parameter("times", "Times", Kind.INTEGER, "how often it rings", default=1, low=1, high=99),
            flag("enabled", "state", required=True),
            *days(),
            Parameter("type", "BellType", Kind.CHOICE, default=0, choices={0: "internal", 1: "external", 2: "both"}),
            Parameter("lifetime", "BellLifeTime", Kind.INTEGER, "how long it stays in force", high=255),
        ),
        firmware=Firmware.TFT,
        errata=("Z10",),
        note="The tab before BellType is lost in print.",
    ),
    Entry(
        "bell.delete",
        "VI 7.16.2",
        "Delete one bell, or all",
        "DATA DELETE BELL",
        (_BELL,),
        firmware=Firmware.TFT,
        destroys=True,
        all_keys=("bell",),
        errata=("Z10",),
    ),
    Entry(
        "bell.clear",
        "VI 3",
        "Delete all bells",
        "CLEAR ALL BELL",
        firmware=Firmware.BLACK_AND_WHITE,
        destroys=True,
        max_sends=1,
        note="TFT series: bell.delete with all_records does it (7.16.2).",
    ),
    Entry(
        "function_key.update",
        "VI 7.17.1",
        "Set a function key, old form",
        "DATA UPDATE FUNCTIONKEY",
        (
            _key("ShortKeyId"),
            _function("ShortKeyFun"),
            _state("state", "StateCode"),
            _label("StateName"),
            flag("auto_change", "StateAutoChange", "the state changes by itself"),
            Parameter("change_times", "Time", Kind.DAY_TIMES, _TIMES_HELP),
            *days(),
        ),
        remaps_states=True,
        errata=("Z9", "Z12"),
        note="Deprecated in favour of shortcut_key.update.",
    ),
    Entry(
        "attendance_state.map",
        "VI 7.17.2",
        "Map an attendance state to the value in the log, old form",
        "DATA UPDATE ATTSTATE",
        (_state("state", "AttStateKey", required=True), _state("value", "AttStateValue", required=True)),
        remaps_states=True,
        errata=("Z12",),
        note="Deprecated in favour of shortcut_key.update.",
    ),
    Entry(
        "shortcut_key.update",
        "VI 7.17.3",
        "Set a function key and what its state means in the log",
        "DATA UPDATE SHORTKEY",
        (
            _key("keyID"),
            _function("keyFun"),
            _state("state", "stateCode"),
            _label("keyLabel"),
            _state("value", "mapValue"),
            flag("auto_change", "autoChange", "the state changes by itself"),
            Parameter("change_times", "Time", Kind.DAY_TIMES, _TIMES_HELP),
            *days(),
            Parameter("job_groups", "JobGroup", Kind.MASK, "groups 1 to 6", high=6),
            Parameter("tips", "TipGroup", Kind.MASK, "tips 1 to 3", high=3),
        ),
        firmware=Firmware.TFT,
        remaps_states=True,
        errata=("Z9", "Z12"),
        note="TFT 30 series: state 1 to 8, the meaning is in value.",
    ),
    Entry(
        "function_key.reset",
        "VI 3",
        "Set all function keys to the factory's defaults",
        "RESET ALL FUNCKEYS",
        firmware=Firmware.TFT,
        destroys=True,
        remaps_states=True,
        max_sends=1,
        errata=("Z12",),
    ),
)
