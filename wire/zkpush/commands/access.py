"""Commands of the access dialect: doors and options (spec/zk-push.md 2.6 E1 to E5; from the field)."""

from typing import Final

from wire.zkpush.commands.entry import Answer, Entry, Firmware, Kind, Parameter

FIELD: Final = "field: zk-push.md 2.6, access dialect"
_DOOR: Final = Parameter("door", "", Kind.HEX_BYTE, "0: all doors", required=True, high=16)


def _control(name: str, title: str, code: str, *parameters: Parameter, max_sends: int = 3, last: bool = False) -> Entry:
    """CONTROL DEVICE and bytes in hexadecimal: command, door, and two more."""
    return Entry(
        name,
        FIELD,
        title,
        f"CONTROL DEVICE {code}",
        parameters,
        firmware=Firmware.ACCESS,
        last=last,
        max_sends=max_sends,
        glue="",
        separator="",
    )


def _byte(name: str, choices: dict[int | str, str]) -> Parameter:
    return Parameter(name, "", Kind.CHOICE, required=True, choices=choices)


def _rest(value: str) -> Parameter:
    return Parameter("rest", "", Kind.CHOICE, "fixed", default=value, choices={value: "fixed"})


ACCESS: Final = (
    _control(
        "access.output",
        "Switch a lock or an auxiliary output",
        "01",
        _DOOR,
        _byte("output", {"01": "lock", "02": "auxiliary output"}),
        Parameter("seconds", "", Kind.HEX_BYTE, "0: close, 255: keep open", required=True, high=255),
        max_sends=1,
    ),
    _control("access.cancel_alarm", "Cancel the alarm of a door, or all alarms", "02", _DOOR, _rest("0000")),
    _control("access.reboot", "Restart the device", "03", _rest("000000"), max_sends=1, last=True),
    _control(
        "access.normal_open",
        "Switch the day's normal-open period of a door",
        "04",
        _DOOR,
        _byte("state", {"00": "off", "01": "on"}),
        _rest("00"),
    ),
    _control(
        "access.lock",
        "Lock or unlock a door for everybody",
        "06",
        _DOOR,
        _byte("state", {"00": "unlock", "01": "lock"}),
        _rest("00"),
    ),
    Entry(
        "access.server_set",
        FIELD,
        "Point the device at another server",
        "SET OPTIONS",
        (
            Parameter("address", "WebServerIP", Kind.IPV4, required=True),
            Parameter("port", "WebServerPort", Kind.INTEGER, required=True, low=1, high=65_535),
        ),
        firmware=Firmware.ACCESS,
        cuts_off=True,
        separator=",",
        errata=("Z15",),
    ),
    Entry(
        "access.network_set",
        FIELD,
        "Set the device's addresses",
        "SET OPTIONS",
        (
            Parameter("address", "IPAddress", Kind.IPV4, required=True),
            Parameter("gateway", "GATEIPAddress", Kind.IPV4, required=True),
            Parameter("mask", "NetMask", Kind.NETMASK, required=True),
        ),
        firmware=Firmware.ACCESS,
        cuts_off=True,
        separator=",",
        errata=("Z15",),
    ),
    Entry(
        "access.door_time_set",
        FIELD,
        "Set how long the lock of a door opens",
        "SET OPTIONS",
        (
            Parameter("door", "", Kind.INTEGER, "1 to 16", required=True, low=1, high=16),
            Parameter("seconds", "", Kind.INTEGER, required=True, high=254),
        ),
        firmware=Firmware.ACCESS,
        separator="Drivertime=",
        glue=" Door",
    ),
    Entry(
        "access.options_get",
        FIELD,
        "Have one option sent",
        "GET OPTIONS",
        (Parameter("item", "", Kind.WORD, "name of the option", required=True),),
        firmware=Firmware.ACCESS,
        answer=Answer.OPTIONS,
    ),
)
