"""Pay periods as operators and payroll see them: list, close, waive, acknowledge, reopen, retro. Source:
spec/timecards.md B13, D; docs/pay-periods.md.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from ingest.control.caller import Caller
from ingest.control.errors import ControlRefused, HashDiffers, NotNow, RequestInvalid
from ingest.control.period_book import PeriodBook, PeriodPlace
from ingest.control.period_closing import PeriodCloser, Tell, outcome_of
from ingest.control.period_gaps import TOPIC as ACCESS
from ingest.control.period_life import (
    acknowledged,
    check_waiver,
    name_of,
    released,
    reopened,
    retro_ordered,
    waived,
)
from ingest.control.period_log import PERIODS
from ingest.control.period_models import PeriodManifest, PeriodOutcome
from runtime.device_view import DeviceView
from runtime.errors import ViewUnreadable
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.settings import Settings
from schemas.payperiods import PayPeriod, PeriodStatus, Waiver

TOPICS: Final = (PERIODS, ACCESS)
_REGISTRY_SECONDS: Final = 20.0


class PeriodDesk:
    """`producer` has TOPICS and `audit` prepared, the views are started.

    Methods are for callers of all sites, and raise Forbidden, NotThere, RequestInvalid, ControlRefused, NotNow.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        registry: RegistryView,
        devices: DeviceView,
        producer: Producer,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._registry = registry
        self._book = PeriodBook(settings, registry=registry, producer=producer, clock=clock)
        self._closer = PeriodCloser(
            settings.kafka, book=self._book, registry=registry, devices=devices, producer=producer
        )

    async def known(
        self, caller: Caller, *, tenant: str = "", pay_group: str = "", status: PeriodStatus | None = None
    ) -> list[PayPeriod]:
        """The latest state of each period that anybody said anything of, by group and date."""
        place = self._book.let_in(caller, "read", PeriodPlace(pay_group, date(2024, 1, 1), tenant))
        return [
            period
            for period in await self._book.log.known()
            if period.tenant == place.tenant
            and (not pay_group or period.pay_group == pay_group)
            and (status is None or period.status is status)
        ]

    async def show(self, caller: Caller, place: PeriodPlace) -> PeriodOutcome:
        """The period, and what the partitions said when it was closed last; what devices hindered is in its reason."""
        period, place = await self._find(caller, place)
        reports = await self._book.log.last_reports(period)
        return outcome_of(period, reports, max((report.partitions for report in reports), default=0))

    async def manifest(self, caller: Caller, place: PeriodPlace) -> PeriodManifest:
        """What payroll compares with what it computed. Raises ControlRefused: not locked."""
        period, place = await self._find(caller, place)
        if period.status is not PeriodStatus.LOCKED or period.manifest is None:
            raise ControlRefused(f"{name_of(period)} is {period.status}: payroll acts on locked ones alone")
        return PeriodManifest(
            tenant=period.tenant, pay_group=period.pay_group, first=period.first, last=period.last,
            version=period.version, manifest=period.manifest, waivers=period.waivers,
            acknowledged_hash=period.acknowledged_hash, acknowledged_by=period.acknowledged_by,
            acknowledged_at=period.acknowledged_at, retro=period.retro, retro_registry=period.retro_registry,
        )  # fmt: skip

    async def close(
        self,
        caller: Caller,
        place: PeriodPlace,
        *,
        reason: str = "",
        sites: Sequence[str] = (),
        wait_seconds: float = 10.0,
        tell: Tell | None = None,
    ) -> PeriodOutcome:
        """Close it, or go on with a closing that was begun. sites: whose devices must have told everything, none: all
        of the tenant. Outcome: period_closing.py."""
        place = self._book.let_in(caller, "operate", place)
        return await self._closer.close(caller, place, reason=reason, sites=sites, wait_seconds=wait_seconds, tell=tell)

    async def give_up(self, caller: Caller, place: PeriodPlace, *, reason: str = "") -> PayPeriod:
        """A closing that was begun ends, whoever began it: OPEN again."""
        place = self._book.let_in(caller, "operate", place)
        word = self._book.word(caller, reason)
        return await self._book.change(
            caller,
            "payperiod.open",
            place,
            lambda known: released(self._book.known_one(known, place), word),
            {},
            reason,
        )

    async def waive(self, caller: Caller, place: PeriodPlace, waiver: Waiver) -> PayPeriod:
        """What would hinder the next closing does not. Its `waived_by` is the caller, whatever it says."""
        place = self._book.let_in(caller, "admin", place)
        word = self._book.word(caller, waiver.reason)
        named = Waiver(
            code=waiver.code, employee=waiver.employee, work_date=waiver.work_date, device=waiver.device,
            waived_by=word.by, reason=waiver.reason,
        )  # fmt: skip

        def decide(known: list[PayPeriod]) -> PayPeriod:
            period = self._book.one(known, place, word)
            check_waiver(named, period)
            return waived(period, named, word)

        names = ("code", "employee", "work_date", "device")
        details = {name: text for name in names if (text := getattr(named, name))}
        return await self._book.change(caller, "payperiod.waive", place, decide, details, waiver.reason)

    async def acknowledge(
        self, caller: Caller, place: PeriodPlace, content_hash: str, *, reason: str = ""
    ) -> PayPeriod:
        """Payroll computed this hash over the cards that it holds. Raises HashDiffers, which the audit log has too."""
        place = self._book.let_in(caller, "operate", place)
        word = self._book.word(caller, reason)

        def decide(known: list[PayPeriod]) -> PayPeriod:
            return acknowledged(self._book.known_one(known, place), content_hash, word)

        details = {"content_hash": content_hash}
        try:
            return await self._book.change(caller, "payperiod.acknowledge", place, decide, details, reason)
        except HashDiffers as error:
            told = {**details, "why": str(error)}
            await self._book.audit(caller, "payperiod.acknowledge_refused", place, told, reason)
            raise

    async def reopen(
        self, caller: Caller, place: PeriodPlace, *, reason: str = "", not_paid_yet: bool = False
    ) -> PayPeriod:
        """A locked period that was not paid: versions go on, and it is closed again later."""
        place = self._book.let_in(caller, "admin", place)
        word = self._book.word(caller, reason)

        def decide(known: list[PayPeriod]) -> PayPeriod:
            return reopened(self._book.known_one(known, place), word, not_paid_yet=not_paid_yet)

        details = {"not_paid_yet": "true"} if not_paid_yet else {}
        return await self._book.change(caller, "payperiod.reopen", place, decide, details, reason)

    async def retro(self, caller: Caller, place: PeriodPlace, *, reason: str = "") -> PayPeriod:
        """A locked period is derived anew by the registry as it is now; the differences become adjustments."""
        place = self._book.let_in(caller, "admin", place)
        word = self._book.word(caller, reason)
        if not reason.strip():
            raise RequestInvalid("a retro change needs a reason")
        try:
            async with asyncio.timeout(_REGISTRY_SECONDS):
                await self._registry.reached_end()
        except (ViewUnreadable, TimeoutError) as error:
            raise NotNow(f"the registry cannot be read to its end now: {error!r}") from error
        version = self._registry.version

        def decide(known: list[PayPeriod]) -> PayPeriod:
            return retro_ordered(self._book.known_one(known, place), version, word)

        return await self._book.change(caller, "payperiod.retro", place, decide, {"registry": str(version)}, reason)

    async def _find(self, caller: Caller, place: PeriodPlace) -> tuple[PayPeriod, PeriodPlace]:
        place = self._book.let_in(caller, "read", place)
        return self._book.known_one(await self._book.of_group(place), place), place
