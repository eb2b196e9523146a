"""What a policy must not say at once: each contradiction with its reason. Source: spec/timecards.md B2, B14."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from schemas.policies import Policy

MINUTES_OF_A_DAY = 1440
_T = TypeVar("_T", int, str)


def contradictions(policy: Policy) -> tuple[str, ...]:
    """The reasons for which a policy is refused; empty when it may be used."""
    return (*_of_grouping(policy), *_of_tiers(policy), *_of_rounding(policy), *_of_days(policy))


def _of_grouping(policy: Policy) -> Iterator[str]:
    if policy.span == "first_last" and policy.grouping != "day":
        yield "span=first_last needs grouping=day: only a date says which punch is the last"
    if policy.grouping == "day" and policy.day_zone == "first_in":
        yield "grouping=day needs day_zone=home: the first IN is known only after grouping"
    if policy.max_open_min == 0:
        yield "max_open_min=0 closes every shift as it opens: give at least 1"
    if policy.max_open_min > MINUTES_OF_A_DAY and not policy.max_open_over_a_day:
        yield (
            f"max_open_min={policy.max_open_min} is more than a day (1440): set max_open_over_a_day=true if it is meant"
        )


def _of_tiers(policy: Policy) -> Iterator[str]:
    meal_tiers = policy.meal.tiers if policy.meal else ()
    starts = (("ot.daily", policy.ot.daily), ("ot.weekly", policy.ot.weekly), ("meal.tiers", meal_tiers))
    for name, tiers in starts:
        for after in _repeated(tier.after for tier in tiers):
            yield f"{name}: tiers overlap, two of them begin after {after}"
    names = [overlay.name for overlay in policy.overlays] + (["night"] if policy.night else [])
    for repeated in _repeated(names):
        yield f"overlays: two are named {repeated!r}"


def _of_rounding(policy: Policy) -> Iterator[str]:
    for name, rounding in (("round_in", policy.round_in), ("round_out", policy.round_out)):
        if rounding is None:
            continue
        if 60 % rounding.q:
            yield f"{name}: q={rounding.q} does not divide 60, so its steps would shift from hour to hour"
        if rounding.split is not None and rounding.split > rounding.q:
            yield f"{name}: split={rounding.split} is beyond q={rounding.q}"


def _of_days(policy: Policy) -> Iterator[str]:
    for text in policy.holidays:
        try:
            date.fromisoformat(text)
        except ValueError:
            yield f"holidays: {text!r} is no date"


def _repeated(values: Iterable[_T]) -> list[_T]:
    return [value for value, count in Counter(values).items() if count > 1]
