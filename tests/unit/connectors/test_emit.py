"""What goes to Kafka for a source: bodies, headers, seals, who may write what."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.emit import MAX_BODY_BYTES, MAX_BODY_ROWS, SourceEmit, bodies
from runtime.errors import BufferFull, DeliveryFailed, KeyMissing
from runtime.keyring import KeyRing
from runtime.producer import Producer
from runtime.raw_bodies import open_raw
from runtime.sealing import Sealer
from schemas.headers import RawHeaders
from schemas.polled import PolledTable

KEY = "biotime:b1"
SEALER = Sealer(b"k" * 32, "demo.1")


@dataclass(eq=False)
class Ack:
    kafka: Kafka

    async def acked(self) -> int:
        await asyncio.sleep(0)
        self.kafka.waited += 1
        if self.kafka.fails:
            raise DeliveryFailed("not within 30 s")
        self.kafka.unacked -= 1
        return 0


@dataclass
class Kafka:
    """Stands in for the producer. room: batches that may wait."""

    room: int = 100
    fails: bool = False
    unacked: int = 0
    most_unacked: int = 0
    waited: int = 0
    records: list[tuple[str, bytes, bytes | None, bytes, Any]] = field(default_factory=list)

    def append(
        self, topic: str, key: bytes, value: bytes | None, *, partition_by: bytes, headers: Any = None,
        timestamp_ms: int | None = None,
    ) -> Ack:  # fmt: skip
        if self.unacked >= self.room:
            raise BufferFull("full")
        self.unacked += 1
        self.most_unacked = max(self.most_unacked, self.unacked)
        self.records.append((topic, key, value, partition_by, headers))
        return Ack(self)


class Keys:
    def __init__(self, *tenants: str) -> None:
        self._tenants = tenants

    def sealer(self, tenant: str) -> Sealer:
        if tenant not in self._tenants:
            raise KeyMissing(f"tenant {tenant!r} has no key")
        return SEALER

    def opener(self, key_id: str) -> Sealer:
        assert key_id == "demo.1"
        return SEALER


KEYS = cast(KeyRing, Keys("demo"))


class Known:
    """Stands in for a view: `o` is an operator's, `same` says `{}` already."""

    def says(self, key: bytes, value: bytes) -> bool:
        return key == b"same" and value == b"{}"

    def is_operators(self, key: bytes) -> bool:
        return key == b"o"


def make(kafka: Kafka, *, keys: KeyRing = KEYS) -> SourceEmit:
    views = dict.fromkeys(("employees", "identities", "registry"), Known())
    return SourceEmit(
        cast(Producer, kafka), keys, views, source=KEY, tenant="demo", worker="w1", clock=lambda: 1_790_000_000.5
    )


async def test_rows_travel_with_all_that_surrounds_them() -> None:
    kafka = Kafka()
    notes = {"zone": "Asia/Dubai", "offsets": "T1:14400,T2:19800"}
    await make(kafka).rows(PolledTable.BIOTIME_TRANSACTIONS, [{"id": 1}, {"id": 2}], notes=notes, redacted="gps")
    ((topic, key, value, partition_by, headers),) = kafka.records
    raw = RawHeaders.decode(headers)
    assert (topic, key, partition_by, value) == ("raw.attendance", b"biotime:b1", b"biotime:b1", b'[{"id":1},{"id":2}]')
    assert (raw.source, raw.tenant, raw.table, raw.edge) == (KEY, "demo", "BIOTIME/TRANSACTIONS", "w1")
    assert (raw.received_at, raw.redacted, raw.sealed) == (1_790_000_000_500, "gps", "")
    assert raw.query == "zone=Asia%2FDubai&offsets=T1%3A14400%2CT2%3A19800"
    assert len(raw.request_id) == 16
    assert kafka.waited == 1


async def test_what_may_hold_secrets_is_sealed_and_nothing_goes_without_the_key() -> None:
    kafka = Kafka()
    await make(kafka).rows(PolledTable.BIOTIME_EMPLOYEES, [{"emp_code": "7"}])
    ((topic, _, value, _, headers),) = kafka.records
    raw = RawHeaders.decode(headers)
    assert (topic, raw.sealed) == ("raw.operations", "demo.1")
    assert value is not None
    assert b"emp_code" not in value
    assert open_raw(KEYS, topic, raw, value) == b'[{"emp_code":"7"}]'
    with pytest.raises(KeyMissing):
        await make(kafka, keys=cast(KeyRing, Keys())).rows(PolledTable.AKUVOX_USERS, [{"UserID": "7"}])
    assert len(kafka.records) == 1


async def test_no_rows_are_no_record_and_one_object_is_one_body() -> None:
    kafka = Kafka()
    await make(kafka).rows(PolledTable.AKUVOX_DOORLOG, [])
    await make(kafka).one(PolledTable.GAP, {"log": "door"}, notes={"epoch": "2"})
    ((topic, _, value, _, headers),) = kafka.records
    assert (topic, value, RawHeaders.decode(headers).query) == ("raw.attendance", b'{"log":"door"}', "epoch=2")


async def test_a_long_read_keeps_few_bodies_waiting_and_makes_room_for_itself() -> None:
    rows = [{"id": number, "x": "y" * 1000} for number in range(30_000)]
    for room, most in ((100, 9), (2, 2)):
        kafka = Kafka(room=room)
        await make(kafka).rows(PolledTable.BIOTIME_TRANSACTIONS, rows)
        assert [row["id"] for record in kafka.records for row in orjson.loads(record[2] or b"")] == list(range(30_000))
        assert kafka.most_unacked == most
        assert kafka.unacked == 0
    with pytest.raises(BufferFull):
        await make(Kafka(room=0)).rows(PolledTable.BIOTIME_TRANSACTIONS, rows[:1])


async def test_what_kafka_does_not_take_is_told() -> None:
    with pytest.raises(DeliveryFailed):
        await make(Kafka(fails=True)).rows(PolledTable.BIOTIME_TRANSACTIONS, [{"id": 1}])


async def test_derived_records_leave_alone_what_an_operator_wrote_or_is_there_already() -> None:
    kafka = Kafka()
    records = [
        (b"o", b"{}", b"p"),
        (b"o", None, b"p"),
        (b"same", b"{}", b"p"),
        (b"same", None, b"p"),
        (b"new", b"{}", b"q"),
    ]
    await make(kafka).records("employees", records)
    assert [record[:4] for record in kafka.records] == [
        ("employees", b"same", None, b"p"), ("employees", b"new", b"{}", b"q")
    ]  # fmt: skip
    await make(kafka).records("corrections", [(b"o", b"{}", b"p")])
    assert kafka.records[-1][:2] == ("corrections", b"o")
    with pytest.raises(ValueError, match="do not write the topic punches"):
        await make(kafka).records("punches", [])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60_000), st.integers(1, 200)), max_size=30))
def test_bodies_hold_all_rows_in_order_and_are_bounded(runs: list[tuple[int, int]]) -> None:
    rows = [
        {"n": index, "x": "y" * size}
        for index, size in enumerate(size for size, count in runs for _ in range(count // 20 + 1))
    ]
    made = list(bodies(rows))
    read = [orjson.loads(body) for body in made]
    assert [row for body in read for row in body] == rows
    for body, found in zip(made, read, strict=True):
        assert found
        assert len(found) <= MAX_BODY_ROWS
        assert len(body) <= MAX_BODY_BYTES or len(found) == 1


def test_a_row_that_is_larger_than_a_body_goes_alone() -> None:
    rows: list[dict[str, Any]] = [
        {"n": 1},
        {"x": "y" * (MAX_BODY_BYTES + 1)},
        {"n": 2},
        *({"n": number} for number in range(4000)),
    ]
    assert [len(orjson.loads(body)) for body in bodies(rows)] == [1, 1, 2000, 2000, 1]
