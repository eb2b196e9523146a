"""Punches in few words, and cards as the case files write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from processors.timecards.cases.compare import as_in_a_case
from processors.timecards.engine.card import Card
from processors.timecards.engine.derive import derive
from processors.timecards.engine.inputs import Inputs, Plan, PunchInput, Terms
from schemas.policies import load_policy

NEW_YORK = "America/New_York"
STATES = {"IN": 0, "OUT": 1, "B": 2, "E": 3, "?": 255, "X": 9}  # B and E: a break begins and ends; X: no such code
INFO = frozenset({"MANUAL_PUNCH", "LATE_ARRIVING", "HOLIDAY_WORK", "MULTI_SITE", "TRANSFER"})


def ms(local: str, zone: str = NEW_YORK) -> int:
    """`2025-06-09 08:00[:SS]` on the wall clock (of a repeated time the first) to epoch ms."""
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def punch(text: str, day: str = "2025-06-09", zone: str = NEW_YORK, **more: Any) -> PunchInput:
    """`08:00 IN`, `+1 02:00:30 OUT` (a day later)."""
    words = text.split()
    days = int(words.pop(0)) if words[0].startswith("+") else 0
    on = date.fromisoformat(day) + timedelta(days)
    at_ms = ms(f"{on} {words[0]}", zone)
    local = datetime.fromtimestamp(at_ms / 1000, tz=ZoneInfo(zone))
    offset = local.utcoffset()
    assert offset is not None
    more = {"serial": "A1", "pin": "1", "punch_id": f"{on} {words[0]}", **more}
    return PunchInput(at_ms=at_ms, offset_s=int(offset.total_seconds()), zone=zone, state=STATES[words[1]], **more)


def plan(start: str, end: str, day: str = "2025-06-09", rest: int = 0) -> Plan:
    return Plan(date.fromisoformat(day), start, end, rest)


def inputs(policy: Mapping[str, Any], *punches: str | PunchInput, zone: str = NEW_YORK, **more: Any) -> Inputs:
    made = tuple(one if isinstance(one, PunchInput) else punch(one, zone=zone) for one in punches)
    return Inputs("E1", (Terms(load_policy(policy), zone),), made, **more)


def cards(policy: Mapping[str, Any], *punches: str | PunchInput, **more: Any) -> dict[str, dict[str, Any]]:
    """Derived cards, as a case file would expect them."""
    return in_words(derive(inputs(policy, *punches, **more)))


def in_words(derived: list[Card]) -> dict[str, dict[str, Any]]:
    return {card.work_date.isoformat(): as_in_a_case(card, INFO) for card in derived}


def day_of(policy: Mapping[str, Any], *punches: str | PunchInput, **more: Any) -> dict[str, Any]:
    """The one card that there is."""
    (card,) = cards(policy, *punches, **more).values()
    return card


def utc_ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
