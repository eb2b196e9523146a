"""Inputs that concern everybody: watermarks, pay periods, registry changes. They change what all share, and begin the
sweep that brings it to everybody. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.context import Context
from processors.timecards.stream.dues import Dues
from processors.timecards.stream.sweeps import Sweep, SweepKind, Sweeps
from schemas.payperiods import PayPeriod, PeriodStatus
from schemas.timecards_input import RegistryChange, TimecardInput


class Commands:
    """before: the registry that the sweep under way compares with, None when it is not known."""

    def __init__(
        self,
        context: Context,
        sweeps: Sweeps,
        dues: Dues,
        *,
        newest: Callable[[], CardRegistry],
    ) -> None:
        self.before: CardRegistry | None = None
        self._context = context
        self._sweeps = sweeps
        self._dues = dues
        self._newest = newest

    def watermark(self, event: TimecardInput) -> None:
        floor = self._context.times.floor
        news = self._context.times.take(event)
        if news.again_from is not None:
            self._sweeps.begin(Sweep(kind=SweepKind.SITES, sites={event.site: news.again_from}))
        if news.rose:
            self._dues.rise(event.site, self._context.times)
        if self._context.times.floor != floor:
            self._dues.rise_everywhere(self._context.times)

    def registry(self, change: RegistryChange) -> None:
        """The worker has waited until the registry has it."""
        if change.kind == "paygroup":
            # No hours change by it. What else is new comes with its own change: its sweep compares with before.
            self._context.registry = replace(self._context.registry, pay_groups=self._newest().pay_groups)
            return
        self._take_newest(devices=[change.id] if change.kind == "device" else [], kinds=[change.kind])

    def _take_newest(self, devices: Sequence[str] = (), kinds: Sequence[str] = ()) -> None:
        if not any(sweep.kind is SweepKind.REGISTRY for sweep in self._sweeps):
            self.before = self._context.registry
        self._context.registry = self._newest()
        self._sweeps.begin(Sweep(kind=SweepKind.REGISTRY, devices=list(devices), kinds=list(kinds)))

    def derive_all(self) -> None:
        """Everything was derived by another registry, which nobody has any more."""
        self._sweeps.begin(Sweep(kind=SweepKind.REGISTRY))

    def period(self, record: PayPeriod) -> None:
        taken = self._context.periods.take(record)
        if taken is None:
            return
        before, now = taken
        was = before.record.status if before is not None else PeriodStatus.OPEN
        self._sweeps.drop(SweepKind.CLOSING, record.tenant, record.pay_group, record.first)
        if now.is_closing:
            self._begin(SweepKind.CLOSING, record)
        elif now.is_locked and was is not PeriodStatus.LOCKED:
            self._begin(SweepKind.LOCK, record)
        elif now.is_locked and before is not None and record.retro > before.record.retro:
            if self._newest().version != self._context.registry.version:
                self._take_newest()  # for everybody, and before it
            self._begin(SweepKind.RETRO, record)
        elif not now.is_locked and was is not PeriodStatus.OPEN:
            self._begin(SweepKind.RELEASE, record)

    def _begin(self, kind: SweepKind, record: PayPeriod) -> None:
        self._sweeps.begin(
            Sweep(
                kind=kind, tenant=record.tenant, pay_group=record.pay_group, first=record.first, version=record.version
            )
        )
