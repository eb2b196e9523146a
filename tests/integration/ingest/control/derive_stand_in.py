"""In the place of the partitions that derive cards: reports on every CLOSING, in transactions, as they do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from runtime.follower import Follower
from runtime.keyed_state import KeyedState
from runtime.settings import Settings
from schemas.codec import decode_event, encode_event
from schemas.payperiods import Hindrance, Manifest, PayPeriod, PeriodReport, PeriodStatus, report_key
from schemas.timecards import MANIFEST_KEYS

PARTITIONS = 2


def manifest(cards: int, number: int) -> Manifest:
    minutes = {**dict.fromkeys(MANIFEST_KEYS, 0), "worked": 480 * cards, "reg": 480 * cards}
    return Manifest(cards=cards, employees=cards, minutes=minutes, content_hash=f"{number:032x}")


@dataclass
class DeriveStandIn:
    """hindrances: of partition 0, without those that are waived. seen: every state of every period, in order."""

    settings: Settings
    cards: int = 3
    hindrances: list[Hindrance] = field(default_factory=list)
    silent: set[int] = field(default_factory=set)
    seen: list[PayPeriod] = field(default_factory=list)
    _todo: asyncio.Queue[PayPeriod] = field(default_factory=asyncio.Queue)

    def take(self, record: Any) -> None:
        period = decode_event(PayPeriod, record.value)
        self.seen.append(period)
        if period.status is PeriodStatus.CLOSING:
            self._todo.put_nowait(period)

    async def report(self, state: KeyedState) -> None:
        while True:
            period = await self._todo.get()
            for partition in range(PARTITIONS):
                if partition not in self.silent:
                    report = self._report(period, partition)
                    output = ("timecards.reports", report_key(report), encode_event(report))
                    await state.put(partition, {}, [output])

    def _report(self, period: PayPeriod, partition: int) -> PeriodReport:
        waived = {(waiver.code, waiver.employee) for waiver in period.waivers}
        found = [one for one in self.hindrances if (one.code, one.employee) not in waived] if partition == 0 else []
        return PeriodReport(
            tenant=period.tenant, pay_group=period.pay_group, first=period.first, last=period.last,
            version=period.version, partition=partition, partitions=PARTITIONS,
            manifest=manifest(self.cards, 2**127 + partition), hindrances=found, hindrance_count=len(found),
        )  # fmt: skip


@asynccontextmanager
async def deriving(settings: Settings, **facts: Any) -> AsyncIterator[DeriveStandIn]:
    derive = DeriveStandIn(settings, **facts)
    state = KeyedState(settings.kafka, "timecards.state", client_id="test-derive")
    follower = Follower(settings.kafka, "payperiods", derive.take, client_id="test-derive")
    await state.assigned(range(PARTITIONS))
    await follower.start()
    reporting = asyncio.create_task(derive.report(state))
    try:
        yield derive
        assert not reporting.done() or reporting.result() is None
    finally:
        reporting.cancel()
        await asyncio.wait([reporting])
        await follower.stop()
        await state.stop()
