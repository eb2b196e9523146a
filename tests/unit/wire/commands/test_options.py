"""SET OPTION: every item of chapter 5 with its rule, and those that can cut a device off (errata Z15)."""

import pytest

from wire.zkpush.commands import CATALOGUE, OPTION_ITEMS, Firmware, build
from wire.zkpush.errors import CommandInvalid

# As the document prints them, chapter 5.
CHAPTER_5 = [
    "IPAddress",
    "NetMask",
    "GATEIPAddress",
    "VOLUME",
    "MAC",
    "CardKey",
    "DeviceID",
    "LockOn",
    "AlarmAttLog",
    "AlarmReRec",
    "RS232BaudRate",
    "AutoPowerOff",
    "AutoPowerOn",
    "AutoPowerSuspend",
    "IdlePower",
    "IdleMinute",
    "RS232On",
    "RS485On",
    "UnlockPerson",
    "OnlyPINCard",
    "HiSpeedNet",
    "Must1To1",
    "ODD",
    "DSM",
    "AADelay",
    "DUHK",
    "DU11",
    "DU1N",
    "DUPWD",
    "DUAD",
    "LockPWRButton",
    "SUN",
    "I1NFrom",
    "I1NTo",
    "I1H",
    "I1G",
    "KeyPadBeep",
    "WorkCode",
    "AAVOLUME",
    "DHCP",
    "EnableProxyServer",
    "ProxyServerIP",
    "ProxyServerPort",
    "PrinterOn",
    "DefaultGroup",
    "GroupFpLimit",
    "WIFI",
    "wifidhcp",
    "AmPmFormatFunOn",
    "AntiPassbackOn",
    "MasterSlaveOn",
    "ImeFunOn",
    "WebServerIP",
    "WebServerPort",
    "ApiPort",
    "DelRecord",
    "IsPushComKey",
    "PushComKey",
    "PINOrCardNonVal",
]
GOOD = {
    "integer": "1",
    "choice": "1",
    "ipv4": "192.168.1.225",
    "netmask": "255.255.255.0",
    "mac": "00:17:61:00:00:01",
    "clock_256": "07:30",
    "text": "abc",
    "pin": "88888888",
    "verify_map": "129:1",
}


def test_every_documented_item_is_there() -> None:
    alarms = {f"AutoAlarm{number}" for number in range(1, 51)}
    elsewhere = {"USAUser1to1FPThresholdFunOn", "VerifyValueMap", "~UserExtFmt", "~LockFunOn", "UserValidTimeFun"}
    assert set(OPTION_ITEMS) == set(CHAPTER_5) | alarms | elsewhere


@pytest.mark.parametrize("name", OPTION_ITEMS)
def test_every_item_takes_a_good_value_and_refuses_a_bad_one(name: str) -> None:
    spec = OPTION_ITEMS[name].spec
    good = str(next(iter(spec.choices))) if spec.choices else GOOD[spec.kind]
    built = build("option.set", {"item": name, "value": good})
    assert built.text.startswith(f"SET OPTION {name}=".encode())
    assert built.text.count(b"=") == 1
    for bad in ("", "no such value, surely" * 3, "1\nREBOOT", "1\tDHCP=1"):
        with pytest.raises(CommandInvalid):
            build("option.set", {"item": name, "value": bad})


@pytest.mark.parametrize(
    ("item", "value", "said"),
    [
        ("IPAddress", "192.168.1.256", "IPAddress must be an IPv4 address"),
        ("NetMask", "255.0.255.0", "NetMask must be a network mask"),
        ("MAC", "00:17:61:00:00", "MAC must be a device's MAC address"),
        ("MAC", "01:00:5e:00:00:01", "MAC must be a device's MAC address"),
        ("VOLUME", 101, "VOLUME must be a whole number from 0 to 100"),
        ("WebServerPort", 0, "WebServerPort must be a whole number from 1 to 65535"),
        ("AutoPowerOff", "25:00", "AutoPowerOff must be hh:mm"),
        ("AutoAlarm50", 1822, "AutoAlarm50 must be hh:mm"),
        ("RS232BaudRate", 9601, "RS232BaudRate must be one of 1200"),
        ("PINOrCardNonVal", 4, "PINOrCardNonVal must be one of 0"),
        ("VerifyValueMap", "129=1", "VerifyValueMap must be pairs"),
        ("DHCP", 2, "DHCP must be one of 0"),
    ],
)
def test_rules(item: str, value: str | int, said: str) -> None:
    with pytest.raises(CommandInvalid, match=f"parameter {said}"):
        build("option.set", {"item": item, "value": value})


def test_unknown_items_only_raw() -> None:
    with pytest.raises(CommandInvalid, match=r"'ICLOCKSVRURL' is not a documented option.* raw"):
        build("option.set", {"item": "ICLOCKSVRURL", "value": "x"})
    with pytest.raises(CommandInvalid, match="parameter item must be a name"):
        build("option.set", {"item": "DHCP=1 X", "value": 1})


def test_z15_what_can_cut_a_device_off() -> None:
    cutting = {name for name, item in OPTION_ITEMS.items() if item.cuts_off}
    # errata Z15 names these ..
    assert cutting >= {"IPAddress", "NetMask", "GATEIPAddress", "DHCP", "MAC", "WIFI", "WebServerIP", "WebServerPort"}
    assert cutting >= {"PushComKey", "EnableProxyServer", "ProxyServerIP", "ProxyServerPort"}
    # .. and these change the same things
    assert len(cutting - {"wifidhcp", "HiSpeedNet", "IsPushComKey"}) == 12
    assert build("option.set", {"item": "DHCP", "value": 0}).cuts_off
    assert not build("option.set", {"item": "VOLUME", "value": 50}).cuts_off


def test_z15_commands_that_can() -> None:
    assert {entry.name for entry in CATALOGUE.values() if entry.cuts_off} == {
        *("device.shell", "file.put", "firmware.upgrade", "raw", "access.server_set", "access.network_set")
    }
    assert build("raw", {"line": "INFO"}).cuts_off


def test_secret_items() -> None:
    assert {name for name, item in OPTION_ITEMS.items() if item.spec.secret} == {"CardKey", "PushComKey"}


def test_one_option_a_command() -> None:
    """Firmware stores a second one as text of the first."""
    assert CATALOGUE["option.set"].firmware is Firmware.ANY
    assert [one.name for one in CATALOGUE["option.set"].parameters] == ["item", "value"]
