"""Which weeks wait for event time."""

from __future__ import annotations

from datetime import date

from processors.timecards.stream.dues import Dues
from processors.timecards.stream.event_time import EventTime
from tests.unit.processors.timecards.stream.world import watermark

WEEK = date(2026, 6, 1)


def test_what_event_time_does_not_pass_is_not_kept_for_ever() -> None:
    dues = Dues()
    for number in range(5_000):
        dues.put(b"demo+e1", WEEK, 1_000_000 + number, "home")
    dues.put(b"demo+e2", WEEK, 500, "home")
    assert len(dues) == 2
    assert len(dues._heaps["home"]) < 1_100
    times = EventTime({}, max_wait_ms=0)
    times.take(watermark(1_004_998))
    dues.rise("home", times)
    assert list(dues.ready) == [(b"demo+e2", WEEK)]
    times.take(watermark(1_004_999))
    dues.rise("home", times)
    assert list(dues.ready) == [(b"demo+e2", WEEK), (b"demo+e1", WEEK)]
    assert len(dues) == 0
