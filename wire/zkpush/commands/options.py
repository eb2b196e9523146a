"""SET OPTION: every documented item with its type, its range and whether it can cut the device off (document VI 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from wire.zkpush.commands.entry import OFF_ON, Answer, Entry, Firmware, Kind, Parameter
from wire.zkpush.commands.kinds import to_wire
from wire.zkpush.errors import CommandInvalid


@dataclass(frozen=True, slots=True)
class OptionItem:
    """An option that may be set. `spec.name` is the option's name; `source` where it is documented."""

    spec: Parameter
    cuts_off: bool = False
    source: str = "VI 5"


def _flag(name: str, help_text: str, *, cuts_off: bool = False, source: str = "VI 5") -> OptionItem:
    return OptionItem(Parameter(name, "", Kind.CHOICE, help_text, choices=OFF_ON), cuts_off, source)


def _number(name: str, high: int, help_text: str, *, low: int = 0, cuts_off: bool = False) -> OptionItem:
    return OptionItem(Parameter(name, "", Kind.INTEGER, help_text, low=low, high=high), cuts_off)


def _of(name: str, kind: Kind, help_text: str, *, cuts_off: bool = False, source: str = "VI 5") -> OptionItem:
    return OptionItem(Parameter(name, "", kind, help_text), cuts_off, source)


_BAUD_RATES: Final[Mapping[int | str, str]] = dict.fromkeys(
    (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200), "baud"
)
_VALIDATION: Final[Mapping[int | str, str]] = {
    0: "validate",
    1: "any PIN punches",
    2: "any card punches",
    3: "any PIN or card punches",
}
_TILDE: Final = "Table 2.3 notes; old firmware refuses names with '~' with -1 (field)"

_ITEMS: Final = (
    _of("IPAddress", Kind.IPV4, "device's address", cuts_off=True),
    _of("NetMask", Kind.NETMASK, "subnet mask", cuts_off=True),
    _of("GATEIPAddress", Kind.IPV4, "gateway", cuts_off=True),
    _number("VOLUME", 100, "volume"),
    _of("MAC", Kind.MAC, "Ethernet address", cuts_off=True),
    OptionItem(Parameter("CardKey", "", Kind.TEXT, "Mifare card password", max_bytes=32, secret=True)),
    _number("DeviceID", 255, "device ID number", low=1),
    _number("LockOn", 255, "how long the lock opens"),
    _number("AlarmAttLog", 99_999, "attendance record alarm"),
    _number("AlarmReRec", 99_999, "shortest time between two check-ins, minutes"),
    OptionItem(Parameter("RS232BaudRate", "", Kind.CHOICE, "RS232/RS485 baud rate", choices=_BAUD_RATES)),
    _of("AutoPowerOff", Kind.CLOCK_256, "time of power-off"),
    _of("AutoPowerOn", Kind.CLOCK_256, "time of power-on"),
    _of("AutoPowerSuspend", Kind.CLOCK_256, "time of suspending"),
    *(_of(f"AutoAlarm{number}", Kind.CLOCK_256, "alarm time") for number in range(1, 51)),
    _number("IdlePower", 255, "what idling does"),
    _number("IdleMinute", 9999, "idle time, minutes"),
    _flag("RS232On", "RS232"),
    _flag("RS485On", "RS485"),
    _number("UnlockPerson", 99, "persons needed to unlock"),
    _flag("OnlyPINCard", "read the ID of a Mifare card only"),
    _number("HiSpeedNet", 9, "network speed", cuts_off=True),
    _flag("Must1To1", "1:1 fingerprint verification only"),
    _number("ODD", 255, "open time after which the alarm sounds, seconds"),
    _number("DSM", 255, "door sensor mode; the document says nothing"),
    _number("AADelay", 65_535, "alarm delay; the document says nothing"),
    _flag("DUHK", "forced alarm by the help key"),
    _flag("DU11", "forced alarm by 1:1 fingerprint"),
    _flag("DU1N", "forced alarm by 1:N fingerprint"),
    _flag("DUPWD", "forced alarm by password"),
    _number("DUAD", 65_535, "delay of the forced alarm, seconds"),
    _flag("LockPWRButton", "power button is locked"),
    _flag("SUN", "tell other devices of the network at power-on"),
    _number("I1NFrom", 999_999_999, "first user ID of 1:N verification"),
    _number("I1NTo", 999_999_999, "last user ID of 1:N verification"),
    _flag("I1H", "1:H function"),
    _flag("I1G", "1:G function"),
    _flag("KeyPadBeep", "key beep"),
    _flag("WorkCode", "work codes"),
    _number("AAVOLUME", 100, "alarm volume"),
    _flag("DHCP", "DHCP", cuts_off=True),
    _flag("EnableProxyServer", "HTTP proxy", cuts_off=True),
    _of("ProxyServerIP", Kind.IPV4, "proxy's address", cuts_off=True),
    _number("ProxyServerPort", 65_535, "proxy's port", low=1, cuts_off=True),
    _flag("PrinterOn", "printing"),
    _number("DefaultGroup", 99, "default group", low=1),
    _number("GroupFpLimit", 65_535, "fingerprints a group"),
    _flag("WIFI", "WiFi", cuts_off=True),
    _flag("wifidhcp", "DHCP of WiFi", cuts_off=True),
    _flag("AmPmFormatFunOn", "AM/PM on the screen"),
    _flag("AntiPassbackOn", "anti-passback; advanced access devices only"),
    _flag("MasterSlaveOn", "master-slave"),
    _flag("ImeFunOn", "T9 input"),
    _of("WebServerIP", Kind.IPV4, "this server's address", cuts_off=True),
    _number("WebServerPort", 65_535, "this server's port", low=1, cuts_off=True),
    _number("ApiPort", 65_535, "DataAPI port", low=1),
    _number("DelRecord", 999_999, "oldest records deleted when full (errata Z13)"),
    _flag("IsPushComKey", "send the communication key", cuts_off=True),
    OptionItem(Parameter("PushComKey", "", Kind.PIN, "communication key", secret=True), cuts_off=True),
    OptionItem(Parameter("PINOrCardNonVal", "", Kind.CHOICE, "not on TFT series", choices=_VALIDATION)),
    _flag("USAUser1to1FPThresholdFunOn", "fingerprint threshold a user", source="VI 7.3"),
    _of("VerifyValueMap", Kind.VERIFY_MAP, "configured:logged verify values", source="Table 2.3 notes"),
    _flag("~UserExtFmt", "several verify modes a user", source=_TILDE),
    OptionItem(Parameter("~LockFunOn", "", Kind.INTEGER, "access functions", high=255), source=_TILDE),
    _flag("UserValidTimeFun", "users with an end", source="field"),
)
OPTION_ITEMS: Final = {item.spec.name: item for item in _ITEMS}


def check_option(given: Mapping[str, str | int], wire: dict[str, str], charset: str) -> None:
    """The value of option.set by its item's own rule. Raises `CommandInvalid`."""
    item = OPTION_ITEMS.get(wire["item"])
    if item is None:
        raise CommandInvalid(
            f"option.set: parameter item {wire['item']!r} is not a documented option; see OPTION_ITEMS, or let an "
            "administrator send it raw"
        )
    wire["value"] = to_wire("option.set", item.spec, given["value"], charset)


OPTIONS: Final = (
    Entry(
        "option.set",
        "VI 5",
        "Set one option",
        "SET OPTION",
        (
            Parameter("item", "", Kind.WORD, "name of the option", required=True),
            # The item's own rule replaces this loose one, which only keeps the line whole.
            Parameter("value", "", Kind.TEXT, "its value", required=True, max_bytes=200, secret=True),
        ),
        separator="=",
        check=check_option,
        errata=("Z13", "Z15"),
        note="One option a command: firmware stores a second one as text of the first (field).",
    ),
    Entry("device.info", "VI 4", "Have options and counts sent", "INFO", answer=Answer.OPTIONS, errata=("Z13",)),
    Entry(
        "device.reload_options",
        "field: zk-push.md 2.5 (Part II names the feature)",
        "Have the device read its options again",
        "RELOAD OPTIONS",
    ),
    Entry(
        "device.reload_data",
        "field: zk-push.md 2.5 D8",
        "Have the device read its data again",
        "RELOAD DATA",
        firmware=Firmware.BLACK_AND_WHITE,
    ),
)
