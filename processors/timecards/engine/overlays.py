"""Minutes counted beside the buckets: night and other named local windows. Source: B9, B14."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from processors.timecards.engine.effective_terms import holidays_of
from processors.timecards.engine.inputs import Terms
from processors.timecards.engine.split import Span
from processors.timecards.engine.zones import DAY, Zone, minutes_of, weekday
from schemas.policies import Overlay, Policy, Window

NIGHT = "night"


def overlays_of(policy: Policy) -> tuple[Overlay, ...]:
    """The policy's overlays; its `night` is the one of that name."""
    return policy.overlays if policy.night is None else _with_night(policy.night, policy.overlays)


def seconds_inside(overlay: Overlay, spans: Iterable[Span], zone: Zone, terms: Terms) -> int:
    """Seconds of the spans inside the overlay's windows, whose local boundaries are made instants per date."""
    start, end = minutes_of(overlay.start) * 60, minutes_of(overlay.end) * 60
    end += DAY if end <= start else 0
    inside = 0
    for first, last in spans:
        for day in range(zone.wall(first) // DAY - 1, zone.wall(last) // DAY + 1):
            if not _begins(overlay, day, terms):
                continue
            opens, closes = zone.instant(day * DAY + start), zone.instant(day * DAY + end)
            inside += max(0, min(last, closes) - max(first, opens))
    return inside


def _begins(overlay: Overlay, day: int, terms: Terms) -> bool:
    if overlay.weekdays is not None and weekday(day) not in overlay.weekdays:
        return False
    return overlay.holidays == "include" or (day in holidays_of(terms)) == (overlay.holidays == "only")


@lru_cache(maxsize=256)
def _with_night(night: Window, others: tuple[Overlay, ...]) -> tuple[Overlay, ...]:
    return (Overlay(name=NIGHT, start=night.start, end=night.end), *others)
