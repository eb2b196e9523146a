"""The quick reader and the strict one agree; what does not fit is named; what is written is a LastPunch."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.lastpunch import seen as module
from processors.lastpunch.seen import SeenPunch, decode_last_punch, decode_punch, encode_last_punch
from schemas.codec import NotAnEvent, decode_event, encode_event
from schemas.events import TimeFlag
from schemas.lastpunch import LastPunch

T0 = 1_772_355_600_000
PUNCH: dict[str, Any] = {
    "event_id": "a" * 32, "rank": 7, "tenant": "demo", "device": "TST1", "pin": "0017", "punch_at": T0, "state": 0,
    "local_text": "2026-03-01 09:00:00", "work_code": "3", "time_flags": [], "is_attendance": True, "zone": "UTC",
}  # fmt: skip
SEEN = SeenPunch("a" * 32, 7, "demo", "TST1", "0017", "2026-03-01 09:00:00", T0, 0, "3", counts=True)
HELD = LastPunch(
    tenant="demo", device="TST1", pin="0017", punch_at=T0, local_text="2026-03-01 09:00:00", state=0, work_code="3",
    event_id="a" * 32, rank=7,
)  # fmt: skip


def record(**fields: Any) -> bytes:
    return orjson.dumps({**PUNCH, **fields})


def read(value: bytes) -> SeenPunch | str:
    try:
        return decode_punch(value)
    except NotAnEvent as error:
        return str(error)


def test_what_is_needed_of_a_punch_is_read_without_the_strict_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_STRICT", None)
    assert decode_punch(record()) == SEEN
    assert decode_punch(record(state=None)) == SEEN._replace(state=None)


@pytest.mark.parametrize(
    ("flags", "counts"),
    [
        ([TimeFlag.ZONE_ASSUMED], True),
        ([TimeFlag.FUTURE_PUNCH], False),
        ([TimeFlag.PAST_PUNCH, TimeFlag.QUARANTINED], False),
    ],
)
def test_a_time_that_cannot_be_does_not_count(flags: list[TimeFlag], counts: bool) -> None:
    assert decode_punch(record(time_flags=flags)).counts is counts
    assert decode_punch(record(time_flags=flags, is_attendance=False)).counts is False


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"event_id": None}, "event_id"),
        ({"rank": -1}, "rank"),
        ({"rank": 1 << 63}, ""),
        ({"rank": 1.5}, "rank"),
        ({"punch_at": 1 << 60}, "punch_at"),
        ({"punch_at": True}, ""),
        ({"state": "x"}, "state"),
        ({"time_flags": ["NEW"]}, "time_flags"),
        ({"time_flags": [[]]}, "time_flags"),
        ({"time_flags": None}, "time_flags"),
        ({"is_attendance": "x"}, "is_attendance"),
        ({"pin": 17}, "pin"),
    ],
)
def test_the_field_that_does_not_fit_is_named(fields: dict[str, Any], name: str) -> None:
    found = read(record(**fields))
    assert (name in found) if name else isinstance(found, SeenPunch)


def test_what_is_no_punch_is_refused() -> None:
    for value in (b"", b"[]", b"7", b"null", b'{"event_id":"x"}', b"\xff"):
        with pytest.raises(NotAnEvent):
            decode_punch(value)


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 63), (1 << 64) - 1), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3), st.lists(st.sampled_from([*TimeFlag, "NEW"]), max_size=2),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(PUNCH)), ODD, max_size=3))
@settings(max_examples=300, deadline=None)
def test_the_quick_reader_agrees_with_the_strict_one(fields: dict[str, Any]) -> None:
    value = record(**fields)
    quick = read(value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PUNCH_TYPES", frozenset())
        assert read(value) == quick


def test_what_is_written_is_a_last_punch_and_is_read_back() -> None:
    value = encode_last_punch(SEEN)
    # Without what timecards alone tell, which has defaults: there are many of these.
    assert orjson.loads(value).items() <= orjson.loads(encode_event(HELD)).items()
    assert decode_event(LastPunch, value) == HELD
    assert decode_last_punch(value) == SEEN


def test_what_an_earlier_version_wrote_is_read() -> None:
    fields = orjson.loads(encode_last_punch(SEEN))
    del fields["event_id"], fields["rank"]
    assert decode_last_punch(orjson.dumps(fields)) == SEEN._replace(event_id="", rank=0)
    with pytest.raises(NotAnEvent, match="v"):
        decode_last_punch(orjson.dumps({**fields, "v": 2}))
