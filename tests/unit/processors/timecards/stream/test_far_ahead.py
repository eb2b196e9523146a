"""What lies far ahead (leave that is approved in advance, a punch of a wrong clock) and the weeks before it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from processors.timecards.stream import derivation, settling
from tests.unit.processors.timecards.stream.world import (
    MONDAY,
    World,
    assign,
    at,
    check,
    correction,
    employed,
    shift,
    watermark,
)

WEEK = timedelta(7)


def planned_world() -> World:
    """Somebody with a schedule, who came on the first Monday."""
    world = World()
    world.schedule(*[("08:00", "16:00")] * 5, None, None)
    world.tell(employed(schedule="s"), shift(MONDAY), watermark(at("18:00")))
    return world


def four_weeks_pass(world: World) -> None:
    for number in range(1, 29):
        world.tell(watermark(at("23:00", MONDAY + timedelta(number))))


def is_absent(world: World, day: date) -> bool:
    card = world.cards().get(("e1", day.isoformat()))
    return card is not None and card.absent > 0


def test_leave_in_ten_weeks_does_not_hide_absence_before_it() -> None:
    world = planned_world()
    holiday = MONDAY + 10 * WEEK
    world.tell(correction("leave", work_date=holiday.isoformat(), minutes=480))
    four_weeks_pass(world)
    assert all(is_absent(world, MONDAY + number * WEEK) for number in (1, 2, 3))
    assert world.card(holiday).leave == 480
    check(world)


def test_a_punch_in_twenty_years_costs_no_derivations_of_the_weeks_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = planned_world()
    world.tell(assign(at("08:00", MONDAY + 1000 * WEEK), 0, received_at=at("18:00")))
    four_weeks_pass(world)
    assert is_absent(world, MONDAY + 3 * WEEK)
    weeks = []
    derive = derivation.derive

    def counted(*arguments: object, **more: object) -> object:
        weeks.append(arguments[1])
        return derive(*arguments, **more)  # type: ignore[arg-type]  # handed on as they come

    monkeypatch.setattr(settling, "derive", counted)
    world.tell(world.schedule(*[("08:00", "15:00")] * 5, None, None))
    assert len(weeks) < 15
    assert world.card(MONDAY + 3 * WEEK).absent == 420
    check(world)
