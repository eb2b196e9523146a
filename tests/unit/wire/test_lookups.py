"""Answers while a person waits (document VI 13, 14, Appendix 2; spec/zk-push.md E7, C64, C65)."""

import base64
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.zkpush.errors import LookupInvalid, Poison
from wire.zkpush.lookups import (
    ATTENDANCE_AUTH_FAILED,
    MAX_TEXT_BYTES,
    NO_LAST_PUNCH,
    NO_REMOTE_ATT,
    NO_SELF_SERVICE,
    POST_VERIFY_ACCEPTED,
    LastPunch,
    MenuItem,
    SelfServiceStyle,
    build_access_auth,
    build_attendance_auth,
    build_last_punch,
    build_menu,
    build_remote_att,
    build_self_service,
    parse_menu,
)
from wire.zkpush.pairs import FieldUnsendable

PUNCH = LastPunch("Richard", "982", 1, "9001", datetime(2026, 3, 1, 9, 0, 5))  # noqa: DTZ001 - a wall time
MENU = [MenuItem(1, "Vacation"), MenuItem(2, "PTO"), MenuItem(3, "Accural"), MenuItem(4, "Schedules")]
CSV = "Monday,1:00-2:00 pm,3:00-4:00 pm,10:00-11:00 pm\r\nTuesday,1:00-2:00 am,3:00-4:00 am,10:00-11:00 am"


def data_of(line: bytes) -> bytes:
    assert line.count(b"\n") == 1
    return base64.b64decode(line.rstrip(b"\n").partition(b"\tData=")[2], validate=True)


def test_c65_last_punch() -> None:
    assert build_last_punch(PUNCH) == (
        b"status=0\nname=Richard\tpin=982\tstate=1\tworkcode=9001\tdate=2026-03-01\ttime=09:00:05\n"
    )
    assert NO_LAST_PUNCH == b"status=1\n"


def test_last_punch_in_the_charset_of_the_device() -> None:
    punch = LastPunch("张三", "982", 0, "", PUNCH.local_time)
    assert "name=张三\t".encode("gb18030") in build_last_punch(punch, "gb18030")
    assert "name=张三\t".encode() in build_last_punch(punch)


@pytest.mark.parametrize(("name", "charset"), [("a\tb", "utf-8"), ("a\nstatus=0", "utf-8"), ("张", "ascii")])
def test_a_name_that_no_line_carries(name: str, charset: str) -> None:
    with pytest.raises(FieldUnsendable, match="name") as error:
        build_last_punch(LastPunch(name, "982", 0, "", PUNCH.local_time), charset)
    assert name not in str(error.value)


def test_appendix_2_step_3_menu() -> None:
    """The document prints this data with one letter misread ("I" for "l", its 43rd) and without the last two."""
    line = build_self_service(0, "1999", SelfServiceStyle.MENU, build_menu(MENU))
    assert line == (
        b"DATA UPDATE SELFSERVICEDATA ServiceNum=0\tPIN=1999\tStyle=2\tData="
        b"SUQ9MSZDTUQ9VmFjYXRpb247SUQ9MiZDTUQ9UFRPO0lEPTMmQ01EPUFjY3VyYWw7SUQ9NCZDTUQ9U2NoZWR1bGVz\n"
    )
    printed = b"SUQ9MSZDTUQ9VmFjYXRpb247SUQ9MiZDTUQ9UFRPO0IEPTMmQ01EPUFjY3VyYWw7SUQ9NCZDTUQ9U2NoZWR1bG"
    ours = base64.b64encode(data_of(line))
    assert [at for at, (a, b) in enumerate(zip(ours, printed, strict=False)) if a != b] == [42]
    assert data_of(line) == b"ID=1&CMD=Vacation;ID=2&CMD=PTO;ID=3&CMD=Accural;ID=4&CMD=Schedules"


def test_appendix_2_step_6_csv() -> None:
    """Here three letters are misread: "I" for "l", and "O" for "0" twice; decoded, they would be no text."""
    line = build_self_service(4, "1999", SelfServiceStyle.CSV, CSV)
    assert line == (
        b"DATA UPDATE SELFSERVICEDATA ServiceNum=4\tPIN=1999\tStyle=1\tData="
        b"TW9uZGF5LDE6MDAtMjowMCBwbSwzOjAwLTQ6MDAgcG0sMTA6MDAtMTE6MDAgcG0NClR1ZXNkYXksMTowMC0yOjAwIGFtLDM6MDAt"
        b"NDowMCBhbSwxMDowMC0xMTowMCBhbQ==\n"
    )
    printed = (
        b"TW9uZGF5LDE6MDAtMjowMCBwbSwzOjAwLTQ6MDAgcG0sMTA6MDAtMTE6MDAgcG0NCIR1ZXNkYXksMTowMCOyOjAwIGFtLDM6MDAt"
        b"NDowMCBhbSwxMDowMCOxMTowMCBhbQ=="
    )
    ours = base64.b64encode(data_of(line))
    assert [at for at, (a, b) in enumerate(zip(ours, printed, strict=True)) if a != b] == [65, 82, 118]


def test_text_in_the_charset_of_the_device() -> None:
    line = build_self_service(3, "7", SelfServiceStyle.TEXT, "剩余假期 5 天\n", "gb18030")
    assert data_of(line) == "剩余假期 5 天\n".encode("gb18030")
    assert NO_SELF_SERVICE == b"OK"


@pytest.mark.parametrize(
    ("number", "style", "text", "charset", "message"),
    [
        (-1, SelfServiceStyle.TEXT, "x", "utf-8", "service number -1"),
        (10**9, SelfServiceStyle.TEXT, "x", "utf-8", "service number"),
        (1, SelfServiceStyle.TEXT, "", "utf-8", "empty"),
        (1, SelfServiceStyle.CSV, "a\0b", "utf-8", "control"),
        (1, SelfServiceStyle.TEXT, "x" * (MAX_TEXT_BYTES + 1), "utf-8", "4097 bytes, at most 4096"),
        (1, SelfServiceStyle.TEXT, "é", "ascii", "ascii cannot write"),
        (1, SelfServiceStyle.MENU, "Vacation", "utf-8", "item 1"),
    ],
)
def test_self_service_that_must_not_be_sent(
    number: int, style: SelfServiceStyle, text: str, charset: str, message: str
) -> None:
    with pytest.raises(LookupInvalid, match=message) as error:
        build_self_service(number, "1999", style, text, charset)
    assert isinstance(error.value, Poison)


def test_a_pin_cannot_add_a_field() -> None:
    with pytest.raises(FieldUnsendable, match="PIN"):
        build_self_service(1, "1\tStyle=0", SelfServiceStyle.TEXT, "x")


@pytest.mark.parametrize("label", ["", " ", "a;b", "a&b", "a=b", "a\nb", "a\tb", "\0"])
def test_labels_that_would_end_an_item_early(label: str) -> None:
    with pytest.raises(LookupInvalid, match="label of service 5"):
        MenuItem(5, label)


@pytest.mark.parametrize("number", [0, -1, 10**9])
def test_service_numbers_out_of_range(number: int) -> None:
    with pytest.raises(LookupInvalid, match="service number"):
        MenuItem(number, "x")


def test_menus_that_are_none() -> None:
    with pytest.raises(LookupInvalid, match="no item"):
        build_menu([])
    with pytest.raises(LookupInvalid, match="twice"):
        build_menu([MenuItem(1, "a"), MenuItem(1, "b")])
    for text in ("", ";", "ID=1", "ID=x&CMD=a", "CMD=a&ID=1", "ID=1&CMD=a;;ID=2&CMD=b", "ID=1&CMD=", "ID=1&CMD=a&b"):
        with pytest.raises(LookupInvalid, match="item"):
            parse_menu(text)
    with pytest.raises(LookupInvalid, match="item 2"):
        parse_menu("ID=1&CMD=a;nonsense")


def test_the_document_ends_a_menu_with_a_semicolon_too() -> None:
    assert parse_menu("ID=1&CMD=Vacation; ID=2&CMD=PTO; ID=3&CMD=Accural; ID=4&CMD=Schedules;") == tuple(MENU)


LABELS = st.text(min_size=1, max_size=20).filter(
    lambda label: label == label.strip() and label.strip() and not any(c in ";&=\x7f" or c < " " for c in label)
)


@given(st.dictionaries(st.integers(1, 999_999_999), LABELS, min_size=1, max_size=8))
def test_menus_there_and_back(items: dict[int, str]) -> None:
    menu = tuple(MenuItem(number, label) for number, label in items.items())
    assert parse_menu(build_menu(menu)) == menu


@given(st.text(max_size=60))
def test_parse_menu_raises_its_own_error_alone(text: str) -> None:
    try:
        menu = parse_menu(text)
    except LookupInvalid:
        return
    assert parse_menu(build_menu(menu)) == menu


@given(st.integers(), st.text(), st.sampled_from(SelfServiceStyle), st.text(), st.sampled_from(["utf-8", "gb18030"]))
def test_whatever_is_sent_is_one_line_that_says_it(
    number: int, pin: str, style: SelfServiceStyle, text: str, charset: str
) -> None:
    try:
        line = build_self_service(number, pin, style, text, charset)
    except (LookupInvalid, FieldUnsendable):
        return
    assert data_of(line).decode(charset) == text
    assert line.count(b"\t") == 3


def test_remote_attendance() -> None:
    user = b"DATA UPDATE USERINFO PIN=982\tName=Richard\tPasswd=\tCard=\tGrp=1\tTZ=\tPri=0"
    finger = b"DATA UPDATE FINGERTMP PIN=982\tFID=1\tSize=8\tValid=1\tTMP=AQIDBA=="
    assert build_remote_att([user, finger]) == user + b"\n" + finger + b"\n"
    assert build_remote_att([]) == NO_REMOTE_ATT == b"NONE\n"


@pytest.mark.parametrize("command", [b"", b"REBOOT", b"DATA DELETE USERINFO PIN=1", b"DATA UPDATE USERINFO\nREBOOT"])
def test_remote_attendance_sends_people_alone(command: bytes) -> None:
    with pytest.raises(LookupInvalid, match="text 2"):
        build_remote_att([b"DATA UPDATE USERINFO PIN=1", command])


def test_attendance_auth() -> None:
    assert build_attendance_auth("982", "Richard", 0, 1, "") == (
        b"AUTH=Success\tPIN=982\tName=Richard\tPri=0\tGrp=1\tTZ=\n"
    )
    assert ATTENDANCE_AUTH_FAILED == b"AUTH=Failed\n"
    for pin in ("", "1 2", "1\tPri=14", "x" * 65):
        with pytest.raises(LookupInvalid, match="PIN"):
            build_attendance_auth(pin, "Richard", 0, 1, "")


def test_access_auth() -> None:
    event = b"time=2026-03-01 09:00:00\tpin=17\tevent=223\r\n"
    row = event.rstrip()
    assert build_access_auth(True, event, "CONTROL DEVICE 01010105", "Welcome") == (
        b"AUTH=SUCCESS\r\n" + row + b"\r\nCONTROL DEVICE 01010105\r\nTIPS=Welcome\r\n"
    )
    assert build_access_auth(False, event) == b"AUTH=FAILED\r\n" + row + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("granted", "event", "control", "tips"),
    [
        (True, b"a\nb", "", ""),
        (True, b"a", "CONTROL\r\nREBOOT", ""),
        (True, b"a", "", "x\nAUTH=SUCCESS"),
        (False, b"a", "CONTROL DEVICE 01010105", ""),
    ],
)
def test_access_auth_that_must_not_be_sent(granted: bool, event: bytes, control: str, tips: str) -> None:
    with pytest.raises(LookupInvalid, match="AuthType"):
        build_access_auth(granted, event, control, tips)


def test_post_verify() -> None:
    assert POST_VERIFY_ACCEPTED == b"OK"
