"""Bodies above what a record takes: the object first, then the record, and never more than two copies in memory."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from pathlib import Path
from typing import cast

import pytest

from ingest.big_bodies import BigBodies
from ingest.budget import Budget
from ingest.devices import Devices
from ingest.emit import ATTENDANCE, DEVICE, OPERATIONS, PHOTOS, RESULTS, Emitter, Route, Where
from ingest.errors import Poison, Reason, Retriable
from runtime.errors import RuntimeFault, StoreRefused, StoreUnavailable
from runtime.objects import ObjectStore
from runtime.objects_local import LocalObjects
from runtime.producer import Producer
from runtime.raw_bodies import fetch_raw, open_raw
from runtime.sealing import Buffer
from schemas.headers import RawHeaders
from tests.unit.ingest.stand_ins import KEYS, KNOWN, NOW_MS, FakeProducer
from tests.unit.runtime.object_stores import MemoryObjects

DEVICE_OF_ACME = Devices.make("KNOWN1", KNOWN, 1 << 60)
WHERE = Where("/iclock/fdata", "SN=KNOWN1", "", NOW_MS)
INLINE, RECORD = 100, 1000
PHOTO_BYTES = 2_000_000
DEADLINE_SECONDS = 0.1


class Store(MemoryObjects):
    """`failure` is what a put raises; `hangs`: it never ends; `in_flight`: what the budget said at the last one."""

    failure: RuntimeFault | None = None
    hangs = False
    in_flight = 0

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    async def put_if_absent(self, name: str, data: Buffer) -> bool:
        self.in_flight = self._budget.in_flight
        if self.failure is not None:
            raise self.failure
        if self.hangs:
            await asyncio.Event().wait()
        return await super().put_if_absent(name, data)


class Bench:
    def __init__(self, limit: int = 10_000) -> None:
        self.producer = FakeProducer()
        self.budget = Budget(limit, lambda: self.producer.pending_bytes)
        self.store = Store(self.budget)
        self.emitter = self.emitter_of(self.store)

    def emitter_of(
        self, store: ObjectStore, inline: int = INLINE, record: int = RECORD, seconds: float = DEADLINE_SECONDS
    ) -> Emitter:
        big = BigBodies(store, self.budget, inline_bytes=inline, deadline_seconds=seconds)
        return Emitter(
            cast(Producer, self.producer), self.budget, KEYS, edge_id="e", boot="b", record_body_bytes=record, big=big
        )

    async def send(self, body: bytes, route: Route = PHOTOS) -> None:
        await self.emitter.store(route, "ATTPHOTO", body, DEVICE_OF_ACME, WHERE)


@pytest.mark.parametrize("route", [OPERATIONS, RESULTS, PHOTOS])
async def test_a_big_sealed_body_is_an_object_that_its_record_names(route: Route) -> None:
    bench = Bench()
    body = os.urandom(INLINE + 1)
    await bench.send(body, route)
    (sent,) = bench.producer.sent
    assert (sent.value, sent.key, sent.partition_by) == (b"", b"KNOWN1", b"KNOWN1")
    contract = RawHeaders(
        "KNOWN1", "acme", "ATTPHOTO", NOW_MS, "e", "e-b-1", "/iclock/fdata", "SN=KNOWN1", sealed="acme.1",
        stored=sent.raw.stored, size=len(body) + 28,
    )  # fmt: skip
    assert sent.headers == contract.encode()
    kept = await fetch_raw(bench.store, route.topic, sent.raw)
    assert open_raw(KEYS, route.topic, sent.raw, kept) == body


async def test_up_to_the_limit_a_body_travels_in_its_record() -> None:
    bench = Bench()
    await bench.send(b"x" * INLINE)
    assert not bench.store.bodies
    assert bench.producer.sent[0].raw.stored == ""
    assert len(bench.producer.sent[0].value) == INLINE + 28


@pytest.mark.parametrize("route", [ATTENDANCE, DEVICE])
async def test_what_is_not_sealed_is_always_inline_or_refused_for_good(route: Route) -> None:
    bench = Bench()
    await bench.send(b"x" * RECORD, route)
    assert len(bench.producer.sent[0].value) == RECORD
    with pytest.raises(Poison) as refused:
        await bench.send(b"x" * (RECORD + 1), route)
    assert (refused.value.status, refused.value.reason) == (413, Reason.BODY_TOO_LARGE)
    assert not bench.store.bodies
    assert len(bench.producer.sent) == 1


@pytest.mark.parametrize("failure", [StoreUnavailable("no room"), StoreRefused("no such bucket")])
async def test_without_the_store_nothing_reaches_kafka_and_small_bodies_go_on(
    failure: RuntimeFault, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench()
    bench.store.failure = failure
    for _ in range(2):
        with pytest.raises(Retriable) as refused:
            await bench.send(b"x" * 200)
        assert refused.value.reason is Reason.STORE_UNAVAILABLE
    assert not bench.producer.sent
    assert [record.getMessage() for record in caplog.records] == [
        f"a big upload is refused, {failure}; 0 more like it since the last line"
    ]
    await bench.send(b"x")
    assert len(bench.producer.sent) == 1
    assert bench.budget.in_flight == 0


async def test_store_and_kafka_have_the_ack_deadline_together() -> None:
    bench = Bench()
    bench.store.hangs = True
    with pytest.raises(Retriable) as refused:
        async with asyncio.timeout(20 * DEADLINE_SECONDS):
            await bench.send(b"x" * 200)
    assert refused.value.reason is Reason.STORE_UNAVAILABLE
    assert not bench.producer.sent
    bench.store.hangs, bench.producer.mode = False, "hold"
    with pytest.raises(Retriable) as refused:
        async with asyncio.timeout(20 * DEADLINE_SECONDS):
            await bench.send(b"x" * 200)
    assert refused.value.reason is Reason.NOT_ACKNOWLEDGED
    assert bench.emitter.last_failure


async def test_a_repeat_after_a_failure_of_kafka_is_the_same_object() -> None:
    bench = Bench()
    bench.producer.mode = "fail"
    for _ in range(3):
        with pytest.raises(Retriable) as refused:
            await bench.send(b"x" * 200)
        assert refused.value.reason is Reason.NOT_ACKNOWLEDGED
    bench.producer.mode = "ack"
    await bench.send(b"x" * 200)
    assert list(bench.store.bodies) == [bench.producer.sent[-1].raw.stored]


async def test_the_object_is_there_before_the_record() -> None:
    bench = Bench()
    bench.producer.mode = "full"
    with pytest.raises(Retriable):
        await bench.send(b"x" * 200)
    assert len(bench.store.bodies) == 1
    assert not bench.producer.sent


async def test_the_budget_counts_a_body_on_its_way_to_the_store() -> None:
    bench = Bench(limit=500)
    await bench.send(b"x" * 200)
    assert bench.store.in_flight == 200
    bench.producer.pending_bytes = 301
    with pytest.raises(Retriable) as refused:
        await bench.send(b"x" * 200)
    assert refused.value.reason is Reason.BUDGET_FULL


@pytest.mark.parametrize("inline", [PHOTO_BYTES, 64 * 1024])
async def test_a_photo_costs_two_copies_at_most(inline: int, tmp_path: Path) -> None:
    """As it came, and sealed: until Kafka's client has the record, or the store the object."""
    bench = Bench(limit=4 * PHOTO_BYTES)
    bench.emitter = bench.emitter_of(LocalObjects(tmp_path), inline, 2 * PHOTO_BYTES, seconds=10)
    await bench.send(b"warm" * 30_000)
    bench.producer.sent.clear()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        body = os.urandom(PHOTO_BYTES)
        tracemalloc.reset_peak()
        await bench.send(body)
        copies = (tracemalloc.get_traced_memory()[1] - before) / PHOTO_BYTES
    finally:
        tracemalloc.stop()
    assert 1.99 < copies < 2.05
    assert bool(bench.producer.sent[0].raw.stored) == (inline < PHOTO_BYTES)
