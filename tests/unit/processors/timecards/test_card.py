"""What a card says of itself: how far it is, and how it came to be. Source: spec/timecards.md B12, B13."""

from __future__ import annotations

from typing import Any

import orjson

from processors.timecards.engine.card import Card, read_card
from processors.timecards.engine.derive import derive
from processors.timecards.engine.explain import explain
from tests.unit.processors.timecards.build import inputs, ms, plan


def derived(*punches: str, **more: Any) -> list[Card]:
    return derive(inputs({"ot": {"weekly": [{"after": 600, "bucket": "ot1"}]}}, *punches, **more))


def test_status_by_event_time() -> None:
    def status(text: str) -> str:
        (card,) = derived("08:00 IN", "22:30 OUT", event_time_ms=ms(text))
        return str(card.status)

    assert status("2025-06-09 23:00") == "PROVISIONAL"
    assert status("2025-06-10 02:30") == "PROVISIONAL"  # a punch up to 02:30 would join the shift
    assert status("2025-06-10 02:31") == "COMPLETE"


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


def test_another_plan_of_the_same_duty_is_another_content() -> None:
    """A card that says when somebody should have come is a new version when that changes, though no minute does."""
    (early,) = derive(inputs({}, plans=(plan("08:00", "16:00"),)))
    (late,) = derive(inputs({}, plans=(plan("10:00", "18:00"),)))
    assert early.minutes == late.minutes
    assert [(one.start, one.end) for one in early.plans] != [(one.start, one.end) for one in late.plans]
    assert early.content_hash != late.content_hash
