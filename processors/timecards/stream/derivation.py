"""A week of an employee from what state holds, and from nothing else. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from processors.timecards.engine.card import Card
from processors.timecards.engine.inputs import Plan
from processors.timecards.stream.bucket import Bucket, roster_of
from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.event_time import EventTime
from processors.timecards.stream.facts import Facts
from processors.timecards.stream.kept import KeptCorrection, leave_codes_of, leaves_of
from processors.timecards.stream.plans import plans_of
from processors.timecards.stream.punches import punch_input
from processors.timecards.stream.state_keys import bucket_of_ms
from processors.timecards.stream.week import (
    buckets_of_window,
    derive_week,
    plan_span,
    targets_outside,
    window_of,
)
from processors.timecards.stream.working_copy import WorkingCopy
from schemas.corrections import Correction


class Derivation(NamedTuple):
    """event_time: that it is by (epoch ms, 0: nothing is known); site: the one that is the last to know; due_ms: as of
    WeekResult."""

    facts: Facts
    dates: tuple[date, ...]
    cards: Mapping[date, Card]
    plans: Sequence[Plan]
    leave_codes: Mapping[date, Mapping[str, int]]
    event_time: int
    site: str
    due_ms: int | None


def sites_of(copy: WorkingCopy, week: date, facts: Facts) -> frozenset[str]:
    """Whose watermarks a week waits for: its home sites, and where its punches were made."""
    window = window_of(facts, week)
    sites = _home_sites(facts, week)
    for bucket in copy.buckets(buckets_of_window(facts, week)):
        sites.update(one.place.site for one in bucket.punches.values() if one.place and window.covers(one.punch_at))
    return frozenset(sites)


def derive(
    copy: WorkingCopy,
    week: date,
    facts: Facts,
    registry: CardRegistry,
    times: EventTime,
    *,
    until: int | None = None,
) -> Derivation:
    """until: another event time than that of the week's sites. Raises what `derive_week` raises, NotRestored."""
    window, buckets = window_of(facts, week), copy.buckets(buckets_of_window(facts, week))
    kept, corrections = _corrections(copy, buckets)
    outside = targets_outside(corrections, window)
    if outside:
        others = sorted({bucket_of_ms(at) for at in outside.values()} - {bucket.number for bucket in buckets})
        buckets += [found for number in others if copy.is_hot((number,)) and (found := copy.bucket(number)) is not None]
        kept, corrections = _corrections(copy, buckets)
    named = {one.target for one in corrections}
    sites, punches = _home_sites(facts, week), []
    from_ms, to_ms = window
    for bucket in buckets:
        for punch_id, one in bucket.punches.items():
            if one.place is None:
                continue
            if from_ms <= one.punch_at <= to_ms:
                sites.add(one.place.site)
            elif punch_id not in named:
                continue
            punches.append(punch_input(registry, punch_id, one))
    event_time, site = times.of(sites)
    event_time = event_time if until is None else until
    surplus: dict[date, int] = {}
    for bucket in buckets:
        for day, number in bucket.surplus_counts().items():
            surplus[day] = surplus.get(day, 0) + number
    roster = roster_of(buckets)
    plans = plans_of(facts, roster, *plan_span(week)) if roster else _scheduled(facts, week)
    result = derive_week(
        week, facts, employee=copy.employee, tenant=copy.tenant, plans=plans, punches=punches, corrections=corrections,
        leaves=leaves_of(kept), event_time_ms=event_time, silent=times.silent(sites), surplus=surplus,
    )  # fmt: skip
    cards = {card.work_date: card for card in result.cards}
    return Derivation(facts, result.dates, cards, plans, leave_codes_of(kept), event_time, site, result.due_ms)


def _home_sites(facts: Facts, week: date) -> set[str]:
    if len(facts.terms) == 1:
        return {facts.terms[0].site}
    return {facts.terms_on(day).site for day in plan_span(week)}


@lru_cache(maxsize=16_384)
def _scheduled(facts: Facts, week: date) -> tuple[Plan, ...]:
    return plans_of(facts, {}, *plan_span(week))


def _corrections(
    copy: WorkingCopy, buckets: Sequence[Bucket]
) -> tuple[dict[str, KeptCorrection], tuple[Correction, ...]]:
    """All by id, the newest version of each; and the approved ones of punches, as the engine takes them."""
    kept: dict[str, KeptCorrection] = dict(copy.header.corrections)
    for bucket in buckets:
        for key, one in bucket.corrections.items():
            if key not in kept or kept[key].version < one.version:
                kept[key] = one
    if not kept:
        return kept, ()
    made = [
        one.correction(key, copy.tenant, copy.employee)
        for key, one in sorted(kept.items())
        if one.is_approved and not one.is_leave
    ]
    return kept, tuple(made)
