"""Users, and the keys whose windows are a station's schedules."""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.akuvox.codes import ACCOUNT_STATUS, CALL_TYPES, PUBLIC_KEY_DIGITS, TAGS, code_word
from wire.akuvox.errors import CallInvalid, RowUnreadable
from wire.akuvox.keys import DAYS, build_key, parse_key
from wire.akuvox.redaction import code_hash, hash_key, hash_user
from wire.akuvox.users import ScheduleRelay, parse_user, schedule_relays

KEY = b"key of the tenant"
# The document's answer of user/get.
USER = {
    "CardCode": "2222", "FaceUrl": "", "ID": "2", "LiftFloorNum": "1;2", "Name": "1111", "PrivatePIN": "4444",
    "ScheduleRelay": "1001-1", "SourceType": "1", "Type": "0", "UserID": "2", "WebRelay": "1",
}  # fmt: skip


def test_user() -> None:
    user = parse_user(hash_user(USER, KEY)[0])
    assert (user.id, user.user_id, user.name, user.source, user.web_relay) == ("2", "2", "1111", "1", "1")
    assert user.cards == (code_hash("2222", KEY),)
    assert user.pins == (code_hash("4444", KEY),)
    assert user.schedules == (ScheduleRelay("1001", "1"),)
    assert user.lift_floors == ("1", "2")
    assert user.has_face is False
    assert user.extra == {}


@pytest.mark.parametrize("name", ["ScheduleRelay", "Schedule-Relay", "Schedule"])
def test_schedules_in_three_spellings(name: str) -> None:
    assert parse_user({"UserID": "1", name: "1001-12;1002"}).schedules == (
        ScheduleRelay("1001", "12"), ScheduleRelay("1002", ""),
    )  # fmt: skip
    assert schedule_relays("") == ()


@pytest.mark.parametrize("row", [None, [], {}, {"Name": "A"}, {"ID": "--"}])
def test_no_user(row: object) -> None:
    with pytest.raises(RowUnreadable):
        parse_user(row)


def test_key_and_back() -> None:
    item = build_key(
        name="Lucy", code="00B4161D", doors=(2, 1), days=("Mon", "Thur"), start="08:00", end="17:30", tag="schedule"
    )
    key = parse_key(hash_key(item, KEY)[0])
    assert (key.name, key.doors, key.days, key.start, key.end) == ("Lucy", (1, 2), ("Mon", "Thur"), "08:00", "17:30")
    assert (key.code, key.tag, key.frequency, key.whole_day) == (code_hash("00B4161D", KEY), "schedule", 0, False)


def test_private_key_has_no_tag_and_the_whole_day() -> None:
    key = parse_key(build_key(name="Lucy", code="88888888"))
    assert (key.tag, key.frequency, key.whole_day, key.days) == ("", None, True, DAYS)


@pytest.mark.parametrize(
    "wrong",
    [{"code": ""}, {"name": ""}, {"doors": ()}, {"doors": (4,)}, {"days": ("Thu",)}, {"start": "24:00"},
     {"end": "8:00"}, {"tag": "maybe"}, {"tag": "frequency", "frequency": 65_536}],
)  # fmt: skip
def test_key_that_must_not_be_sent(wrong: dict[str, Any]) -> None:
    with pytest.raises(CallInvalid) as raised:
        build_key(**({"name": "Lucy", "code": "31415926"} | wrong))
    assert "31415926" not in str(raised.value)


@pytest.mark.parametrize("row", [None, {}, {"ID": "x"}])
def test_no_key(row: object) -> None:
    with pytest.raises(RowUnreadable):
        parse_key(row)


def test_code_lists() -> None:
    assert (TAGS["2"], CALL_TYPES["3"], PUBLIC_KEY_DIGITS["0"], ACCOUNT_STATUS["-1"]) == (
        "forbidden",
        "missed",
        "8",
        "unknown",
    )
    assert code_word(TAGS, 1) == "frequency"
    assert code_word(TAGS, "9") == ""


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(USER)), st.none() | st.text(max_size=6) | st.integers() | st.booleans()))
def test_any_user_is_read_or_refused(row: dict[str, Any]) -> None:
    with contextlib.suppress(RowUnreadable):
        parse_user(hash_user(row, KEY)[0])
