"""What is held still while a period is CLOSING, across weeks, periods, rules, restarts and sites; whose the lock is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from processors.timecards.stream import derivation
from processors.timecards.stream.week import derive_week
from schemas.registry_timecards import PayGroupRecord
from schemas.timecards_input import TimecardInput
from tests.unit.processors.timecards.stream.world import (
    MONDAY,
    World,
    assign,
    at,
    check,
    employed,
    period,
    retract,
    shift,
    watermark,
)

THURSDAY = MONDAY + timedelta(3)
LATER = MONDAY + timedelta(21)
DAILY: dict[str, Any] = {"ot": {"daily": [{"after": 240, "bucket": "ot1"}]}}


def week_world() -> World:
    world = World()
    world.tell(employed(), *[shift(MONDAY + timedelta(number)) for number in range(7)], watermark(at("+20 00:00")))
    return world


def an_hour_less(day: Any) -> list[TimecardInput]:
    return [retract(at("16:00", day)), assign(at("15:00", day), 1, identity_version=2)]


def test_a_week_in_two_periods_that_are_closing() -> None:
    world = week_world()
    world.tell(period("CLOSING", 1, days=3), period("CLOSING", 1, THURSDAY, days=11))
    world.tell(an_hour_less(THURSDAY), period("LOCKED", 2, days=3), period("LOCKED", 2, THURSDAY, days=11))
    assert (world.card(THURSDAY).worked, world.net("e1", THURSDAY.isoformat())["worked"]) == (480, 420)
    check(world)


@pytest.mark.parametrize("ends_with", ["LOCKED", "OPEN"])
def test_a_week_that_is_held_when_a_second_period_of_it_is_closed(ends_with: str) -> None:
    world = week_world()
    world.tell(period("CLOSING", 1, days=3), an_hour_less(MONDAY))
    world.tell(period("CLOSING", 1, THURSDAY, days=11), an_hour_less(THURSDAY))
    world.tell(period("LOCKED", 2, THURSDAY, days=11))
    assert (world.card(THURSDAY).status, world.card(THURSDAY).worked) == ("LOCKED", 480)
    assert world.card().worked == 480
    world.tell(period(ends_with, 2, days=3))
    assert world.card().worked == (480 if ends_with == "LOCKED" else 420)
    assert not [key for key in world.state if b"!" in key]
    check(world)


def test_another_week_start_while_a_period_is_closing() -> None:
    world = week_world()
    world.tell(period("CLOSING", 1), world.policy(week_start=3), an_hour_less(MONDAY), period("LOCKED", 2))
    assert not [key for key in world.state if b"!" in key]
    assert world.card().content
    assert (world.card().worked, world.net("e1", MONDAY.isoformat())["worked"]) == (480, 420)
    weeks = {first: week.days for (_, first), week in world.weeks().items() if week.days}
    assert set(weeks) == {"2026-05-28", "2026-06-04"}
    assert {card.week_start for card in world.cards().values()} == set(weeks)


@pytest.mark.parametrize("is_touched", [False, True])
def test_a_restart_that_finds_a_newer_registry_while_a_period_is_closing(is_touched: bool) -> None:
    world = week_world()
    world.tell(period("CLOSING", 1))
    told = world.policy(**DAILY)
    world.lose()
    world.tell(an_hour_less(MONDAY) if is_touched else [], told, period("LOCKED", 2))
    assert world.card().content
    assert (world.card().reg, world.card().ot1) == (480, 0)
    check(world)


def test_a_restart_that_finds_a_newer_registry_derives_by_it_before_any_input() -> None:
    world = week_world()
    told = world.policy(**DAILY)
    world.lose()
    world.tell(period("CLOSING", 1))
    assert world.reports()[-1].manifest.minutes["ot1"] == 7 * 240
    world.tell(told, period("LOCKED", 2))
    assert (world.card().ot1, world.adjustments()) == (240, [])
    world.lose()
    assert not world.is_busy
    check(world)


def test_a_restart_after_a_change_of_no_concern_derives_nothing() -> None:
    world = week_world()
    world.device("A9", charset="GB18030")
    world.tell(world.change_registry(PayGroupRecord("office", ())))
    world.lose()
    world.tell(watermark(at("+20 00:00")))
    told = world.change_registry(PayGroupRecord("plant", ()))
    world.lose()
    assert not world.is_busy
    assert world.tell(told) == []


def test_a_site_that_speaks_first_while_a_period_is_closing() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY, site="branch"), watermark(at("+40 00:00"), "branch"))
    world.tell(period("CLOSING", 1), watermark(at("09:00"), "home"), period("LOCKED", 2))
    assert world.card().content
    check(world)


def test_planned_weeks_that_come_up_while_a_period_is_closing() -> None:
    world = World()
    world.tell(world.schedule(("08:00", "16:00"), *[None] * 6), employed("e0"), shift(MONDAY, who="e0"))
    world.tell(watermark(at("+20 00:00")), period("CLOSING", 1))
    world.tell(employed("e1", schedule="s", valid_from=MONDAY.isoformat()), shift(MONDAY), period("OPEN", 2))
    free = World(dict(world.records), world.version)
    free.tell([event for event in world.log if event.kind != "period"])
    assert world.card(MONDAY + timedelta(7)).absent == 480
    assert world.hashes() == free.hashes()
    check(world)


def test_what_one_pay_group_has_locked_another_does_not_pay_again() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), watermark(at("+20 00:00")), period("CLOSING", 1), period("LOCKED", 2))
    world.tell(an_hour_less(MONDAY), employed(rank=2, pay_group="plant"))
    (adjustment,) = world.adjustments()
    world.tell(period("CLOSING", 1, pay_group="plant"))
    assert world.reports()[-1].manifest.cards == 0
    assert world.tell(period("LOCKED", 2, pay_group="plant")) == []
    assert world.tell(period("LOCKED", 3, pay_group="plant", retro=1, retro_registry=world.version)) == []
    world.tell(shift(MONDAY + timedelta(1)))
    assert world.adjustments()[0] == adjustment
    assert world.net("e1", MONDAY.isoformat())["worked"] == 420


def test_a_week_that_cannot_be_derived_is_locked_as_it_was_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(may_fail=True)
    second = MONDAY + timedelta(7)
    world.tell(employed(), shift(MONDAY), shift(second), watermark(at("+20 00:00")), period("CLOSING", 1))

    def broken(week: Any, *args: Any, **more: Any) -> Any:
        if week == second:
            raise RuntimeError("seeded")
        return derive_week(week, *args, **more)

    monkeypatch.setattr(derivation, "derive_week", broken)
    world.tell(period("LOCKED", 2))
    assert {card.work_date: (card.status, card.worked) for card in world.cards().values()} == {
        MONDAY.isoformat(): ("LOCKED", 480), second.isoformat(): ("LOCKED", 480),
    }  # fmt: skip
    assert world.failures


def test_a_week_that_could_not_be_derived_hinders_a_lock_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(may_fail=True)
    world.tell(employed(), shift(MONDAY), watermark(at("+20 00:00")))
    with monkeypatch.context() as broken:
        broken.setattr(derivation, "derive_week", lambda *_, **__: 1 / 0)
        world.tell(an_hour_less(MONDAY))
        world.lose()
        world.tell(period("CLOSING", 1))
        assert {(one.code, one.work_date) for one in world.reports()[-1].hindrances} == {
            ("UNDERIVABLE", (MONDAY + timedelta(number)).isoformat()) for number in range(7)
        }
        world.tell(period("OPEN", 2))
    assert world.card().worked == 480
    world.failures.clear()
    world.tell(watermark(at("+21 01:00")))
    assert world.card().worked == 420
    world.tell(period("CLOSING", 3))
    assert world.reports()[-1].hindrance_count == 0
    check(world)


def test_a_change_that_is_told_after_one_of_pay_groups_or_a_retro_command_reaches_everybody() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), shift(LATER), watermark(at("+20 00:00")))
    world.tell(period("CLOSING", 1), period("LOCKED", 2))
    group, told = world.change_registry(PayGroupRecord("office", ())), world.policy(**DAILY)
    world.tell(group, told)
    assert world.card(LATER).ot1 == 240
    told = world.policy(ot={"daily": [{"after": 420, "bucket": "ot1"}]})
    world.tell(period("LOCKED", 3, retro=1, retro_registry=world.version), told)
    assert world.card(LATER).ot1 == 60
    assert world.net("e1", MONDAY.isoformat())["ot1"] == 60
    check(world)
