"""Options in both forms, and which of them are secret (spec/zk-push.md H16, examples C48 and C53)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.zkpush.options import is_secret_option, parse_options
from wire.zkpush.rows import LineReason


def test_c48_a_vendor_with_a_comma() -> None:
    body = b"~DeviceName=SF-V5L,~OEMVendor=ZKTeco Co., Ltd.,MAC=00:17:61:00:00:01,WorkCode=,FaceFunOn=1"
    batch = parse_options(body)
    assert batch.options == {
        "~DeviceName": "SF-V5L",
        "~OEMVendor": "ZKTeco Co., Ltd.",
        "MAC": "00:17:61:00:00:01",
        "WorkCode": "",
        "FaceFunOn": "1",
    }
    assert (batch.repeated, batch.errors) == ((), [])


def test_c50_registration() -> None:
    batch = parse_options(b"DeviceType=acc,~DeviceName=F22,FirmVer=AC Ver 5.7.8,LockCount=1")
    assert batch.options == {"DeviceType": "acc", "~DeviceName": "F22", "FirmVer": "AC Ver 5.7.8", "LockCount": "1"}


def test_c53_a_line_for_each_option() -> None:
    batch = parse_options(b"~SerialNumber=12300001\r\nUserCount=2\nVerifyValueMap=129:1,130:3\nOdd=a,b=c\n\n")
    assert batch.options == {
        "~SerialNumber": "12300001",
        "UserCount": "2",
        "VerifyValueMap": "129:1,130:3",
        "Odd": "a,b=c",  # in this form a comma parts nothing
    }


@pytest.mark.parametrize(
    ("body", "options"),
    [
        (b"VerifyValueMap=129:1,130:3,MAC=1\n", {"VerifyValueMap": "129:1,130:3", "MAC": "1"}),
        (b"a=1, b=2", {"a": "1", "b": "2"}),
        (b"a=x=y,b=2", {"a": "x=y", "b": "2"}),
        (b"a=1,,b=2,", {"a": "1,", "b": "2,"}),
        ("~Name=张".encode("gb18030"), {"~Name": "张"}),
        (b"", {}),
        (b"\r\n\0", {}),
    ],
)
def test_forms(body: bytes, options: dict[str, str]) -> None:
    batch = parse_options(body)
    assert (batch.options, batch.errors) == (options, [])


def test_bad_pieces_and_repeated_names_stand_beside_good_ones() -> None:
    batch = parse_options(b"rubbish,MAC=1,mac=2,IP=3")
    assert (batch.options, batch.repeated) == ({"MAC": "1", "IP": "3"}, ("mac",))
    (error,) = batch.errors
    assert (error.line, error.reason, error.raw) == (1, LineReason.NOT_A_ROW, b"rubbish")
    batch = parse_options(b"MAC=1\nrubbish\n=2\nIP=3")
    assert batch.options == {"MAC": "1", "IP": "3"}
    assert [(error.line, error.raw) for error in batch.errors] == [(2, b"rubbish"), (3, b"=2")]


@pytest.mark.parametrize(
    "name",
    ["PushComKey", "ComKey", "pushcommkey", "CardKey", "~CardKey", "COMMKey", "AdminPasswd", "WebPwd", "wifipsk",
     "WPAPSK", "WifiPassword", "wirelesskey", "WEPKey1", "QRCodeDecryptKey", "DuressPIN", "PINCode", "RegistryCode",
     "SuperCode", "ProxyServerPassword", "SessionID", "token", "ClientSecret"],
)  # fmt: skip
def test_secrets(name: str) -> None:
    assert is_secret_option(name)
    assert is_secret_option(f" {name.upper()} ")


@pytest.mark.parametrize(
    "name",
    ["IsPushComKey", "DUPWD", "OnlyPINCard", "PINOrCardNonVal", "~PIN2Width", "KeyPadBeep", "MAC", "IPAddress", "WIFI",
     "wifidhcp", "FPCount", "~SerialNumber", "WorkCode", "VerifyValueMap", "FWVersion", "Must1To1", "ShortcutKey", ""],
)  # fmt: skip
def test_what_is_no_secret(name: str) -> None:
    assert not is_secret_option(name)


@given(st.binary(max_size=200))
def test_nothing_raises(body: bytes) -> None:
    batch = parse_options(body)
    assert all(name == name.strip() and name for name in batch.options)


NAME = st.from_regex(r"~?[A-Za-z_][A-Za-z0-9_]{0,10}", fullmatch=True)
VALUE = st.from_regex(r"[A-Za-z0-9:. ]{0,8}(, [A-Za-z.]{1,5})?", fullmatch=True).map(str.strip)


@given(st.dictionaries(NAME, VALUE, max_size=8))
def test_order_and_form_do_not_matter(options: dict[str, str]) -> None:
    folded = {name.casefold() for name in options}
    if len(folded) < len(options):
        return
    lines = [f"{name}={value}" for name, value in options.items()]
    assert parse_options(",".join(lines).encode()).options == options
    assert parse_options(",".join(reversed(lines)).encode()).options == options
    assert parse_options("\r\n".join(lines).encode()).options == options
