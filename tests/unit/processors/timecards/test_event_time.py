"""When a derivation would be another by event time alone: never missed, and nothing changes before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from processors.timecards.engine.derive import Derived, derive, derive_days
from processors.timecards.engine.event_time import EventTime
from processors.timecards.engine.inputs import Inputs
from processors.timecards.engine.zones import day_number
from tests.unit.processors.timecards.build import NEW_YORK, inputs, ms, plan
from tests.unit.processors.timecards.strategies import weeks

FEW = settings(max_examples=60, deadline=None, derandomize=True)
EVERY_DAY = range(100_000)


def hashes(derived: Derived) -> list[tuple[date, str]]:
    return [(card.work_date, card.content_hash) for card in derived.cards]


@FEW
@given(weeks(), st.integers(0, 9 * 24 * 60), st.floats(0, 1))
def test_until_it_is_due_nothing_changes(week: Inputs, minutes: int, share: float) -> None:
    start_ms = min((punch.at_ms for punch in week.punches), default=0)
    at_ms = start_ms + minutes * 60_000
    now = derive_days(replace(week, event_time_ms=at_ms), EVERY_DAY)
    if now.due_ms is None:
        assert hashes(now) == hashes(derive_days(replace(week, event_time_ms=None), EVERY_DAY))
        return
    assert now.due_ms > at_ms
    for then_ms in (now.due_ms - 1, at_ms + int((now.due_ms - 1 - at_ms) * share)):
        then = derive_days(replace(week, event_time_ms=then_ms), EVERY_DAY)
        assert (hashes(then), then.due_ms) == (hashes(now), now.due_ms)


@FEW
@given(weeks())
def test_from_due_to_due_everything_settles(week: Inputs) -> None:
    due_ms: int | None = 0
    derived = Derived([], None)
    for _ in range(200):
        if due_ms is None:
            break
        derived = derive_days(replace(week, event_time_ms=due_ms), EVERY_DAY)
        due_ms = derived.due_ms
    assert due_ms is None
    assert hashes(derived) == hashes(derive_days(replace(week, event_time_ms=None), EVERY_DAY))


def test_limits_are_strict() -> None:
    time = EventTime(10_000)
    found = [(time.has_passed(at), time.due_ms) for at in (9, 11, 10, 12)]
    assert found == [(True, None), (False, 11_001), (False, 10_001), (False, 10_001)]
    other = EventTime(10_000)
    assert (other.has_passed(10, matters=False), other.due_ms) == (False, None)
    assert EventTime(None).has_passed(2**60)


def test_what_is_due_is_what_happens_next() -> None:
    """On the clock since 08:00 with a plan until 17:00: first the missing OUT at midnight, then the end of the day."""
    week = inputs(
        {"max_open_min": 840}, "08:00 IN", plans=(plan("08:00", "17:00"),), event_time_ms=ms("2025-06-09 12:00")
    )
    days = range(day_number(date(2025, 6, 9)), day_number(date(2025, 6, 16)))
    open_card = derive_days(week, days)
    assert open_card.due_ms == ms("2025-06-09 22:00") + 1
    missing = derive_days(replace(week, event_time_ms=open_card.due_ms), days)
    assert [one.code for one in missing.cards[0].exceptions] == ["MISSING_OUT"]
    assert missing.due_ms == ms("2025-06-10 00:00") + 1
    settled = derive_days(replace(week, event_time_ms=missing.due_ms), days)
    assert (settled.cards[0].status, settled.due_ms) == ("COMPLETE", None)


def test_other_weeks_make_nothing_due() -> None:
    week = inputs({}, "08:00 IN", plans=(plan("08:00", "17:00"),), event_time_ms=ms("2025-06-09 07:00"))
    before = range(day_number(date(2025, 6, 2)), day_number(date(2025, 6, 9)))
    assert derive_days(week, before) == Derived([], None)


def test_a_silent_device_is_named_on_dates_that_have_begun() -> None:
    plans = tuple(plan("08:00", "17:00", f"2025-06-{day:02}") for day in (9, 10, 11))
    week = inputs({"device_offline": True}, plans=plans, silent={"A": ms("2025-06-08 12:00")})
    found = derive(replace(week, event_time_ms=ms("2025-06-10 09:00", NEW_YORK)))
    assert [card.work_date for card in found] == [date(2025, 6, 9), date(2025, 6, 10)]
    due = derive_days(replace(week, event_time_ms=ms("2025-06-10 18:00")), EVERY_DAY).due_ms
    assert due == ms("2025-06-11 00:00") + 1


def test_somebody_whom_no_record_knows() -> None:
    (card,) = derive(inputs({}, "08:00 IN", "17:00 OUT", known=False))
    assert [(one.code, one.severity, one.blocking) for one in card.exceptions] == [("UNKNOWN_EMPLOYEE", "error", True)]
    assert derive(inputs({}, known=False)) == []
