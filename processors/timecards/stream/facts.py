"""What hours of an employee depend on beside punches, corrections and leave: policies, zones, holidays, schedules.

Many people share one `Facts`. It is complete in itself, schedules included, so that a locked period can be derived
again with what held at its lock, whatever the registry says later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final

import orjson

from processors.timecards.engine.effective_terms import terms_on
from processors.timecards.engine.inputs import Terms
from processors.timecards.engine.zones import date_of, day_number, zone_of
from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.employee_facts import EmployeeFacts, EmploymentFacts, employment_in
from processors.timecards.terms import Placement, terms_of
from schemas.registry_timecards import ScheduledShift

_MAX_KNOWN: Final = 50_000  # of one registry snapshot, about 2 KB each; then it starts anew


@dataclass(frozen=True, slots=True)
class ScheduleSpan:
    """A cycle of days (schemas.registry_timecards.SchedulePeriod) as it holds for somebody from one date to another."""

    valid_from: date | None
    valid_to: date | None
    anchor: date
    days: tuple[tuple[ScheduledShift, ...], ...]
    free_on_holidays: bool

    def covers(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """punches_count: False for people whose punches are no attendance; known: False when nobody has told who this is.
    digest: 32 hex digits over everything that hours depend on; Facts of one digest are equal."""

    terms: tuple[Terms, ...]
    schedules: tuple[ScheduleSpan, ...]
    overtime_allowed: bool
    punches_count: bool
    known: bool
    digest: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Facts) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def terms_on(self, day: date) -> Terms:
        return terms_on(self.terms, day_number(day))

    def without_digest(self) -> dict[str, Any]:
        return {
            "terms": [asdict(one) for one in self.terms],
            "schedules": [asdict(one) for one in self.schedules],
            "overtime_allowed": self.overtime_allowed,
            "punches_count": self.punches_count,
            "known": self.known,
        }


def facts_digest(facts: Facts) -> str:
    """Which record of the registry says so is no part of it: a new one that says the same changes no hours."""
    content = facts.without_digest()
    for terms in content["terms"]:
        del terms["policy_version"]
        terms["holidays"] = sorted(terms["holidays"])
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def with_digest(facts: Facts) -> Facts:
    return replace(facts, digest=facts_digest(facts))


def facts_of(
    registry: CardRegistry,
    tenant: str,
    employee: str,
    record: EmployeeFacts | None,
    fallback_site: str = "",
    fallback_zone: str = "",
) -> Facts:
    """What holds for somebody. fallback_site and its zone: where people without a home site punch; UTC when empty, and
    for a site that the registry does not have. Equal arguments give the same object, and so do people who differ in
    nothing that matters here.
    """
    policies = registry.policies_of(tenant)
    own = employee if any(one.level == "employee" and one.of == employee for one in policies) else ""
    # rank, pay group, employer and payroll number say nothing of hours
    employment = tuple((*one[:4], one.schedule) for one in record.employment) if record else ()
    matters = record[1:3] + record[4:7] if record else None
    key = (tenant, own, matters, employment, fallback_site, fallback_zone)
    known = registry.known.get(key)
    if known is None:
        if len(registry.known) >= _MAX_KNOWN:
            registry.known.clear()
        known = registry.known[key] = _facts(registry, tenant, employee, record, fallback_site, fallback_zone)
    assert isinstance(known, Facts)
    return known


def _facts(
    registry: CardRegistry, tenant: str, employee: str, record: EmployeeFacts | None, site: str, zone: str
) -> Facts:
    placements: list[Placement] = []
    schedules: list[ScheduleSpan] = []
    for start, end, covering in _stretches(record):
        employed = employment_in(record, employee, site, covering)
        placements += [
            Placement(site=employed.site, zone=name, group=employed.policy_group, valid_from=first, valid_to=last)
            for first, last, name in _zones(registry, employed.site, start, end, zone or "UTC")
        ]
        schedules += _schedules(registry, employed.schedule, start, end)
    terms = terms_of(employee, placements, registry.policies_of(tenant), registry.calendars)
    counts = record is None or record.enable_attendance is not False
    if record is not None and record.enable_holiday is False:
        terms = tuple(replace(one, policy=replace(one.policy, holidays=()), holidays=frozenset()) for one in terms)
    overtime = record is None or record.enable_overtime is not False
    return with_digest(Facts(terms, tuple(schedules) if counts else (), overtime, counts, record is not None))


def _stretches(record: EmployeeFacts | None) -> Iterator[tuple[date | None, date | None, EmploymentFacts | None]]:
    """[from, to) and the employment that covers it, None between them."""
    employment = record.employment if record else ()
    bounds = sorted({date.fromisoformat(text) for one in employment for text in one[:2] if text})
    for start, end in pairwise([None, *bounds, None]):
        yield start, end, next((one for one in employment if one.covers(start or date.min)), None)


def _zones(
    registry: CardRegistry, site: str, start: date | None, end: date | None, fallback: str
) -> Iterator[tuple[date | None, date | None, str]]:
    """[from, to) and the zone of a site. A new zone holds from the date on that its first instant has in it; where the
    registry says nothing, the zone before (before the first one the first)."""
    periods = registry.site_periods(site)
    if not periods:
        yield start, end, fallback
        return
    changes = [_date_at(one.valid_from, one.zone) for one in periods[1:]]
    for one, first, last in zip(periods, [None, *changes], [*changes, None], strict=True):
        clipped = _overlap(first, last, start, end)
        if clipped is not None:
            yield *clipped, one.zone


def _schedules(registry: CardRegistry, schedule: str, start: date | None, end: date | None) -> Iterator[ScheduleSpan]:
    for one in registry.schedules.get(schedule, ()) if schedule else ():
        clipped = _overlap(one.valid_from, one.valid_to, start, end)
        if clipped is not None and one.days:
            yield ScheduleSpan(*clipped, one.anchor, one.days, one.free_on_holidays)


def _overlap(
    first: date | None, last: date | None, start: date | None, end: date | None
) -> tuple[date | None, date | None] | None:
    """Of [first, last) and [start, end), None when there is none."""
    since = max((one for one in (first, start) if one is not None), default=None)
    until = min((one for one in (last, end) if one is not None), default=None)
    return None if since is not None and until is not None and since >= until else (since, until)


def _date_at(at_ms: int | None, zone: str) -> date:
    return date.min if at_ms is None else date_of(zone_of(zone).day(at_ms // 1000))
