"""Corrections that move punches into other weeks: whatever touches the punch touches where it was moved to, too."""

from __future__ import annotations

from datetime import timedelta

from schemas.corrections import CorrectionStatus
from schemas.timecards_input import TimecardInput
from tests.unit.processors.timecards.stream.world import (
    MONDAY,
    World,
    assign,
    at,
    check,
    correction,
    employed,
    pid,
    retract,
    shift,
    watermark,
)

THIRD = MONDAY + timedelta(14)
FIFTH = MONDAY + timedelta(28)
ADDED = "a" * 32


def edit(key: str, target: str = pid(at("16:00")), was: str = "16:00", to: str = "+14 18:00") -> TimecardInput:
    """Decided in the order of the keys."""
    decided_at = at(f"{int(key, 16) + 4}:00")
    return correction(
        "edit", key, target=target, target_at=at(was), punch_at=at(to), zone="UTC", state=1, decided_at=decided_at
    )


def at_once(world: World) -> World:
    """The same inputs in one batch, which derives whatever they touch once and in the end."""
    other = World(dict(world.records), world.version)
    other.tell(world.log, batch=10_000)
    return other


def test_a_void_takes_a_punch_from_where_an_edit_had_moved_it() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), shift(THIRD), edit("a"))
    assert world.card(THIRD).exceptions == ["DOUBLE_OUT", "MANUAL_PUNCH"]
    world.tell(correction("void", "b", target=pid(at("16:00")), target_at=at("16:00"), decided_at=at("20:00")))
    assert world.card(THIRD).exceptions == []
    assert world.hashes() == at_once(world).hashes()
    check(world)


def test_a_later_edit_takes_a_punch_from_where_an_earlier_one_had_moved_it() -> None:
    for first, second in ((edit("a"), edit("b", to="+28 18:00")), (edit("b", to="+28 18:00"), edit("a"))):
        world = World()
        world.tell(employed(), shift(MONDAY))
        world.tell(first)
        world.tell(second)
        assert {day for _, day in world.hashes()} == {MONDAY.isoformat(), FIFTH.isoformat()}
        check(world)


def test_an_added_punch_that_was_moved_goes_when_it_is_revoked() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), correction("add", "a", punch_at=at("18:00"), state=1))
    world.tell(edit("b", ADDED, "18:00"))
    assert ("e1", THIRD.isoformat()) in world.hashes()
    world.tell(correction("add", "a", 2, punch_at=at("18:00"), state=1, status=CorrectionStatus.REVOKED))
    assert {day for _, day in world.hashes()} == {MONDAY.isoformat()}
    check(world)


def test_an_added_punch_that_comes_after_its_edit() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), edit("b", ADDED, "18:00"))
    world.tell(correction("add", "a", punch_at=at("18:00"), state=1))
    assert ("e1", THIRD.isoformat()) in world.hashes()
    check(world)


def test_what_touches_a_punch_that_was_moved_next_to_archived_days_brings_these_back() -> None:
    world = World(hot_days=20)
    sixth = MONDAY + timedelta(35)
    world.tell(employed())
    for number in range(10):
        day = MONDAY + timedelta(7 * number)
        world.tell(shift(day), shift(day + timedelta(1)))
        if day == sixth:
            world.tell(edit("a", pid(at("16:00", sixth)), "+35 16:00", "+7 18:00"))
        world.tell(watermark(at("00:00", day)))
    assert "DOUBLE_OUT" in world.card(MONDAY + timedelta(7)).exceptions
    world.tell(assign(at("16:00", sixth), 1, rank=2))
    world.tell(
        correction("void", "b", target=pid(at("16:00", sixth)), target_at=at("16:00", sixth), decided_at=at("20:00"))
    )
    world.tell(retract(at("16:00", sixth), rank=2))
    assert world.card(MONDAY + timedelta(7)).exceptions == []
    check(world)


def test_a_retract_next_to_archived_days_brings_these_back() -> None:
    world = World(hot_days=20)
    world.tell(employed())
    mondays = [MONDAY + timedelta(7 * number) for number in range(9)]
    for day in mondays:
        world.tell(shift(day), shift(day + timedelta(1)), watermark(at("00:00", day)))
    assert world.archive
    for day in reversed(mondays):
        world.tell(retract(at("16:00", day)))
        assert world.card(day).worked == 0
    check(world)
