"""Locked periods for the tests of exports."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from schemas.timecards import MANIFEST_KEYS
from sinks.exports.data import LockedCard, LockedPeriod, PaidAdjustment, manifest_of

FIRST = date(2026, 3, 2)


def card(
    employee: str = "1", day: int = 0, places: Mapping[tuple[str, str], int] | None = None, **facts: Any
) -> LockedCard:
    """Minutes by key; `worked` is their sum."""
    minutes = {key: facts.pop(key, 0) for key in MANIFEST_KEYS}
    minutes["worked"] = sum(minutes[key] for key in ("reg", "ot1", "ot2", "ot3", "hol", "wkd"))
    when = FIRST + timedelta(days=day)
    plain = LockedCard(
        employee, when, when - timedelta(days=when.weekday()), 1, "a" * 32, "s1", "", "", minutes, {}, places or {}
    )
    return replace(plain, **facts)


def adjustment(employee: str = "1", **minutes: int) -> PaidAdjustment:
    return PaidAdjustment("b" * 32, employee, date(2026, 2, 20), date(2026, 2, 16), 2, "s1", "", "", minutes)


def period(*cards: LockedCard, adjustments: tuple[PaidAdjustment, ...] = ()) -> LockedPeriod:
    return LockedPeriod("t", "g", FIRST, date(2026, 3, 15), 3, manifest_of("t", cards), "ABC", cards, adjustments)
