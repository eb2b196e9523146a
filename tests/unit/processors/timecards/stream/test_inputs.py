"""What an input must have before the model sees it, and what moves the stream's clock."""

from __future__ import annotations

import pytest

from processors.timecards.stream.inputs import decode_input
from processors.timecards.stream.progress import clock_after
from schemas.codec import encode_event
from schemas.timecards_input import TimecardInput
from tests.unit.processors.timecards.stream.world import assign, at, correction, employed, period, roster


@pytest.mark.parametrize(
    "event",
    [
        assign(at("08:00"), zone="Mars/Olympus"),
        assign(at("08:00"), zone=""),
        correction("add", punch_at=at("08:00"), zone=""),
        correction("edit", target="x", target_at=at("08:00"), punch_at=at("09:00"), zone="Mars/Olympus"),
    ],
)
def test_a_zone_that_nobody_knows_is_refused_and_stops_nobody(event: TimecardInput) -> None:
    with pytest.raises(ValueError, match="is no zone"):
        decode_input(encode_event(event))


@pytest.mark.parametrize(
    "event",
    [
        employed(valid_from="2026-02-30"),
        employed(valid_to="2026-13-01"),
        correction("leave", work_date="2026-02-30", minutes=60),
        correction("leave", minutes=60),
        correction("leave", work_date="9999-12-31", minutes=60),
        roster(d9999_12_31=[("08:00", "16:00")]),
        assign(253_402_300_000_000),
        correction("add", punch_at=253_402_300_000_000),
        period("OPEN", 1, last="2026-06-31"),
    ],
)
def test_a_date_that_there_is_not_is_refused_and_stops_nobody(event: TimecardInput) -> None:
    with pytest.raises(ValueError, match=r"day|month|isoformat|cards can have"):
        decode_input(encode_event(event))


def test_employment_may_be_from_the_first_to_the_last_date_that_there_is() -> None:
    event = employed(valid_from="0001-01-01", valid_to="9999-12-31")
    assert decode_input(encode_event(event)) == event


def test_a_correction_may_leave_the_zone_of_its_target() -> None:
    event = correction("edit", target="x", target_at=at("08:00"), punch_at=at("09:00"), zone="")
    assert decode_input(encode_event(event)) == event


def test_the_clock_of_a_server_does_not_move_the_stream() -> None:
    far = at("+9000 00:00")
    assert clock_after(1, correction("add", punch_at=at("08:00"), decided_at=far, source="connector")) == 1
    assert clock_after(1, correction("add", punch_at=at("08:00"), decided_at=far)) == far
