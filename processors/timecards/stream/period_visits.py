"""What a sweep does with one employee of a pay period: counting what is held still, locking, releasing, retro changes.
Pure; doing it twice changes nothing. Source: spec/timecards.md B13, D."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from processors.errors import Fatal
from processors.timecards.stream.cards import daily_card, locked_card
from processors.timecards.stream.causes import Touch
from processors.timecards.stream.context import Context
from processors.timecards.stream.facts import Facts
from processors.timecards.stream.held import decode_held, encode_held, encode_pinned
from processors.timecards.stream.holding import Held, as_published, held_of, is_closing
from processors.timecards.stream.kept import DayLock, PublishedDay
from processors.timecards.stream.locks import lock_of
from processors.timecards.stream.outbox import Outbox
from processors.timecards.stream.periods import KnownPeriod
from processors.timecards.stream.pins import Pins
from processors.timecards.stream.publishing import is_void
from processors.timecards.stream.reports import count
from processors.timecards.stream.settling import Settling
from processors.timecards.stream.sweeps import Sweep, SweepKind
from processors.timecards.stream.week import week_dates, week_of_date
from processors.timecards.stream.working_copy import WorkingCopy
from processors.timecards.versions import Cause
from schemas.timecards import CardStatus


class PeriodVisits:
    def __init__(self, context: Context, settling: Settling, pins: Pins, outbox: Outbox) -> None:
        self._context = context
        self._settling = settling
        self._pins = pins
        self._outbox = outbox

    def visit(self, sweep: Sweep, copy: WorkingCopy, period: KnownPeriod) -> Sweep:
        """The sweep with what it has gathered."""
        if sweep.kind is SweepKind.CLOSING:
            days = dict(self._published(copy, period))
            self._closing(copy, days)
            failed = self._failed(copy, period)
            return replace(sweep, tally=count(sweep.tally, period.record, copy.employee, days, failed))
        if sweep.kind is SweepKind.LOCK:
            self._lock(copy, period)
        elif sweep.kind is SweepKind.RELEASE:
            self._release(copy, period)
        else:
            self._retro(copy, period)
        return sweep

    def _closing(self, copy: WorkingCopy, days: Iterable[date]) -> None:
        """What its cards were derived with, for those whose weeks nothing has touched when they are locked."""
        for week in sorted({week_of_date(copy.facts, day) for day in days}):
            if copy.held(week) is None:
                copy.hold(week, encode_pinned(self._pins.keep(copy.facts)))

    def _lock(self, copy: WorkingCopy, period: KnownPeriod) -> None:
        facts = copy.facts
        held = held_of(copy, period.first, period.last)
        days = {day: one for day, one in self._published(copy, period) if not is_void(one)}
        for week in _weeks(facts, period):
            of_week = {day: one for day, one in days.items() if week_of_date(facts, day) == week}
            if of_week:
                self._lock_week(copy, week, period, of_week, held)
        # What came while the cards were held still is late for them.
        self._settling.touch(copy, self._let_go(copy, period, held), Touch(Cause.LATE_PUNCH))

    def _lock_week(
        self, copy: WorkingCopy, week: date, period: KnownPeriod, days: dict[date, PublishedDay], held: Held
    ) -> None:
        context, facts = self._context, copy.facts
        cards = {day: card for day, card in held.cards.items() if card}
        if missing := days.keys() - cards.keys():
            try:
                cards |= as_published(context, self._pins, copy, week, missing, held.weeks, context.registry)
            except Fatal:
                raise
            except Exception as failure:  # noqa: BLE001 - hours that were counted are locked, if without their details
                self._settling.failed(failure)
        pin = self._pins.keep(facts)
        for day, before in days.items():
            bucket = copy.change_of_date(day)
            lock = bucket.locks.get(day)
            if lock is not None and lock.period_version == period.lock_version:
                continue
            after = before._replace(status=CardStatus.LOCKED, revision=before.revision + 1)
            if day in cards:
                value = locked_card(cards[day], after, week)
            else:
                value = daily_card(context.about(copy, day, week, facts), after, None)
            bucket.locks[day] = lock_of(period, before, pin)
            bucket.published[day] = after
            self._outbox.card(copy.tenant, copy.employee, day, value, is_new_version=False)
        self._settling.publish_week(copy, week, week_dates(facts, week))

    def _let_go(self, copy: WorkingCopy, period: KnownPeriod, held: Held) -> set[date]:
        """Of what was kept for a period only what another one that is CLOSING needs stays. Weeks that were touched."""
        touched: set[date] = set()
        for week, pin in held.weeks.items():
            dates = [week + timedelta(number) for number in range(7)]
            others = [day for day in dates if not period.first <= day <= period.last]
            others = [day for day in others if is_closing(self._context, copy, day)]
            if not pin:
                touched.update(week_of_date(copy.facts, day) for day in dates)
                cards = decode_held(copy.held(week) or encode_held({}))
                rest = {day: cards[day] for day in others if day in cards}
                copy.hold(week, encode_held(rest) if rest else None)
            elif not others:
                copy.hold(week, None)
        return touched

    def _release(self, copy: WorkingCopy, period: KnownPeriod) -> None:
        touched = self._let_go(copy, period, held_of(copy, period.first, period.last))
        for day in _dates(period):
            bucket = copy.of_date(day)
            lock = bucket.locks.get(day) if bucket is not None else None
            if lock is not None and _is_by(lock, period):
                del copy.change_of_date(day).locks[day]
                touched.add(week_of_date(copy.facts, day))
            elif self._context.period_of(copy, day) == period:
                # What came to a date without a card, and changed no minutes, has left neither lock nor adjustment.
                touched.add(week_of_date(copy.facts, day))
        self._settling.touch(copy, sorted(touched), Touch(Cause.REOPEN))

    def _retro(self, copy: WorkingCopy, period: KnownPeriod) -> None:
        pin = self._pins.keep(copy.facts)
        touched: dict[date, None] = {}
        for day in _dates(period):
            bucket = copy.of_date(day)
            if bucket is None:
                continue
            touched[week_of_date(copy.facts, day)] = None
            lock = bucket.locks.get(day)
            if lock is not None and _is_by(lock, period) and lock.retro < period.record.retro:
                copy.change_of_date(day).locks[day] = lock._replace(pin=pin, retro=period.record.retro)
        self._settling.touch(copy, touched, Touch(Cause.POLICY, None, "", period.record.changed_by))

    def _failed(self, copy: WorkingCopy, period: KnownPeriod) -> list[date]:
        """Dates that are paid in the period of weeks that could not be derived."""
        if not copy.header.failed or copy.tenant != period.record.tenant:
            return []
        days = (day for day in _dates(period) if week_of_date(copy.facts, day) in copy.header.failed)
        return [day for day in days if self._context.period_of(copy, day) == period]

    def _published(self, copy: WorkingCopy, period: KnownPeriod) -> Iterator[tuple[date, PublishedDay]]:
        """Of the dates that are paid in the period."""
        if copy.tenant != period.record.tenant:
            return
        for day in _dates(period):
            bucket = copy.of_date(day)
            if bucket is None or (one := bucket.published.get(day)) is None:
                continue
            lock = bucket.locks.get(day)
            # Who has another pay group now was paid by the one that locked the date, and not by both.
            if self._context.period_of(copy, day) == period and (lock is None or _is_by(lock, period)):
                yield day, one


def _dates(period: KnownPeriod) -> list[date]:
    return [period.first + timedelta(number) for number in range((period.last - period.first).days + 1)]


def _is_by(lock: DayLock, period: KnownPeriod) -> bool:
    return (lock.pay_group, lock.first) == (period.record.pay_group, period.first)


def _weeks(facts: Facts, period: KnownPeriod) -> list[date]:
    return sorted({week_of_date(facts, day) for day in _dates(period)})
