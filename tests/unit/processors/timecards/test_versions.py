"""Versions, locks and adjustments: spec/timecards.md B13, D."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest

from processors.timecards.engine.card import Card, read_card
from processors.timecards.engine.derive import derive
from processors.timecards.engine.explain import explain
from processors.timecards.locking import LockedPeriod, adjustments, blockers, lock, net_minutes
from processors.timecards.versions import VOID, Approval, Cause, Published, approved_status, publish
from tests.unit.processors.timecards.build import inputs, ms, plan

MONDAY, TUESDAY = date(2025, 6, 9), date(2025, 6, 10)


def derived(*punches: str, **more: Any) -> list[Card]:
    return derive(inputs({"ot": {"weekly": [{"after": 600, "bucket": "ot1"}]}}, *punches, **more))


def published(*steps: list[Card]) -> dict[date, Published]:
    latest: dict[date, Published] = {}
    for cards in steps:
        latest.update({one.work_date: one for one in publish(latest, cards, Cause.NEW_PUNCH)})
    return latest


def test_a_version_per_change_and_none_on_replay() -> None:
    first, second = derived("08:00 IN"), derived("08:00 IN", "16:00 OUT")
    latest = published(first, first, second, second, [], [], second)
    assert (latest[MONDAY].version, latest[MONDAY].status, latest[MONDAY].supersedes) == (4, "COMPLETE", 3)
    assert publish(latest, second, Cause.NEW_PUNCH) == []
    assert published(first)[MONDAY].supersedes is None


def test_an_emptied_card_is_void_once() -> None:
    latest = published(derived("08:00 IN"), [])
    assert (latest[MONDAY].status, latest[MONDAY].card, latest[MONDAY].version) == (VOID, None, 2)
    assert publish(latest, [], Cause.CORRECTION) == []
    assert publish({}, [], Cause.CORRECTION) == []


def test_only_asked_dates_are_published_and_ripples_are_named() -> None:
    cards = derived("08:00 IN", "16:00 OUT", "+1 08:00 IN", "+1 16:00 OUT")
    assert [one.work_date for one in publish({}, cards, Cause.NEW_PUNCH, first=TUESDAY)] == [TUESDAY]
    assert [one.work_date for one in publish({}, cards, Cause.NEW_PUNCH, last=MONDAY)] == [MONDAY]
    causes = {one.work_date: one.cause for one in publish({}, cards, Cause.CORRECTION, touched={MONDAY})}
    assert causes == {MONDAY: Cause.CORRECTION, TUESDAY: Cause.WEEK_RIPPLE}
    assert publish({}, cards, Cause.NEW_PUNCH, frozen=LockedPeriod(MONDAY, TUESDAY, {})) == []


def test_the_version_in_which_an_exception_was_first_seen() -> None:
    latest = published(derived("08:00 IN"), derived("08:00 IN", plans=(plan("07:00", "16:00"),)))
    assert latest[MONDAY].first_seen == {"MISSING_OUT+2025-06-09 08:00": 1, "LATE+2025-06-09 08:00": 2}


def test_an_approval_names_version_and_hash() -> None:
    latest = published(derived("08:00 IN", "16:00 OUT"))[MONDAY]
    approval = Approval(1, latest.content_hash, "boss")
    assert approved_status(latest, [approval]) == ("APPROVED", False)
    assert approved_status(latest, []) == ("COMPLETE", False)
    changed = published(derived("08:00 IN", "16:00 OUT"), derived("08:00 IN", "17:00 OUT"))[MONDAY]
    assert approved_status(changed, [approval]) == ("COMPLETE", True)
    still_open = published(derived("08:00 IN", event_time_ms=ms("2025-06-09 09:00")))[MONDAY]
    assert approved_status(still_open, [Approval(1, still_open.content_hash, "boss")]) == ("OPEN", False)


def test_status_by_event_time() -> None:
    def status(text: str) -> str:
        (card,) = derived("08:00 IN", "22:30 OUT", event_time_ms=ms(text))
        return str(card.status)

    assert status("2025-06-09 23:00") == "PROVISIONAL"
    assert status("2025-06-10 02:30") == "PROVISIONAL"  # a punch up to 02:30 would join the shift
    assert status("2025-06-10 02:31") == "COMPLETE"


def test_locked_plus_adjustments_is_the_current_derivation() -> None:
    before = derived("08:00 IN", "18:00 OUT", "+1 08:00 IN")
    period = lock(MONDAY, date(2025, 6, 15), published(before))
    after = derived("08:00 IN", "19:00 OUT", "+1 08:00 IN", "+1 10:00 OUT")
    first = adjustments("t+E1", period, [], after)
    assert [(one.work_date, dict(one.deltas)) for one in first] == [
        (MONDAY, {"worked": 60, "ot1": 60}),
        (TUESDAY, {"worked": 120, "ot1": 120}),
    ]
    assert adjustments("t+E1", period, first, after) == []
    second = adjustments("t+E1", period, first, [])
    assert second[0].deltas == {"worked": -660, "reg": -600, "ot1": -60}
    assert [(one.sequence, one.locked_version, one.new_version) for one in second] == [(2, 1, 3), (2, 1, 3)]
    assert len({one.adjustment_id for one in first + second}) == 4
    back = adjustments("t+E1", period, first + second, before)
    for card in before:
        net = net_minutes(period, [*first, *second, *back], card.work_date)
        assert net == {key: card.minutes[key] for key in net}
    assert period.cards[MONDAY].card == before[0]
    with pytest.raises(ValueError, match="ends before"):
        lock(TUESDAY, MONDAY, {})


def test_a_date_without_a_card_at_the_lock_can_be_adjusted() -> None:
    period = lock(MONDAY, TUESDAY, {})
    (one,) = adjustments("t+E1", period, [], derived("08:00 IN", "09:00 OUT"))
    assert (one.deltas, one.locked_version) == ({"worked": 60, "reg": 60}, 0)


def test_what_keeps_a_period_from_its_lock() -> None:
    cards = derived("08:00 IN", "+1 08:00 IN", event_time_ms=ms("2025-06-10 12:00"))
    assert [(one.work_date, one.reason) for one in blockers(cards)] == [
        (MONDAY, "MISSING_OUT"),
        (TUESDAY, "the card is OPEN"),
    ]


def test_a_card_explains_itself() -> None:
    policy = {
        "round_in": {"mode": "up", "q": 15}, "meal": {"tiers": [{"after": 360, "min": 30}]},
        "ot": {"daily": [{"after": 420, "bucket": "ot1"}]}, "night": {"start": "16:00", "end": "20:00"},
    }  # fmt: skip
    punches = ("08:01 IN", "12:00 B", "12:10 E", "17:00 OUT")
    (card,) = derive(inputs(policy, *punches, plans=(plan("08:00", "17:00"),)))
    stored = read_card(orjson.loads(orjson.dumps(card.record())), card.content_hash)
    assert stored == card
    steps = explain(stored)
    assert [(step.rule, step.minutes) for step in steps] == [
        ("B6", 0), ("B5", 225), ("B7", 14), ("B5", 290), ("B8", 0), ("B8", -20), ("B9.4", 75), ("B9.5", 420),
        ("B9", 60), ("B11", 1),
    ]  # fmt: skip
    assert "instead of 2025-06-09T08:01:00-04:00" in steps[2].text
    by_rule = {rule: sum(step.minutes for step in steps if step.rule == rule) for rule in ("B5", "B9.4", "B9.5")}
    assert by_rule["B9.4"] + by_rule["B9.5"] == card.minutes["worked"] == by_rule["B5"] - 20
    assert {punch for step in steps for punch in step.punches} == {f"2025-06-09 {text[:5]}" for text in punches}
