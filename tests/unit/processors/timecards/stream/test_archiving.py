"""Old days leave the state, and come back for those who need them."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.processors.timecards.stream.world import (
    MONDAY,
    World,
    assign,
    at,
    check,
    correction,
    employed,
    owner,
    period,
    pid,
    retract,
    shift,
    watermark,
)

TUESDAY = MONDAY + timedelta(1)


def years_world(hot_days: int = 45) -> World:
    """Forty weeks of Mondays and Tuesdays."""
    world = World(hot_days=hot_days)
    world.tell(employed(), employed("e2"))
    for number in range(40):
        for who in ("e1", "e2"):
            world.tell(shift(MONDAY + timedelta(7 * number), who=who), shift(TUESDAY + timedelta(7 * number), who=who))
        world.tell(watermark(at(f"+{7 * number + 6} 00:00")))
    return world


def test_old_buckets_leave_the_state_once() -> None:
    world = years_world()
    buckets = [key for key in world.state if key.startswith(owner() + b"#")]
    assert 6 <= len(buckets) <= 10
    assert len([key for key in world.archive if key.startswith(owner() + b"#")]) >= 30
    assert all(key not in world.state for key in world.archive)
    assert world.scans == 0
    assert world.replay() == []
    check(world)


def test_late_inputs_are_as_if_nothing_had_been_archived() -> None:
    archived, whole = years_world(), years_world(hot_days=10_000)
    assert not whole.archive
    late = [
        assign(at("17:00"), 0, received_at=at("+280 00:00")),
        assign(at("18:00"), 1, received_at=at("+280 00:00")),
        correction("void", target=pid(at("16:00", TUESDAY)), target_at=at("16:00", TUESDAY)),
        correction("leave", "d", work_date="2026-06-20", minutes=60),
        retract(at("08:00", MONDAY + timedelta(7))),
        assign(at("08:00", MONDAY + timedelta(7)), 0, "e2", identity_version=2),
    ]
    for world in (archived, whole):
        world.tell(late)
    assert (archived.card().worked, archived.card().cause) == (540, "LATE_PUNCH")
    assert archived.scans == 1
    assert archived.hashes() == whole.hashes()
    assert archived.history() == whole.history()
    assert archived.weeks() == whole.weeks()
    assert archived.replay() == []
    archived.tell(watermark(at("+281 12:00")))
    whole.tell(watermark(at("+281 12:00")))
    assert not any(key in archived.state for key in archived.archive)
    archived.tell(retract(at("17:00")))
    whole.tell(retract(at("17:00")))
    assert archived.cards() == whole.cards()
    check(archived)


def test_an_input_that_needs_nothing_old_reads_nothing_old() -> None:
    world = years_world()
    world.tell(shift(MONDAY + timedelta(280)))
    assert world.scans == 0


def test_a_period_that_is_locked_late_brings_its_cards_back() -> None:
    world = years_world()
    world.tell(period("CLOSING", 1))
    assert (world.reports()[0].manifest.cards, world.reports()[0].manifest.minutes["worked"]) == (8, 8 * 480)
    world.tell(period("LOCKED", 2))
    assert {world.card(MONDAY + timedelta(7), who).status for who in ("e1", "e2")} == {"LOCKED"}
    world.tell(watermark(at("+281 12:00")))
    assert not any(key in world.state for key in world.archive)
    world.tell(retract(at("16:00")))
    assert world.net("e1", "2026-06-01")["worked"] == 0
    world.tell(period("REOPENED", 3))
    assert (world.card().status, world.card().worked) == ("COMPLETE", 0)
    check(world)


def test_what_is_locked_leaves_earlier() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), shift(MONDAY + timedelta(14)), watermark(at("+20 00:00")))
    world.tell(period("CLOSING", 1), period("LOCKED", 2), watermark(at("+35 00:00")))
    assert len(world.archive) == 1
    world.tell(retract(at("16:00")))
    assert world.net("e1", "2026-06-01")["worked"] == 0
    check(world)
