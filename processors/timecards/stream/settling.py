"""From what touched an employee's weeks to what is published of them. Pure; one week is all done or not at all.

Dates of a period that is CLOSING are held still; locked ones get adjustments, derived with the facts of the lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from processors.errors import Fatal
from processors.timecards.engine.card import Card
from processors.timecards.stream.bucket import Bucket
from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.cards import daily_card, week_card
from processors.timecards.stream.causes import Touch, reason_of
from processors.timecards.stream.context import Context
from processors.timecards.stream.derivation import Derivation, derive
from processors.timecards.stream.facts import Facts
from processors.timecards.stream.holding import hold
from processors.timecards.stream.hot_weeks import first_planned_week, hot_weeks, planned_weeks
from processors.timecards.stream.kept import DayLock, PublishedDay
from processors.timecards.stream.locks import NewAdjustment, adjust, first_not_locked, lock_of
from processors.timecards.stream.outbox import Outbox
from processors.timecards.stream.periods import KnownPeriod
from processors.timecards.stream.pins import Pins
from processors.timecards.stream.publishing import next_day
from processors.timecards.stream.watch import Watch
from processors.timecards.stream.week import buckets_of_window, week_of_date
from processors.timecards.stream.working_copy import WorkingCopy
from processors.timecards.versions import Cause

_MAX_WEEKS_AHEAD: Final = 600  # of one employee in one go


class _News(NamedTuple):
    """What becomes of one date: a card that is published (value: its bytes), or an adjustment."""

    day: date
    published: PublishedDay | None
    value: bytes
    adjustment: NewAdjustment | None = None


class Settling:
    """`on_failure` hears of weeks that could not be derived: they stay as they were, are named in the header, and tried
    again by its next touch. What it raises comes out. `on_success` hears of the others."""

    def __init__(
        self,
        context: Context,
        pins: Pins,
        watch: Watch,
        outbox: Outbox,
        on_failure: Callable[[Exception], None],
        on_success: Callable[[], None],
    ) -> None:
        self._context = context
        self._pins = pins
        self._watch = watch
        self._outbox = outbox
        self._on_failure = on_failure
        self._on_success = on_success

    def touch(self, copy: WorkingCopy, weeks: Iterable[date], touch: Touch) -> None:
        """Before anything that the weeks are derived from is changed."""
        for week in weeks:
            hold(self._context, self._pins, copy, week)
            copy.touch(week, touch)

    def touch_all(self, copy: WorkingCopy, touch: Touch, before: CardRegistry | None = None) -> None:
        """Everything that is hot, since the facts are others now. before: the registry of the facts so far."""
        facts = self._context.facts(copy)
        weeks = hot_weeks(copy, copy.facts) | hot_weeks(copy, facts)
        for week in copy.header.dues.keys() - weeks:
            self._watch.drop(copy, week)  # only planned: looked ahead to again
        if (first := first_planned_week(copy, facts, self._context.clock)) is not None:
            until = min(max({first, *weeks, *copy.touched}), max(first, self._watch.coming(facts)))
            weeks |= {first, *planned_weeks(facts, first, until)}
        for week in sorted(weeks):
            if copy.is_hot(buckets_of_window(facts, week)):
                hold(self._context, self._pins, copy, week, before)
                copy.touch(week, touch)

    def settle(self, copy: WorkingCopy) -> None:
        """Publish what the touched weeks have become."""
        facts = self._context.facts(copy)
        if facts != copy.facts:
            self.touch_all(copy, Touch(Cause.POLICY))
        elif facts.schedules and copy.header.first_place != copy.first_place:
            self.touch_all(copy, Touch(Cause.SCHEDULE))  # absences count from another week on
        touched, copy.touched = copy.touched, {}
        for week in sorted(touched):
            self._try(copy, week, facts, touched[week])
        # From the present on, not from what lies far ahead: a leave, or a punch of a wrong clock.
        soon = self._watch.coming(facts)
        settled = max((week for week in touched if week <= soon), default=max(touched, default=None))
        for _ in range(_MAX_WEEKS_AHEAD if settled is not None else 0):
            assert settled is not None
            if (ahead := self._watch.ahead(copy, facts, settled)) is None:
                break
            settled, is_planned = ahead
            if is_planned:
                hold(self._context, self._pins, copy, settled)
                self._try(copy, settled, facts, [Touch(Cause.FINALIZE)])
        copy.facts, copy.first_place = facts, copy.header.first_place

    def publish_week(self, copy: WorkingCopy, week: date, dates: Iterable[date]) -> None:
        """The sums of a week's dates, when they have changed."""
        days: dict[date, PublishedDay] = {}
        for day in dates:
            bucket = copy.of_date(day)
            if bucket is not None and (one := bucket.published.get(day)) is not None:
                days[day] = one
        bucket = copy.of_date(week)
        before = bucket.weeks.get(week) if bucket is not None else None
        if not days and before is None:
            return
        if (made := week_card(copy.tenant, copy.employee, week, days, before, self._context.clock)) is not None:
            state, value = made
            copy.change_of_date(week).weeks[week] = state
            self._outbox.week(copy.tenant, copy.employee, week, value)

    def failed(self, failure: Exception) -> None:
        """Something of somebody could not be done, and others must go on. Raises what `on_failure` raises."""
        self._on_failure(failure)

    def _try(self, copy: WorkingCopy, week: date, facts: Facts, touches: Sequence[Touch]) -> None:
        try:
            self._settle(copy, week, facts, touches)
        except Fatal:
            raise
        except Exception as failure:  # noqa: BLE001 - promise 4: one must not stop the others; brakes count
            copy.change_header().failed.add(week)
            self._on_failure(failure)
        else:
            if week in copy.header.failed:
                copy.change_header().failed.discard(week)
            self._on_success()

    def _settle(self, copy: WorkingCopy, week: date, facts: Facts, touches: Sequence[Touch]) -> None:
        context = self._context
        found = derive(copy, week, facts, context.registry, context.times)
        due, news, by_pin = found.due_ms, [], {(facts.digest, week): found}
        for day in found.dates:
            bucket = copy.of_date(day)
            before = bucket.published.get(day) if bucket is not None else None
            lock = bucket.locks.get(day) if bucket is not None else None
            if _says_it_all(bucket, before, lock, found.cards.get(day), day):
                continue
            period = context.period_of(copy, day) if lock is None else None
            if lock is None and period is not None and period.is_locked:
                # Nothing was there to be locked: it goes by the rules of the rest of its week.
                lock = lock_of(period, None, _pin_of_week(copy, found.dates, period))
            if lock is not None:
                its = self._by_lock(copy, day, lock, found, by_pin)
                due = min((one for one in (due, its.due_ms) if one is not None), default=None)
                news.append(self._adjustment(copy, day, week, lock, its, touches))
            elif period is None or not period.is_closing:
                news.append(self._version(copy, day, week, bucket, found, touches))
        self._write(copy, [one for one in news if one is not None])
        if any(one is not None and one.published is not None for one in news) or not found.dates:
            self.publish_week(copy, week, found.dates)
        if due is None:
            self._watch.drop(copy, week)
        else:
            self._watch.put(copy, week, due, found.site)

    def _version(
        self,
        copy: WorkingCopy,
        day: date,
        week: date,
        bucket: Bucket | None,
        found: Derivation,
        touches: Sequence[Touch],
    ) -> _News | None:
        before = bucket.published.get(day) if bucket is not None else None
        approval = bucket.approvals.get(day) if bucket is not None else None
        card, now = found.cards.get(day), self._context.circumstances(found.facts, day, found.event_time)
        after = next_day(before, card, reason_of(day, touches), approval, now)
        if after is None:
            return None
        return _News(day, after, daily_card(self._context.about(copy, day, week, found.facts, found), after, card))

    def _adjustment(
        self, copy: WorkingCopy, day: date, week: date, lock: DayLock, found: Derivation, touches: Sequence[Touch]
    ) -> _News | None:
        context = self._context
        apply_first = first_not_locked(context.registry, context.periods, copy.tenant, lock)
        about = context.about(copy, day, week, found.facts, found)
        now = context.circumstances(found.facts, day, found.event_time)
        made = adjust(about, lock, found.cards.get(day), reason_of(day, touches), now, apply_first)
        if made is None:
            return None
        if not made.lock.pin:
            # The first of its week within the lock: from here on its rules change by a retro command alone.
            made = made._replace(lock=made.lock._replace(pin=self._pins.keep(found.facts)))
        return _News(day, None, made.value, made)

    def _by_lock(
        self, copy: WorkingCopy, day: date, lock: DayLock, found: Derivation, made: dict[tuple[str, date], Derivation]
    ) -> Derivation:
        """Derived with the facts of the lock."""
        if not lock.pin or lock.pin == found.facts.digest:
            return found
        facts = self._pins.get(lock.pin)
        week = week_of_date(facts, day)
        if (lock.pin, week) not in made:
            made[lock.pin, week] = derive(copy, week, facts, self._context.registry, self._context.times)
        return made[lock.pin, week]

    def _write(self, copy: WorkingCopy, news: Iterable[_News]) -> None:
        for one in news:
            bucket = copy.change_of_date(one.day)
            if one.adjustment is not None:
                bucket.locks[one.day] = one.adjustment.lock
                self._outbox.adjustment(one.adjustment.adjustment_id, one.value)
            elif one.published is not None:
                before = bucket.published.get(one.day)
                is_new = before is None or before.version != one.published.version
                bucket.published[one.day] = one.published
                self._outbox.card(copy.tenant, copy.employee, one.day, one.value, is_new_version=is_new)


def _pin_of_week(copy: WorkingCopy, days: Iterable[date], period: KnownPeriod) -> str:
    """What the locked dates of a week are derived with; "" where there is none. Other weeks may lie in the archive."""
    for day in days:
        bucket = copy.of_date(day)
        lock = bucket.locks.get(day) if bucket is not None else None
        if lock is not None and lock.pin and (lock.first, lock.period_version) == (period.first, period.lock_version):
            return lock.pin
    return ""


def _says_it_all(
    bucket: Bucket | None, before: PublishedDay | None, lock: DayLock | None, card: Card | None, day: date
) -> bool:
    """The usual case, seen cheaply: nothing has become of a date, and nobody has said anything of it."""
    if lock is not None:
        return False
    if before is None:
        return card is None
    return (
        card is not None
        and before.content_hash == card.content_hash
        and before.status == before.derived_status
        and not before.approval_stale
        and (bucket is None or day not in bucket.approvals)
    )
