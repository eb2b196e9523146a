"""A correction whose next version is about another time counts there alone, wherever the older one lies."""

from __future__ import annotations

from datetime import date, timedelta

from schemas.corrections import CorrectionStatus
from tests.unit.processors.timecards.stream.world import (
    MONDAY,
    World,
    assign,
    at,
    check,
    correction,
    employed,
    retract,
    watermark,
)
from tests.unit.processors.timecards.stream.world import shift as worked

LATER = MONDAY + timedelta(14)


def worked_by_date(world: World) -> dict[date, int]:
    return {date.fromisoformat(day): card.worked for (_, day), card in world.cards().items() if card.status != "VOID"}


def test_an_addition_moves_to_another_week() -> None:
    world = World()
    world.tell(employed(), assign(at("08:00")), assign(at("08:00", LATER)))
    world.tell(correction("add", punch_at=at("16:00"), state=1))
    assert worked_by_date(world) == {MONDAY: 480, LATER: 0}
    world.tell(correction("add", version=2, punch_at=at("17:00", LATER), state=1))
    assert worked_by_date(world) == {MONDAY: 0, LATER: 540}
    world.tell(correction("add", punch_at=at("16:00"), state=1))  # the older one, late
    assert worked_by_date(world) == {MONDAY: 0, LATER: 540}
    world.tell(correction("add", version=3, punch_at=at("17:00", LATER), state=1, status=CorrectionStatus.REVOKED))
    assert worked_by_date(world) == {MONDAY: 0, LATER: 0}
    check(world)


def test_leave_moves_out_of_the_archive() -> None:
    world = World()
    world.tell(employed(), correction("leave", work_date=MONDAY.isoformat(), minutes=480))
    world.tell(watermark(at("00:00", MONDAY + timedelta(120))))
    assert world.archive
    later = MONDAY + timedelta(119)
    world.tell(correction("leave", version=2, work_date=later.isoformat(), minutes=240))
    leave = {day: card.leave for (_, day), card in world.cards().items() if card.status != "VOID"}
    assert leave == {later.isoformat(): 240}
    check(world)


def test_a_punch_is_taken_away_next_to_the_archive() -> None:
    """Its week is derived from days that are archived."""
    world = World()
    days = [MONDAY + timedelta(number) for number in range(28)]
    world.tell(employed(), *[worked(day) for day in days])
    world.tell(watermark(at("00:00", MONDAY + timedelta(63))))
    assert world.archive
    for day in days:
        world.tell(retract(at("16:00", day)))
    assert not world.failures
    assert {card.worked for card in world.cards().values()} == {0}
    check(world)
