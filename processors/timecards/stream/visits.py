"""What a sweep does with one employee. Pure; doing it twice changes nothing. Source: spec/timecards.md D; DESIGN 6."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.cards import daily_card, locked_card
from processors.timecards.stream.causes import Touch
from processors.timecards.stream.context import Context
from processors.timecards.stream.derivation import sites_of
from processors.timecards.stream.facts import Facts
from processors.timecards.stream.held import decode_held
from processors.timecards.stream.holding import as_published
from processors.timecards.stream.hot_weeks import hot_weeks
from processors.timecards.stream.kept import PublishedDay
from processors.timecards.stream.locks import lock_of
from processors.timecards.stream.outbox import Outbox
from processors.timecards.stream.periods import KnownPeriod
from processors.timecards.stream.pins import Pins
from processors.timecards.stream.publishing import is_void
from processors.timecards.stream.reports import count
from processors.timecards.stream.settling import Settling
from processors.timecards.stream.state_keys import bucket_of_date, bucket_of_ms, dates_of
from processors.timecards.stream.sweeps import Sweep, SweepKind
from processors.timecards.stream.watch import Watch
from processors.timecards.stream.week import week_dates, week_of_date, window_of
from processors.timecards.stream.working_copy import WorkingCopy
from processors.timecards.versions import Cause
from schemas.timecards import CardStatus

_DAY_MS: Final = 86_400_000
_NEVER: Final = 1 << 62
# Everything that a week waits for has passed by then, as far as event time ever lags: windows and silent devices.
_SETTLED_DAYS: Final = 21
_SCHEDULES: Final = frozenset(("schedule",))


class Visits:
    def __init__(
        self, context: Context, settling: Settling, pins: Pins, watch: Watch, outbox: Outbox, *, hot_days: int
    ) -> None:
        self._context = context
        self._settling = settling
        self._pins = pins
        self._watch = watch
        self._outbox = outbox
        self._hot_days = hot_days

    def visit(self, sweep: Sweep, copy: WorkingCopy, before: CardRegistry | None) -> Sweep:
        """The sweep with what it has gathered. before: the registry before the change, None when it is not known."""
        if sweep.kind is SweepKind.REGISTRY:
            self._registry(sweep, copy, before)
        elif sweep.kind is SweepKind.SITES:
            self._sites(sweep, copy)
        elif sweep.kind is SweepKind.AGE:
            self._age(copy)
        elif (
            period := self._context.periods.get(sweep.tenant, sweep.pay_group, date.fromisoformat(sweep.first))
        ) is not None:
            if sweep.kind is SweepKind.CLOSING:
                days = dict(self._published(copy, period))
                return replace(sweep, tally=count(sweep.tally, period.record, copy.employee, days))
            if sweep.kind is SweepKind.LOCK:
                self._lock(copy, period)
            elif sweep.kind is SweepKind.RELEASE:
                self._release(copy, period)
            else:
                self._retro(copy, period)
        return sweep

    def needed(self, sweep: Sweep, archived: Iterator[int]) -> list[int]:
        """Which of an employee's archived buckets a visit reads."""
        if sweep.kind in (SweepKind.REGISTRY, SweepKind.SITES, SweepKind.AGE):
            return []
        period = self._period(sweep)
        if period is None:
            return []
        around = timedelta(0 if sweep.kind is SweepKind.CLOSING else 18)
        least, greatest = bucket_of_date(period.first - around), bucket_of_date(period.last + around)
        return [number for number in archived if least <= number <= greatest]

    def _period(self, sweep: Sweep) -> KnownPeriod | None:
        return self._context.periods.get(sweep.tenant, sweep.pay_group, date.fromisoformat(sweep.first))

    def _registry(self, sweep: Sweep, copy: WorkingCopy, before: CardRegistry | None) -> None:
        facts = self._context.facts(copy)
        old = self._context.facts(copy, before) if before is not None else None
        devices = {device for device in sweep.devices if _punched_at(copy, device)}
        if old is not None and old == facts and not devices:
            return
        if old is not None:
            copy.facts = old
        cause = Cause.SCHEDULE if sweep.kinds and _SCHEDULES.issuperset(sweep.kinds) else Cause.POLICY
        self._settling.touch_all(copy, Touch(cause), before)

    def _sites(self, sweep: Sweep, copy: WorkingCopy) -> None:
        facts = copy.facts
        least = min(sweep.sites.values(), default=_NEVER)
        for week in sorted(hot_weeks(copy, facts) | copy.header.dues.keys()):
            if window_of(facts, week).to_ms <= least:
                continue
            since = min((sweep.sites.get(site, _NEVER) for site in sites_of(copy, week, facts)), default=_NEVER)
            if since < window_of(facts, week).to_ms:
                self._settling.touch(copy, (week,), Touch(Cause.FINALIZE))

    def _lock(self, copy: WorkingCopy, period: KnownPeriod) -> None:
        facts = copy.facts
        weeks = _weeks(facts, period)
        days = {day: one for day, one in self._published(copy, period) if not is_void(one)}
        for week in weeks:
            held = copy.held(week)
            of_week = {day: one for day, one in days.items() if week_of_date(facts, day) == week}
            if of_week:
                self._lock_week(copy, week, facts, period, of_week, decode_held(held) if held is not None else {})
            if held is not None:
                copy.hold(week, None)
                # What came while the cards were held still is late for them.
                copy.touch(week, Touch(Cause.LATE_PUNCH))

    def _lock_week(
        self,
        copy: WorkingCopy,
        week: date,
        facts: Facts,
        period: KnownPeriod,
        days: dict[date, PublishedDay],
        held: dict[date, bytes],
    ) -> None:
        context = self._context
        missing = [day for day in days if day not in held]
        found, cards = as_published(context, copy, week, context.registry) if missing else (None, {})
        pin = self._pins.keep(facts)
        for day, before in days.items():
            bucket = copy.change_of_date(day)
            lock = bucket.locks.get(day)
            if lock is not None and lock.period_version == period.lock_version:
                continue
            after = before._replace(status=CardStatus.LOCKED, revision=before.revision + 1)
            if day in held:
                value = locked_card(held[day], after)
            else:
                card = cards[day][1] if day in cards else None
                value = daily_card(context.about(copy, day, week, facts, found), after, card)
            bucket.locks[day] = lock_of(period, before, pin)
            bucket.published[day] = after
            self._outbox.card(copy.tenant, copy.employee, day, value, is_new_version=False)
        self._settling.publish_week(copy, week, week_dates(facts, week))

    def _release(self, copy: WorkingCopy, period: KnownPeriod) -> None:
        touched: dict[date, None] = {}
        for week in _weeks(copy.facts, period):
            if copy.held(week) is not None:
                copy.hold(week, None)
                touched[week] = None
        for day in _dates(period):
            bucket = copy.of_date(day)
            lock = bucket.locks.get(day) if bucket is not None else None
            if lock is not None and (lock.pay_group, lock.first) == (period.record.pay_group, period.first):
                del copy.change_of_date(day).locks[day]
                touched[week_of_date(copy.facts, day)] = None
        self._settling.touch(copy, touched, Touch(Cause.REOPEN))

    def _retro(self, copy: WorkingCopy, period: KnownPeriod) -> None:
        pin = self._pins.keep(copy.facts)
        touched: dict[date, None] = {}
        for day in _dates(period):
            bucket = copy.of_date(day)
            if bucket is None:
                continue
            touched[week_of_date(copy.facts, day)] = None
            lock = bucket.locks.get(day)
            if lock is not None and lock.period_version == period.lock_version and lock.retro < period.record.retro:
                copy.change_of_date(day).locks[day] = lock._replace(pin=pin, retro=period.record.retro)
        self._settling.touch(copy, touched, Touch(Cause.POLICY, None, "", period.record.changed_by))

    def _age(self, copy: WorkingCopy) -> None:
        """What is older than `hot_days`, or all locked and settled."""
        today = bucket_of_ms(self._context.clock)
        by_age = bucket_of_ms(self._context.clock - self._hot_days * _DAY_MS)
        settled = (
            bucket_of_ms(self._context.times.floor - _SETTLED_DAYS * _DAY_MS)
            if self._context.times.floor
            else today - 1000
        )
        for number in sorted(copy.header.hot):
            if number >= min(settled, today):
                break
            bucket = copy.bucket(number)
            assert bucket is not None
            is_locked = bool(bucket.published) and all(day in bucket.locks for day in bucket.published)
            if (number >= by_age and not is_locked) or _is_tied(copy, number) or self._is_held(copy, number):
                continue
            for week in {one for one in copy.header.dues if bucket_of_date(one) == number}:
                self._watch.drop(copy, week)
            copy.archive(number)

    def _is_held(self, copy: WorkingCopy, number: int) -> bool:
        weeks = {week_of_date(copy.facts, day) for day in dates_of(number)}
        return any(copy.held(week) is not None for week in weeks)

    def _published(self, copy: WorkingCopy, period: KnownPeriod) -> Iterator[tuple[date, PublishedDay]]:
        """Of the dates that are paid in the period."""
        if copy.tenant != period.record.tenant:
            return
        for day in _dates(period):
            bucket = copy.of_date(day)
            one = bucket.published.get(day) if bucket is not None else None
            if one is not None and self._context.period_of(copy, day) == period:
                yield day, one


def _dates(period: KnownPeriod) -> list[date]:
    return [period.first + timedelta(number) for number in range((period.last - period.first).days + 1)]


def _weeks(facts: Facts, period: KnownPeriod) -> list[date]:
    return sorted({week_of_date(facts, day) for day in _dates(period)})


def _punched_at(copy: WorkingCopy, serial: str) -> bool:
    return any(
        one.place is not None and one.place.serial == serial
        for bucket in copy.buckets(copy.header.hot)
        for one in bucket.punches.values()
    )


def _is_tied(copy: WorkingCopy, number: int) -> bool:
    """Whether a correction moves a punch between this bucket and one that is not next to it: neither could be derived
    without the other."""
    bucket = copy.bucket(number)
    assert bucket is not None
    return any(
        one.punch_at is not None and one.target_at is not None and abs(one.punch_at - one.target_at) > 7 * _DAY_MS
        for one in bucket.corrections.values()
    )
