"""Closing, locking, adjusting, reopening, retro changes; and crashes in the middle of them."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256

import pytest

from processors.timecards.stream import left_work
from schemas.payperiods import Waiver
from schemas.timecards import LOCKED_KEYS, MANIFEST_KEYS
from tests.unit.processors.timecards.stream.world import (
    MONDAY,
    PARTITION,
    World,
    approval,
    assign,
    at,
    check,
    correction,
    employed,
    period,
    retract,
    shift,
    watermark,
)

TUESDAY = MONDAY + timedelta(1)
NEXT = MONDAY + timedelta(14)


def closed_world(people: int = 3) -> World:
    """Two shifts of everybody, all COMPLETE."""
    world = World()
    names = [f"e{number + 1}" for number in range(people)]
    world.tell(*[[employed(who), *shift(MONDAY, who=who), *shift(TUESDAY, who=who)] for who in names])
    world.tell(watermark(at("+20 00:00")))
    return world


def agree(world: World, who: str = "e1") -> None:
    """Locked + adjustments = what would be published of the same inputs without any period."""
    free = World(dict(world.records), world.version)
    free.tell([event for event in world.log if event.kind not in ("period", "registry", "approval")])
    cards = free.cards()
    for number in range(14):
        day = (MONDAY + timedelta(number)).isoformat()
        card = cards.get((who, day))
        now = {key: getattr(card, key) if card is not None else 0 for key in LOCKED_KEYS}
        assert world.net(who, day) == now, day


def test_a_report_counts_what_is_held_still() -> None:
    world = closed_world()
    world.tell(period("CLOSING", 1))
    (report,) = world.reports()
    assert (report.version, report.partition, report.partitions) == (1, PARTITION, 4)
    manifest, cards = report.manifest, world.cards().values()
    assert (manifest.cards, manifest.employees, report.hindrance_count) == (6, 3, 0)
    assert manifest.minutes == {key: sum(getattr(card, key) for card in cards) for key in MANIFEST_KEYS}
    total = sum(
        int.from_bytes(
            sha256(f"demo+{card.employee}+{card.work_date}+{card.version}+{card.content_hash}".encode()).digest()[:16],
            "big",
        )
        for card in cards
    )
    assert manifest.content_hash == f"{total % 2**128:032x}"


def test_hindrances_and_waivers() -> None:
    world = closed_world(2)
    world.tell(assign(at("+2 08:00"), who="e1"), employed("e3"), assign(at("+19 12:00"), who="e3"))
    world.tell(employed("e4"), assign(at("+13 22:00"), who="e4"), assign(at("+14 02:00"), 1, who="e4"))
    world.tell(period("CLOSING", 1, needs_approval=True))
    (report,) = world.reports()
    found = {(one.employee, one.work_date, one.code) for one in report.hindrances}
    assert ("e1", "2026-06-03", "MISSING_OUT") in found
    assert ("e2", "2026-06-01", "UNAPPROVED") in found
    assert not any(who == "e3" for who, _, _ in found)
    waivers = [Waiver(code=code, waived_by="boss", reason="so") for code in ("UNAPPROVED", "MISSING_OUT")]
    world.tell(period("OPEN", 2), period("CLOSING", 3, needs_approval=True, waivers=waivers))
    assert (world.reports()[-1].hindrance_count, world.reports()[-1].version) == (0, 3)
    world.tell(period("OPEN", 4), approval(world.card(who="e2")), period("CLOSING", 5, needs_approval=True))
    found = {(one.employee, one.work_date, one.code) for one in world.reports()[-1].hindrances}
    assert ("e2", "2026-06-01", "UNAPPROVED") not in found


def test_an_incomplete_card_is_in_the_way() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), watermark(at("17:00")), period("CLOSING", 1))
    assert [one.code for one in world.reports()[-1].hindrances] == ["INCOMPLETE"]


def test_held_still_while_closing_and_published_when_it_opens_again() -> None:
    world = closed_world()
    world.tell(period("CLOSING", 1))
    assert world.tell(retract(at("16:00"))) == []
    assert world.tell(assign(at("+3 08:00")), assign(at("+3 12:00"), 1)) == []
    world.tell(period("OPEN", 2))
    assert (world.card().worked, world.card().cause, world.card().version) == (0, "REOPEN", 3)
    assert world.card(MONDAY + timedelta(3)).worked == 240
    check(world)


def test_a_lock_serves_what_was_held_and_adjusts_the_rest() -> None:
    world = closed_world()
    before = world.card()
    world.tell(period("CLOSING", 1))
    world.tell(retract(at("16:00")), assign(at("14:00"), 1, identity_version=2))
    world.tell(assign(at("+3 08:00")), assign(at("+3 12:00"), 1))
    world.tell(period("LOCKED", 2))
    card = world.card()
    assert (card.status, card.is_final, card.version, card.worked) == ("LOCKED", True, before.version, 480)
    assert (card.content, card.content_hash) == (before.content, before.content_hash)
    assert {(one.work_date, one.minutes["worked"], one.sequence) for one in world.adjustments()} == {
        ("2026-06-01", -120, 1), ("2026-06-04", 240, 1),
    }  # fmt: skip
    adjustment = world.adjustments()[0]
    assert (adjustment.period_version, adjustment.apply_first) == (2, NEXT.isoformat())
    assert (adjustment.locked_version, adjustment.new_version) == (2, 3)
    assert world.replay() == []
    agree(world)
    check(world)


def test_locked_and_adjustments_are_what_is_derived() -> None:
    world = World()
    world.tell(world.policy(ot={"weekly": [{"after": 600, "bucket": "ot1"}]}), employed())
    world.tell(shift(MONDAY), shift(TUESDAY), watermark(at("+20 00:00")))
    world.tell(period("CLOSING", 1), period("LOCKED", 2))
    wednesday = MONDAY + timedelta(2)
    world.tell(shift(wednesday))
    agree(world)
    world.tell(retract(at("16:00")))
    agree(world)  # Tuesday's overtime became regular
    world.tell(correction("add", punch_at=at("15:00"), state=1))
    agree(world)
    assert world.adjustments()[-1].approved_by == "boss"
    world.tell(retract(at("08:00", wednesday)), retract(at("16:00", wednesday)))
    agree(world)
    assert world.net("e1", wednesday.isoformat())["worked"] == 0
    assert len({one.adjustment_id for one in world.adjustments()}) == len(world.adjustments())
    world.lose()
    assert world.replay() == []
    check(world)


def test_rules_that_change_after_the_lock_change_it_only_by_a_retro_command() -> None:
    world = closed_world(1)
    world.tell(period("CLOSING", 1), period("LOCKED", 2))
    world.tell(world.policy(ot={"daily": [{"after": 240, "bucket": "ot1"}]}))
    assert world.adjustments() == []
    world.tell(shift(NEXT))
    assert world.card(NEXT).ot1 == 240
    world.tell(shift(MONDAY + timedelta(2)))
    assert world.net("e1", "2026-06-03")["ot1"] == 0  # no card was there; the rest of its week goes by the old rules
    assert world.net("e1", "2026-06-01")["ot1"] == 0
    world.tell(period("LOCKED", 3, retro=1, retro_registry=world.version))
    assert world.net("e1", "2026-06-01")["ot1"] == world.net("e1", "2026-06-03")["ot1"] == 240
    assert world.adjustments()[-1].approved_by == "payroll"
    assert {one.period_version for one in world.adjustments()} == {2}
    agree(world)
    check(world)


@pytest.mark.parametrize("is_first_of_its_week", [False, True])
def test_rules_that_change_after_late_punches_of_a_locked_date_without_a_card(is_first_of_its_week: bool) -> None:
    world = closed_world(1)
    world.tell(period("CLOSING", 1), period("LOCKED", 2))
    day = MONDAY + timedelta(7 if is_first_of_its_week else 2)
    world.tell(shift(day))
    (adjustment,) = world.adjustments()
    assert adjustment.minutes == {"worked": 480, "reg": 480}
    world.tell(world.policy(ot={"daily": [{"after": 240, "bucket": "ot1"}]}))
    assert world.adjustments() == [adjustment]
    world.tell(shift(day + timedelta(1)))
    assert world.adjustments()[-1].minutes == {"worked": 480, "reg": 480}
    world.tell(period("LOCKED", 3, retro=1, retro_registry=world.version))
    assert world.net("e1", day.isoformat())["ot1"] == 240
    agree(world)
    check(world)


def test_rules_that_change_while_a_period_is_closing_leave_its_cards_as_they_were() -> None:
    world = closed_world(1)
    before = world.card()
    world.tell(period("CLOSING", 1))
    written = world.tell(world.policy(ot={"daily": [{"after": 240, "bucket": "ot1"}]}))
    assert [topic for topic, _, _ in written] == []
    world.tell(period("LOCKED", 2))
    card = world.card()
    assert (card.status, card.content, card.reg) == ("LOCKED", before.content, 480)
    assert world.net("e1", "2026-06-01")["ot1"] == 240  # by the rules of the lock
    check(world)


def test_event_time_that_goes_on_while_a_period_is_closing() -> None:
    world = World()
    world.tell(employed(), shift(MONDAY), watermark(at("17:00")), period("CLOSING", 1))
    before = world.card()
    assert (before.status, world.tell(watermark(at("+2 00:00")))) == ("PROVISIONAL", [])
    world.tell(period("LOCKED", 2))
    assert (world.card().status, world.card().content) == ("LOCKED", before.content)
    assert world.adjustments() == []
    world.tell(period("REOPENED", 3))
    assert (world.card().status, world.card().version) == ("COMPLETE", before.version + 1)
    check(world)


def test_an_acknowledged_lock_is_the_same_lock() -> None:
    world = closed_world()
    world.tell(period("CLOSING", 1), period("LOCKED", 2))
    assert world.tell(period("LOCKED", 3, acknowledged_hash="0" * 32)) == []
    world.tell(retract(at("16:00")))
    assert world.adjustments()[0].period_version == 2


def test_reopened_cards_go_on_with_their_versions() -> None:
    world = closed_world()
    world.tell(period("CLOSING", 1), period("LOCKED", 2), retract(at("16:00")))
    world.tell(period("REOPENED", 3))
    assert (world.card().status, world.card().version, world.card().cause) == ("COMPLETE", 3, "REOPEN")
    other = world.card(TUESDAY, "e2")
    assert (other.status, other.version, other.revision, other.is_final) == ("COMPLETE", 2, 4, False)
    adjustments = len(world.adjustments())
    world.tell(assign(at("17:00"), 1))
    assert len(world.adjustments()) == adjustments
    world.tell(period("CLOSING", 4), period("LOCKED", 5))
    assert world.card().status == "LOCKED"
    check(world)


def test_other_groups_and_other_dates_are_not_concerned() -> None:
    world = closed_world(2)
    world.tell(employed("e2", rank=2, pay_group="others"), period("CLOSING", 1), period("LOCKED", 2))
    assert (world.card().status, world.card(who="e2").status) == ("LOCKED", "COMPLETE")
    world.tell(shift(NEXT))
    assert world.card(NEXT).status == "COMPLETE"
    assert world.adjustments() == []


def test_a_week_may_be_half_locked() -> None:
    world = World()
    wednesday = MONDAY + timedelta(2)
    world.tell(world.policy(ot={"weekly": [{"after": 600, "bucket": "ot1"}]}), employed())
    world.tell(shift(MONDAY), shift(wednesday), watermark(at("+20 00:00")))
    world.tell(period("CLOSING", 1, date(2026, 5, 20), days=14), period("LOCKED", 2, date(2026, 5, 20), days=14))
    assert (world.card().status, world.card(wednesday).ot1) == ("LOCKED", 360)
    world.tell(assign(at("16:30"), 0), assign(at("17:30"), 1))
    assert world.net("e1", "2026-06-01")["reg"] == 540
    assert (world.card(wednesday).ot1, world.card(wednesday).version) == (420, 2)
    check(world)


def test_a_step_of_a_sweep_writes_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_work, "MAX_BYTES", 10_000)
    small, large = closed_world(30), closed_world(30)
    for world in (small, large):
        world.tell(period("CLOSING", 1))
        monkeypatch.setattr(left_work, "MAX_BYTES", 10_000 if world is small else 1 << 22)
        world.log.append(period("LOCKED", 2))
        world.step(1)
        steps = 0
        while world.is_busy:
            before = len(world.outputs)
            world.step(1)
            steps += 1
            assert sum(len(value) for _, _, value in world.outputs[before:]) < 24_000 or world is large
        assert (steps > 3) == (world is small)
    assert {card.status for card in small.cards().values()} == {"LOCKED"}
    assert small.cards() == large.cards()
    check(small)


@pytest.mark.parametrize("crash", ["before", "after"])
def test_a_crash_in_the_middle_of_a_sweep(crash: str) -> None:
    calm, shaken = closed_world(250), closed_world(250)
    for world in (calm, shaken):
        world.log += [period("CLOSING", 1), retract(at("16:00"), "e200"), period("LOCKED", 2)]
    calm.tell()
    steps = 0
    while shaken.committed < len(shaken.log) or shaken.is_busy:
        steps += 1
        shaken.step(1, crash if steps % 2 else "")
    shaken.tell()
    assert shaken.reports() == calm.reports()
    assert calm.reports()[0].manifest.employees == 250
    assert shaken.cards() == calm.cards()
    assert shaken.weeks() == calm.weeks()
    assert shaken.adjustments() == calm.adjustments()
    assert len(calm.adjustments()) == 1
    assert shaken.state == calm.state
    check(shaken)
