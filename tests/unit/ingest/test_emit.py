"""Raw records: headers exactly as schemas.headers says, sealing, routes."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from ingest.budget import Budget
from ingest.devices import Devices
from ingest.emit import ATTENDANCE, DEVICE, OPERATIONS, PHOTOS, Emitter, Route, Where, route_of
from ingest.errors import Reason, Retriable
from runtime.producer import Producer
from runtime.raw_bodies import open_raw
from runtime.sealing import SealBroken
from schemas.headers import RawHeaders
from tests.unit.ingest.stand_ins import KEYS, KNOWN, FakeProducer

KNOWN_DEVICE = Devices.make("KNOWN1", KNOWN, 1 << 60)


def emitter(producer: FakeProducer, limit: int = 1000) -> Emitter:
    budget = Budget(limit, lambda: producer.pending_bytes)
    return Emitter(cast(Producer, producer), budget, KEYS, edge_id="edge-t", boot="b00t")


@pytest.mark.parametrize(
    "where",
    [
        Where("/iclock/cdata", "SN=KNOWN1&x=%ff", "communication key", 17),
        Where("/iclock/CDATA.aspx", "SN=KNOWN1", "", 17),
        Where("/iclock/cdata", "", "", 17),
    ],
)
@pytest.mark.parametrize("route", [ATTENDANCE, OPERATIONS])
async def test_headers_are_those_of_the_contract(where: Where, route: Route) -> None:
    producer = FakeProducer()
    await emitter(producer).store(route, "ATTLOG", b"body", KNOWN_DEVICE, where)
    contract = RawHeaders(
        source="KNOWN1",
        tenant="acme",
        table="ATTLOG",
        received_at=17,
        edge="edge-t",
        request_id="edge-t-b00t-1",
        path=where.path,
        query=where.query,
        redacted=where.redacted,
        sealed="acme.1" if route.sealed else "",
    )
    assert producer.sent[0].headers == contract.encode()
    assert (producer.sent[0].key, producer.sent[0].partition_by, producer.sent[0].timestamp_ms) == (
        b"KNOWN1",
        b"KNOWN1",
        17,
    )


async def test_request_ids_are_unique() -> None:
    producer = FakeProducer()
    sender = emitter(producer)
    for _ in range(100):
        await sender.store(ATTENDANCE, "ATTLOG", b"", KNOWN_DEVICE, Where("/", "", "", 1))
    assert len({sent.raw.request_id for sent in producer.sent}) == 100


async def test_a_sealed_body_opens_for_its_topic_and_device_only() -> None:
    producer = FakeProducer()
    await emitter(producer).store(PHOTOS, "ATTPHOTO", b"face", KNOWN_DEVICE, Where("/", "", "", 1))
    sealed, raw = producer.sent[0].value, producer.sent[0].raw
    assert b"face" not in sealed
    assert open_raw(KEYS, "raw.photos", raw, sealed) == b"face"
    for topic, other in (("raw.operations", raw), ("raw.photos", replace(raw, source="KNOWN2"))):
        with pytest.raises(SealBroken):
            open_raw(KEYS, topic, other, sealed)


async def test_each_tenant_has_its_own_key() -> None:
    producer = FakeProducer()
    sender = emitter(producer)
    for tenant in ("acme", "default"):
        device = Devices.make("D1", replace(KNOWN, tenant=tenant), 1 << 60)
        await sender.store(OPERATIONS, "OPERLOG", b"USER PIN=1", device, Where("/", "", "", 1))
    assert [sent.raw.sealed for sent in producer.sent] == ["acme.1", "default.1"]
    with pytest.raises(SealBroken):
        open_raw(KEYS, "raw.operations", replace(producer.sent[0].raw, sealed="default.1"), producer.sent[0].value)


async def test_without_a_key_only_what_travels_open_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    producer = FakeProducer()
    sender = emitter(producer)
    device = Devices.make("D1", replace(KNOWN, tenant="new-one"), 1 << 60)
    for _ in range(2):
        with pytest.raises(Retriable) as refused:
            await sender.store(OPERATIONS, "OPERLOG", b"USER PIN=1", device, Where("/", "", "", 1))
        assert refused.value.reason is Reason.SEAL_KEY_MISSING
    assert not producer.sent
    assert [record.getMessage() for record in caplog.records] == [
        "tenant 'new-one' has no key; 0 more like it since the last line"
    ]
    await sender.store(ATTENDANCE, "ATTLOG", b"1", device, Where("/", "", "", 1))
    assert len(producer.sent) == 1


@pytest.mark.parametrize(("mode", "reason"), [("full", Reason.BUDGET_FULL), ("fail", Reason.NOT_ACKNOWLEDGED)])
async def test_what_kafka_does_not_take_is_to_be_sent_again(mode: str, reason: Reason) -> None:
    producer = FakeProducer(mode="full" if mode == "full" else "fail")
    sender = emitter(producer)
    with pytest.raises(Retriable) as refused:
        await sender.store(ATTENDANCE, "ATTLOG", b"x", KNOWN_DEVICE, Where("/", "", "", 1))
    assert refused.value.reason is reason
    assert bool(sender.last_failure) == (mode == "fail")


async def test_a_full_budget_takes_nothing() -> None:
    producer = FakeProducer(pending_bytes=995)
    with pytest.raises(Retriable) as refused:
        await emitter(producer).store(ATTENDANCE, "ATTLOG", b"123456", KNOWN_DEVICE, Where("/", "", "", 1))
    assert refused.value.reason is Reason.BUDGET_FULL
    assert not producer.sent


def test_a_note_never_fails() -> None:
    emitter(FakeProducer(mode="full")).note("PRESENCE", b"", KNOWN_DEVICE, Where("/", "", "", 1))


@pytest.mark.parametrize(
    ("table", "route"),
    [
        ("ATTLOG", ATTENDANCE),
        ("OPTIONS", DEVICE),
        ("USERPIC", PHOTOS),
        ("OPERLOG", OPERATIONS),
        ("NEVER SEEN", OPERATIONS),
    ],
)
def test_routes(table: str, route: Route) -> None:
    assert route_of(table) == route


def test_only_what_describes_a_device_or_a_punch_travels_open() -> None:
    assert not ATTENDANCE.sealed
    assert not DEVICE.sealed
    assert OPERATIONS.sealed
    assert PHOTOS.sealed
