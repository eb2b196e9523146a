"""What is left to do without any input: weeks whose event time has come, and sweeps; some employees at a time. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Final

from processors.errors import Fatal
from processors.timecards.stream.causes import Touch
from processors.timecards.stream.commands import Commands
from processors.timecards.stream.context import Context
from processors.timecards.stream.derivation import sites_of
from processors.timecards.stream.dues import Dues
from processors.timecards.stream.employee_index import EmployeeIndex
from processors.timecards.stream.outbox import Outbox
from processors.timecards.stream.reports import report_of
from processors.timecards.stream.settling import Settling
from processors.timecards.stream.sweeps import STEP, Sweep, SweepKind, Sweeps
from processors.timecards.stream.visits import Visits
from processors.timecards.stream.working_copy import WorkingCopy
from processors.timecards.versions import Cause
from schemas.codec import encode_event
from schemas.payperiods import report_key

MAX_BYTES: Final = 4 << 20  # of cards in one transaction


class LeftWork:
    """`on_failure` hears of visits that failed; partition, partitions: which one of how many, for reports."""

    def __init__(
        self,
        context: Context,
        settling: Settling,
        commands: Commands,
        visits: Visits,
        index: EmployeeIndex,
        dues: Dues,
        sweeps: Sweeps,
        outbox: Outbox,
        on_failure: Callable[[Exception], None],
        *,
        partition: int,
        partitions: int,
    ) -> None:
        self._context = context
        self._settling = settling
        self._commands = commands
        self._visits = visits
        self._index = index
        self._dues = dues
        self._sweeps = sweeps
        self._outbox = outbox
        self._on_failure = on_failure
        self._partition, self._partitions = partition, partitions

    def __bool__(self) -> bool:
        return bool(self._sweeps or self._dues.ready)

    def step(self, copy_of: Callable[[bytes], WorkingCopy]) -> None:
        """At most STEP employees, or MAX_BYTES of cards and one employee's."""
        if self._dues.ready:
            self._touch_due(copy_of)
        elif (sweep := self._sweeps.running) is not None:
            self._sweep(sweep, copy_of)

    def _touch_due(self, copy_of: Callable[[bytes], WorkingCopy]) -> None:
        ready = self._dues.ready
        for _ in range(min(STEP, len(ready))):
            if self._outbox.size > MAX_BYTES:
                break
            owner, week = ready.popleft()
            copy = copy_of(owner)
            due_ms = copy.header.dues.get(week)
            if due_ms is None:
                continue
            event_time, site = self._context.times.of(sites_of(copy, week, copy.facts))
            if event_time < due_ms:
                self._dues.put(owner, week, due_ms, site)
            else:
                self._settling.touch(copy, (week,), Touch(Cause.FINALIZE))
                self._settling.settle(copy)

    def _sweep(self, sweep: Sweep, copy_of: Callable[[bytes], WorkingCopy]) -> None:
        owners = self._index.after(sweep.cursor.encode(), STEP)
        done = 0
        for owner in owners:
            if self._outbox.size > MAX_BYTES:
                break
            done += 1
            copy = copy_of(owner)
            try:
                sweep = self._visits.visit(sweep, copy, self._commands.before)
                self._settling.settle(copy)
            except Fatal:
                raise
            except Exception as failure:  # noqa: BLE001 - promise 4: one must not stop the others; brakes count
                self._on_failure(failure)
        if done == STEP or done < len(owners):
            self._sweeps.advance(replace(sweep, cursor=owners[done - 1].decode()))
            return
        self._sweeps.advance(None)
        if sweep.kind is SweepKind.CLOSING:
            self._report(sweep)
        elif sweep.kind is SweepKind.REGISTRY:
            self._commands.before = None  # a registry is large

    def _report(self, sweep: Sweep) -> None:
        period = self._context.periods.get(sweep.tenant, sweep.pay_group, date.fromisoformat(sweep.first))
        if period is not None and period.record.version == sweep.version:
            report = report_of(sweep.tally, period.record, self._partition, self._partitions)
            self._outbox.report(report_key(report), encode_event(report))
