"""Wall times of operators: what is plain, what occurred twice, what never did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.control.errors import RequestInvalid
from ingest.control.wall_times import date_of, instant_of, local_text, offset_text, wall_of, zone_of

BERLIN = "Europe/Berlin"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    "text", ["2026-11-20 08:00", "2026-11-20T08:00", "2026-11-20 08:00:00", " 2026-11-20T08:00:00"]
)
def test_a_plain_time(text: str) -> None:
    assert instant_of(text, BERLIN) == at("2026-11-20T07:00:00Z")
    assert instant_of(text, BERLIN, "+01:00") == at("2026-11-20T07:00:00Z")
    with pytest.raises(RequestInvalid, match=r"is at \+01:00, not at \+02:00"):
        instant_of(text, BERLIN, "+02:00")


def test_a_time_that_occurred_twice_is_settled_by_its_offset() -> None:
    with pytest.raises(RequestInvalid, match=r"occurred twice in Europe/Berlin.*\+02:00 or \+01:00, or the instant"):
        instant_of("2026-10-25 02:30", BERLIN)
    assert instant_of("2026-10-25 02:30", BERLIN, "+02:00") == at("2026-10-25T00:30:00Z")
    assert instant_of("2026-10-25 02:30", BERLIN, "+01:00") == at("2026-10-25T01:30:00Z")
    assert instant_of("2026-10-25 03:00", BERLIN) == at("2026-10-25T02:00:00Z")


def test_a_time_that_never_occurred_is_told_as_the_clock_showed_it() -> None:
    with pytest.raises(RequestInvalid, match=r"never occurred in Europe/Berlin.*\+01:00 or \+02:00"):
        instant_of("2026-03-29 02:30", BERLIN)
    instant = instant_of("2026-03-29 02:30", BERLIN, "+01:00")
    assert (instant, local_text(instant, BERLIN)) == (at("2026-03-29T01:30:00Z"), "2026-03-29T03:30:00")


@pytest.mark.parametrize("text", ["", "8:00", "2026-11-20", "2026-13-01 08:00", "2026-11-20 25:00", "2026-11-20 08:00Z",
                                  "1969-12-31 23:00", "٢٠٢٦-11-20 08:00"])  # fmt: skip
def test_what_is_no_wall_time(text: str) -> None:
    with pytest.raises(RequestInvalid, match="is no wall time"):
        wall_of(text)


@pytest.mark.parametrize(("call", "text", "says"), [
    (zone_of, "Mars/Olympus", "IANA"), (zone_of, "", "IANA"), (zone_of, "../etc/passwd", "IANA"),
    (lambda text: date_of(text, "first"), "20261120", "first '20261120' is no date"),
    (lambda text: date_of(text, "first"), "2026-02-30", "is no date"),
    (lambda text: instant_of("2026-11-20 08:00", BERLIN, text), "1", "is no offset"),
])  # fmt: skip
def test_what_else_is_refused(call: object, text: str, says: str) -> None:
    with pytest.raises(RequestInvalid, match=says):
        call(text)  # type: ignore[operator]  # one of the functions above


@given(st.integers(at("1971-01-01T00:00:00Z") // 1000, at("2037-01-01T00:00:00Z") // 1000),
       st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]))  # fmt: skip
def test_every_instant_can_be_said_with_its_offset(second: int, zone: str) -> None:
    there = datetime.fromtimestamp(second, ZoneInfo(zone))
    offset = there.utcoffset() or timedelta()
    if offset.total_seconds() % 60:
        return  # local mean time: no offset of hours and minutes
    said = local_text(second * 1000, zone)
    assert instant_of(said, zone, offset_text(int(offset.total_seconds()))) == second * 1000
    try:
        assert instant_of(said, zone) == second * 1000
    except RequestInvalid:  # then another instant shows the same
        others = [
            datetime.fromtimestamp(second + step * 60, UTC).astimezone(ZoneInfo(zone)) for step in range(-180, 181)
        ]
        assert sum(other.replace(tzinfo=None) == there.replace(tzinfo=None) for other in others) == 2
