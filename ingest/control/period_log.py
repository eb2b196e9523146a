"""The topics behind pay periods: all states of all periods, changing one, and the reports of the partitions.

A change is a compare-and-set: KeyedState fences every other writer of the partition and reads it to its end before the
next record is decided on, so two coordinators can never both lock. Whoever is fenced in between decides anew.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from aiokafka import ConsumerRecord

from ingest.control.errors import NotNow
from runtime.errors import StateFenced, StateUncertain, StateUnreadable, ViewUnreadable
from runtime.follower import Follower
from runtime.keyed_state import KeyedState
from runtime.sections import KafkaSettings
from schemas.codec import NotAnEvent, decode_event, encode_event
from schemas.payperiods import PayPeriod, PeriodReport, period_key

log = logging.getLogger(__name__)

PERIODS: Final = "payperiods"
REPORTS: Final = "timecards.reports"
_DEADLINE_SECONDS: Final = 20.0
_ATTEMPTS: Final = 8  # of writers that take the partition from each other; each attempt takes milliseconds
_PAUSE_SECONDS: Final = 0.2
_CHECK_SECONDS: Final = 0.5

Decide = Callable[[list[PayPeriod]], PayPeriod]


class PeriodLog:
    """`partition_of`: of payperiods, by tenant and pay group. Methods raise NotNow when Kafka does not answer."""

    def __init__(self, settings: KafkaSettings, partition_of: Callable[[str, str], int]) -> None:
        self._settings = settings
        self._partition_of = partition_of
        self._changing = asyncio.Lock()  # those of one process need not fence each other

    async def known(self) -> list[PayPeriod]:
        """The latest state of every period, by tenant, group and date."""
        latest: dict[bytes, PayPeriod] = {}

        def apply(record: ConsumerRecord[bytes, bytes]) -> None:
            period = _period(record.key, record.value)
            if period is not None and (record.key not in latest or period.version > latest[record.key].version):
                latest[record.key] = period

        await self._read(PERIODS, apply)
        return [latest[key] for key in sorted(latest)]

    async def change(self, tenant: str, pay_group: str, decide: Decide) -> tuple[PayPeriod, bool]:
        """`decide` is given the latest state of every period of the group, by date, and returns what shall hold; a
        state among those given writes nothing. It may be asked more than once, and what it raises is passed on.
        Returns that state, and whether it was written."""
        async with self._changing:
            return await self._change_at_last(tenant, pay_group, decide)

    async def _change_at_last(self, tenant: str, pay_group: str, decide: Decide) -> tuple[PayPeriod, bool]:
        tried: list[PayPeriod] = []  # what may have been written without our knowing
        for attempt in range(_ATTEMPTS):
            if attempt:
                await asyncio.sleep(_PAUSE_SECONDS * attempt)
            state = KeyedState(
                self._settings, PERIODS, client_id="punchstream-periods", deadline_seconds=_DEADLINE_SECONDS,
                catch_up_seconds=_DEADLINE_SECONDS,
            )  # fmt: skip
            try:
                return await self._change(state, tenant, pay_group, decide, tried)
            except (StateFenced, StateUncertain, StateUnreadable) as error:
                log.info("pay periods of %s: attempt %d: %s", pay_group, attempt + 1, error)
                last = error
            finally:
                await state.stop()
        raise NotNow(f"whether the pay period was changed is not known, look at it: {last}") from last

    async def _change(
        self, state: KeyedState, tenant: str, pay_group: str, decide: Decide, tried: list[PayPeriod]
    ) -> tuple[PayPeriod, bool]:
        partition = self._partition_of(tenant, pay_group)
        await state.assigned([partition])
        prefix = f"{tenant}+{pay_group}+".encode()
        found = [
            period
            for key, value in sorted(state.items(partition).items())
            if key.startswith(prefix) and (period := _period(key, value)) is not None
        ]
        for written in tried:
            if written in found:
                return written, True
        wanted = decide(found)
        if wanted in found:
            return wanted, False
        tried.append(wanted)
        await state.put(partition, {period_key(tenant, pay_group, wanted.first): encode_event(wanted)})
        # Kafka writes the marker of a commit after it has answered. Taking the partition once more waits for it, so
        # that whoever asks next sees the change.
        with suppress(StateUnreadable):
            await state.assigned([partition])
        return wanted, True

    async def reports(
        self, period: PayPeriod, wait_seconds: float, tell: Callable[[int, int], None] | None = None
    ) -> tuple[list[PeriodReport], int]:
        """What partitions said of this CLOSING, and how many partitions there are (0: not known yet).
        Returns when all have, or after so long; `tell` is told both numbers as they rise."""
        found: dict[int, PeriodReport] = {}
        prefix = period_key(period.tenant, period.pay_group, period.first) + b"+"
        moved = asyncio.Event()

        def apply(record: ConsumerRecord[bytes, bytes]) -> None:
            if record.value is None or not (record.key or b"").startswith(prefix):
                return
            report = _report(record.value)
            if report is not None and report.version == period.version:
                found[report.partition] = report
                moved.set()

        def partitions() -> int:
            return max((report.partitions for report in found.values()), default=0)

        def complete() -> bool:
            return bool(found) and len(found) >= partitions()

        follower = self._follower(REPORTS, apply)
        deadline = time.monotonic() + wait_seconds
        try:
            await follower.start()
            while True:
                if tell is not None:
                    tell(len(found), partitions())
                if complete() or time.monotonic() >= deadline:
                    break
                if follower.failed:
                    raise NotNow(follower.failed)
                moved.clear()
                left = min(_CHECK_SECONDS, max(0.0, deadline - time.monotonic()))
                try:
                    await asyncio.wait_for(moved.wait(), left)
                except TimeoutError:
                    continue
        except ViewUnreadable as error:
            raise NotNow(f"the reports of the partitions cannot be read now: {error}") from error
        finally:
            await follower.stop()
        return [found[number] for number in sorted(found)], partitions()

    async def last_reports(self, period: PayPeriod) -> list[PeriodReport]:
        """Of its last closing, whatever came of it; none when it was never closed."""
        found: dict[int, PeriodReport] = {}
        prefix = period_key(period.tenant, period.pay_group, period.first) + b"+"

        def apply(record: ConsumerRecord[bytes, bytes]) -> None:
            if record.value is not None and (record.key or b"").startswith(prefix):
                report = _report(record.value)
                if report is not None:
                    found[report.partition] = report

        await self._read(REPORTS, apply)
        newest = max((report.version for report in found.values()), default=0)
        return [found[number] for number in sorted(found) if found[number].version == newest]

    async def _read(self, topic: str, apply: Callable[[Any], None]) -> None:
        follower = self._follower(topic, apply)
        try:
            await follower.start()
        except ViewUnreadable as error:
            raise NotNow(f"topic {topic} cannot be read from Kafka now: {error}") from error
        finally:
            await follower.stop()

    def _follower(self, topic: str, apply: Callable[[Any], None]) -> Follower:
        return Follower(
            self._settings, topic, apply, client_id="punchstream-periods", deadline_seconds=_DEADLINE_SECONDS
        )


def _period(key: bytes | None, value: bytes | None) -> PayPeriod | None:
    if value is None:
        return None
    try:
        return decode_event(PayPeriod, value)
    except NotAnEvent as error:
        # Deciding without it could lock a period twice.
        raise NotNow(f"the record {key!r} of topic {PERIODS} cannot be read by this version: {error}") from error


def _report(value: bytes) -> PeriodReport | None:
    try:
        return decode_event(PeriodReport, value)
    except NotAnEvent as error:
        log.error("a report on a pay period is kept out: %s", error)
        return None
