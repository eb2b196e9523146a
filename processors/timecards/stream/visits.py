"""What a sweep does with one employee. Pure; doing it twice changes nothing. Source: spec/timecards.md D; DESIGN 6."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.causes import Touch
from processors.timecards.stream.context import Context
from processors.timecards.stream.derivation import sites_of
from processors.timecards.stream.hot_weeks import hot_weeks
from processors.timecards.stream.outbox import Outbox
from processors.timecards.stream.period_visits import PeriodVisits
from processors.timecards.stream.periods import KnownPeriod
from processors.timecards.stream.pins import Pins
from processors.timecards.stream.settling import Settling
from processors.timecards.stream.state_keys import bucket_of_date, bucket_of_ms, dates_of
from processors.timecards.stream.sweeps import Sweep, SweepKind
from processors.timecards.stream.watch import Watch
from processors.timecards.stream.week import buckets_of_window, week_of_date, window_of
from processors.timecards.stream.working_copy import WorkingCopy
from processors.timecards.versions import Cause

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
        self._watch = watch
        self._of_period = PeriodVisits(context, settling, pins, outbox)
        self._hot_days = hot_days

    def visit(self, sweep: Sweep, copy: WorkingCopy, before: CardRegistry | None) -> Sweep:
        """The sweep with what it has gathered. before: the registry before the change, None when it is not known."""
        if sweep.kind is SweepKind.REGISTRY:
            self._registry(sweep, copy, before)
        elif sweep.kind is SweepKind.SITES:
            self._sites(sweep, copy)
        elif sweep.kind is SweepKind.AGE:
            self._age(copy)
        elif (period := self._period(sweep)) is not None:
            return self._of_period.visit(sweep, copy, period)
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

    def _age(self, copy: WorkingCopy) -> None:
        """What is older than `hot_days`, or all locked and settled. Before that what failed is tried again."""
        failed = [week for week in sorted(copy.header.failed) if copy.is_hot(buckets_of_window(copy.facts, week))]
        if failed:
            self._settling.touch(copy, failed, Touch(Cause.FINALIZE))
            return  # what is not right does not leave
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
