"""What cards would become under another registry: the differences, through the code that derives them. Pure.

An open date is compared with what is derived by the registry as it is; a locked one with what is served of it, that is
locked minutes and adjustments so far, so that its differences are the adjustments of a retro change.
Source: spec/timecards.md B13, D.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from processors.timecards.engine.card import Card
from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.derivation import derive
from processors.timecards.stream.employee_facts import employment_on
from processors.timecards.stream.event_time import EventTime
from processors.timecards.stream.facts import Facts, facts_of
from processors.timecards.stream.kept import DayLock, PublishedDay
from processors.timecards.stream.state_keys import bucket_key, read_key
from processors.timecards.stream.week import buckets_of_window, week_of_date
from processors.timecards.stream.working_copy import WorkingCopy
from schemas.timecards import LOCKED_KEYS, MANIFEST_KEYS


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose dates are looked at; first and last are both included. employees empty: everybody's; pay_group "": all."""

    tenant: str
    first: date
    last: date
    employees: Collection[str] = ()
    pay_group: str = ""

    def owns(self, key: bytes) -> bool:
        """Whether a state key is needed: somebody's in the scope, or the partition's own."""
        found = read_key(key)
        if found.kind == "own":
            return True
        tenant, _, employee = found.owner.decode("utf-8", "replace").partition("+")
        return tenant == self.tenant and (not self.employees or employee in self.employees)

    def days(self) -> Iterator[date]:
        day = self.first
        while day <= self.last:
            yield day
            day += timedelta(1)


@dataclass(frozen=True, slots=True)
class CardDifference:
    """One date of one employee. Minutes by MANIFEST_KEYS, of a locked date by LOCKED_KEYS; exceptions: codes, sorted;
    a locked date's minutes before are those that are served, its codes those of the card that was locked."""

    employee: str
    work_date: date
    is_locked: bool
    before: Mapping[str, int]
    after: Mapping[str, int]
    exceptions_before: tuple[str, ...]
    exceptions_after: tuple[str, ...]

    @property
    def deltas(self) -> dict[str, int]:
        """After - before, of those that differ."""
        return {key: self.after[key] - self.before[key] for key in self.before if self.after[key] != self.before[key]}


def archived_keys(values: Mapping[bytes, bytes], before: CardRegistry, after: CardRegistry, scope: Scope) -> set[bytes]:
    """Keys of timecards.archive that `differences` needs the values of."""
    keys: set[bytes] = set()
    for copy in _people(values, {}, scope):
        archived = copy.header.archived
        if archived:
            for facts in {_facts(copy, before), _facts(copy, after)}:
                for week in {week_of_date(facts, day) for day in _days(copy, scope)}:
                    numbers = [number for number in buckets_of_window(facts, week) if number in archived]
                    keys.update(bucket_key(copy.owner, number) for number in numbers)
    return keys


def differences(
    values: Mapping[bytes, bytes],
    archived: Mapping[bytes, bytes],
    before: CardRegistry,
    after: CardRegistry,
    scope: Scope,
    *,
    max_wait_ms: int,
) -> Iterator[CardDifference]:
    """By employee and date; nothing is changed. values: of one partition of timecards.state, those that the scope owns;
    archived: of `archived_keys`. Raises NotRestored for one that is missing."""
    times = EventTime(values, max_wait_ms=max_wait_ms)
    for copy in _people(values, archived, scope):
        is_now, would_be = _Deriving(copy, before, times), _Deriving(copy, after, times)
        same = is_now.facts == would_be.facts
        for day in _days(copy, scope):
            bucket = copy.of_date(day)
            lock = bucket.locks.get(day) if bucket is not None else None
            if lock is not None and bucket is not None:
                found = _of_locked(copy.employee, day, lock, bucket.published.get(day), would_be.card(day))
            elif same:
                continue
            else:
                found = _of_open(copy.employee, day, is_now.card(day), would_be.card(day))
            if found.deltas or found.exceptions_before != found.exceptions_after:
                yield found


class _Deriving:
    """One employee's cards by one registry, each week once."""

    def __init__(self, copy: WorkingCopy, registry: CardRegistry, times: EventTime) -> None:
        self.facts = _facts(copy, registry)
        self._copy = copy
        self._registry = registry
        self._times = times
        self._weeks: dict[date, Mapping[date, Card]] = {}

    def card(self, day: date) -> Card | None:
        week = week_of_date(self.facts, day)
        if week not in self._weeks:
            self._weeks[week] = derive(self._copy, week, self.facts, self._registry, self._times).cards
        return self._weeks[week].get(day)


def _people(values: Mapping[bytes, bytes], archived: Mapping[bytes, bytes], scope: Scope) -> Iterator[WorkingCopy]:
    for key in sorted(values):
        if read_key(key).kind == "header" and scope.owns(key):
            yield WorkingCopy(key, values, archived)


def _days(copy: WorkingCopy, scope: Scope) -> Iterator[date]:
    """Those on which somebody is in the pay group."""
    first, header = copy.header.first_place, copy.header
    for day in scope.days():
        if scope.pay_group:
            employed = employment_on(header.employee, copy.employee, first.site if first is not None else "", day)
            if employed.pay_group != scope.pay_group:
                continue
        yield day


def _facts(copy: WorkingCopy, registry: CardRegistry) -> Facts:
    first, header = copy.header.first_place, copy.header
    site, zone = (first.site, first.zone) if first is not None else ("", "")
    return facts_of(registry, copy.tenant, copy.employee, header.employee, site, zone)


def _of_open(employee: str, day: date, now: Card | None, then: Card | None) -> CardDifference:
    return CardDifference(employee, day, False, _minutes(now), _minutes(then), _codes(now), _codes(then))


def _of_locked(
    employee: str, day: date, lock: DayLock, published: PublishedDay | None, then: Card | None
) -> CardDifference:
    served = {key: lock.minutes[n] + lock.adjusted[n] for n, key in enumerate(LOCKED_KEYS)}
    found = _minutes(then)
    codes = tuple(published.exceptions) if published is not None else ()
    return CardDifference(employee, day, True, served, {key: found[key] for key in LOCKED_KEYS}, codes, _codes(then))


def _minutes(card: Card | None) -> dict[str, int]:
    minutes: Mapping[str, int] = card.minutes if card is not None else {}
    return {key: minutes.get(key, 0) for key in MANIFEST_KEYS}


def _codes(card: Card | None) -> tuple[str, ...]:
    return tuple(sorted({exception.code for exception in card.exceptions})) if card is not None else ()
