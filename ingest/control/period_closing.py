"""Closing a pay period: three steps that any coordinator may take, since all that is known lies in Kafka.

CLOSING is written, the reports of all partitions on that version are waited for, then LOCKED is written, or OPEN with
what hinders. A second coordinator joins: whoever comes second to a step finds what the first made of it. One that dies
leaves CLOSING behind, and the next `close` goes on from there, with the same version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from ingest.control.caller import Caller
from ingest.control.errors import RequestInvalid
from ingest.control.period_book import PeriodBook, PeriodPlace
from ingest.control.period_devices import device_hindrances, devices_of, earliest_start, gap_hindrances
from ingest.control.period_gaps import TOPIC as ACCESS
from ingest.control.period_gaps import gaps_since
from ingest.control.period_life import closing, locked, released, sum_of, waiver_for_device
from ingest.control.period_models import PeriodHindrance, PeriodOutcome
from runtime.device_view import DeviceView
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.sections import KafkaSettings
from schemas.payperiods import PayPeriod, PeriodReport, PeriodStatus

_STATION: Final = "akuvox:"  # what tells gaps
_NAMED_DEVICES: Final = 5  # in the record's reason; `close` itself tells all

Tell = Callable[[int, int], None]  # partitions that have reported, all of them (0: not known yet)


class PeriodCloser:
    """`producer` has `access` prepared, the views are started. Raises what PeriodDesk raises."""

    def __init__(
        self,
        settings: KafkaSettings,
        *,
        book: PeriodBook,
        registry: RegistryView,
        devices: DeviceView,
        producer: Producer,
    ) -> None:
        self._settings = settings
        self._book = book
        self._registry = registry
        self._devices = devices
        self._producer = producer

    async def close(
        self,
        caller: Caller,
        place: PeriodPlace,
        *,
        reason: str,
        sites: Sequence[str],
        wait_seconds: float,
        tell: Tell | None,
    ) -> PeriodOutcome:
        """The outcome is LOCKED, OPEN with what hinders, or CLOSING when the partitions need longer."""
        if unknown := [site for site in sites if self._registry.site(site) is None]:
            raise RequestInvalid(f"the registry has no site {', '.join(unknown)[:200]}")
        word = self._book.word(caller, reason)

        def begin(known: list[PayPeriod]) -> PayPeriod:
            period = self._book.one(known, place, word)
            if period.status is PeriodStatus.CLOSING:
                return period
            group = self._book.group_at(place, date.fromisoformat(period.first))
            return closing(period, group.needs_approval, word)

        details = {"sites": ",".join(sites)} if sites else {}
        period = await self._book.change(caller, "payperiod.close", place, begin, details, reason)
        reports, partitions = await self._book.log.reports(period, wait_seconds, tell)
        if not partitions or len(reports) < partitions:
            return outcome_of(period, reports, partitions)
        devices = await self._of_devices(period, sites)
        ended = await self._end(caller, place, period, reports, devices, reason)
        return outcome_of(ended, reports, partitions, devices)

    async def _of_devices(self, period: PayPeriod, sites: Sequence[str]) -> list[PeriodHindrance]:
        """What devices may still hold, without those that a waiver names."""
        devices = devices_of(
            self._registry.records(), self._devices.states(), tenant=period.tenant, sites=sites,
            last=date.fromisoformat(period.last), now=self._book.now(),
        )  # fmt: skip
        devices = [device for device in devices if waiver_for_device(period, device.serial) is None]
        stations = [device for device in devices if device.serial.casefold().startswith(_STATION)]
        start = earliest_start(date.fromisoformat(period.first))
        partitions = {self._producer.partition(ACCESS, device.serial.encode()) for device in stations}
        gaps = await gaps_since(self._settings, partitions, start)
        return [*device_hindrances(devices), *gap_hindrances(stations, gaps, start)]

    async def _end(
        self,
        caller: Caller,
        place: PeriodPlace,
        period: PayPeriod,
        reports: Sequence[PeriodReport],
        devices: Sequence[PeriodHindrance],
        reason: str,
    ) -> PayPeriod:
        """LOCKED or OPEN; what somebody else made of this closing meanwhile stays."""
        found = outcome_of(period, reports, len(reports), devices)
        hindered = found.hindrance_count > 0
        word = self._book.word(caller, f"not locked: {in_words(found)}" if hindered else reason)

        def decide(known: list[PayPeriod]) -> PayPeriod:
            now = self._book.known_one(known, place)
            if (now.status, now.version) != (period.status, period.version):
                return now
            return released(now, word) if hindered else locked(now, reports, word)

        told = {"content_hash": sum_of(report.manifest for report in reports).content_hash}
        action = "payperiod.release" if hindered else "payperiod.lock"
        return await self._book.change(caller, action, place, decide, {} if hindered else told, word.reason)


def outcome_of(
    period: PayPeriod, reports: Sequence[PeriodReport], partitions: int, devices: Sequence[PeriodHindrance] = ()
) -> PeriodOutcome:
    """With all that hinders, as far as it is listed: of each partition the first 200."""
    of_cards = [
        PeriodHindrance(code=one.code, employee=one.employee, work_date=one.work_date, detail=one.detail)
        for report in reports
        for one in report.hindrances
    ]
    if partitions and len(reports) >= partitions and not any(report.manifest.cards for report in reports):
        name = "no partition has a card of this pay group for these dates: is its name right?"
        of_cards.append(PeriodHindrance(code="EMPTY", detail=name))
    unlisted = sum(max(0, report.hindrance_count - len(report.hindrances)) for report in reports)
    listed = [*of_cards, *devices]
    return PeriodOutcome(
        period=period, partitions=partitions, reported=len(reports), hindrances=listed,
        hindrance_count=len(listed) + unlisted,
    )  # fmt: skip


def in_words(found: PeriodOutcome) -> str:
    """Hindrances by code, and the first devices."""
    codes = Counter(one.code for one in found.hindrances)
    summed = ", ".join(f"{number} {code}" for code, number in sorted(codes.items()))
    if unlisted := found.hindrance_count - len(found.hindrances):
        summed += f", {unlisted} more"
    devices = [one.detail for one in found.hindrances if one.code == "DEVICE"]
    return "; ".join((summed, *devices[:_NAMED_DEVICES]))
