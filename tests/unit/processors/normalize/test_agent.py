"""The handler of raw.attendance: which converter reads what, and to which partitions its events go."""

from __future__ import annotations

from typing import cast

import orjson
import pytest

from processors.errors import BrakesPulled
from processors.normalize.agent import Normalizer
from processors.safe_agent import Record
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from schemas.codec import decode_event
from schemas.deadletters import DeadLetter, Reason
from schemas.devices import DeviceInput, InputKind
from schemas.events import Punch
from schemas.headers import RawHeaders
from schemas.polled import PolledTable
from schemas.resolver_input import ResolverInput, ResolverInputKind
from tests.unit.processors.normalize.polled.polled import RECEIVED, SERVER, STATION, door_row, transaction
from tests.unit.processors.normalize.test_body_agent import MemoryProducer, MemoryRegistry


def record(table: str, source: str, body: object, offset: int = 5) -> Record:
    headers = RawHeaders(source, "demo", table, RECEIVED, "worker-1", "r", "", "zone=Asia%2FDubai&punches=1%3Ain")
    value = body if isinstance(body, bytes) else orjson.dumps(body)
    return Record(1, offset, source.encode(), value, headers.encode())


async def handled(*records: Record) -> MemoryProducer:
    producer = MemoryProducer()
    normalizer = Normalizer(cast("Producer", producer), cast("RegistryView", MemoryRegistry()), "UTC")
    await normalizer.handle(records)
    return producer


async def test_each_row_goes_to_the_partition_of_its_own_device() -> None:
    rows = [transaction(id=1, terminal_sn="TST1"), transaction(id=2, terminal_sn=""), transaction(id=3)]
    producer = await handled(record(PolledTable.BIOTIME_TRANSACTIONS.value, SERVER, rows))
    punches = [(sent, decode_event(Punch, sent.value)) for sent in producer.of("punches")]
    assert [sent.partition_by for sent, _ in punches] == [b"TST1", SERVER.encode(), b"T1"]
    assert all(sent.key == punch.event_id.encode() for sent, punch in punches)
    assert [(punch.site, punch.registry_version) for _, punch in punches] == [("north", 3), ("", 0), ("", 0)]
    told = producer.of("device.input")
    assert [(sent.key, sent.partition_by) for sent in told] == [
        (device, device) for device in (b"TST1", SERVER.encode(), b"T1")
    ]


async def test_every_punch_is_told_to_resolve_with_the_same_bytes() -> None:
    producer = await handled(
        record("ATTLOG", "TST1", b"0123\t2026-03-02 08:00:05\t0\t1\n7\t2026-03-02 08:00:06\t0\t1\n"),
        record(PolledTable.BIOTIME_TRANSACTIONS.value, SERVER, [transaction(terminal_sn="tst1")]),
    )
    told = producer.of("resolver.input")
    assert [(sent.key, sent.partition_by) for sent in told] == [(b"TST1", b"TST1")] * 3
    inputs = [decode_event(ResolverInput, sent.value) for sent in told]
    assert [one.punch for one in inputs] == [decode_event(Punch, sent.value) for sent in producer.of("punches")]
    assert {(one.kind, one.device) for one in inputs} == {(ResolverInputKind.PUNCH, "")}


async def test_resolve_gets_a_watermark_after_all_punches_that_were_taken_with_it() -> None:
    producer = await handled(
        record(PolledTable.WATERMARKS.value, SERVER, [{"device": "TST1", "watermark": RECEIVED - 1}], 5),
        record("ATTLOG", "TST1", b"0123\t2026-03-02 08:00:05\t0\t1\n", 6),
    )
    *_, last = producer.of("resolver.input")
    assert (last.key, last.partition_by) == (b"TST1", b"TST1")
    told = decode_event(ResolverInput, last.value)
    assert (told.kind, told.device, told.site, told.watermark, told.at) == (
        ResolverInputKind.WATERMARK, "TST1", "north", RECEIVED - 1, RECEIVED,
    )  # fmt: skip
    assert producer.acked_at == {len(producer.sent) - 1, len(producer.sent)}


async def test_a_pushed_watermark_comes_to_resolve_after_the_punches_and_to_the_tracker_as_the_devices_own() -> None:
    producer = await handled(
        record("ATTLOG", "TST1", b"0123\t2026-03-02 08:00:05\t0\t1\n"),
        record(PolledTable.WATERMARKS.value, "TST1", [{"device": "TST1", "watermark": RECEIVED - 1}], 6),
    )
    resolver = [decode_event(ResolverInput, sent.value) for sent in producer.of("resolver.input")]
    assert [one.kind for one in resolver] == [ResolverInputKind.PUNCH, ResolverInputKind.WATERMARK]
    assert (resolver[1].device, resolver[1].site, resolver[1].watermark) == ("TST1", "north", RECEIVED - 1)
    told = {event.kind: event for event in (decode_event(DeviceInput, s.value) for s in producer.of("device.input"))}
    mark = told[InputKind.WATERMARK]
    assert (mark.device, mark.via, mark.watermark, mark.site) == ("TST1", "", RECEIVED - 1, "north")
    assert {sent.partition_by for sent in (*producer.of("resolver.input"), *producer.of("device.input"))} == {b"TST1"}
    assert producer.of("deadletters") == []


async def test_a_punch_that_a_terminal_pushes_and_a_server_tells_is_one() -> None:
    producer = await handled(
        record("ATTLOG", "TST1", b"0123\t2026-03-02 08:00:05\t0\t1\n"),
        record(PolledTable.BIOTIME_TRANSACTIONS.value, SERVER, [transaction(terminal_sn="tst1", emp_code="123")]),
    )
    first, second = (decode_event(Punch, sent.value) for sent in producer.of("punches"))
    assert (first.source, second.source) == ("push", "poll")
    assert first.event_id == second.event_id
    assert first.rank != second.rank
    assert [sent.partition_by for sent in producer.of("punches")] == [b"TST1", b"TST1"]


async def test_a_watermark_comes_after_the_rows_that_it_speaks_for() -> None:
    producer = await handled(
        record(PolledTable.AKUVOX_DOORLOG.value, STATION, [door_row(**{"@user": "7"})]),
        record(PolledTable.WATERMARKS.value, STATION, [{"device": STATION, "watermark": RECEIVED}], 6),
    )
    told = [decode_event(DeviceInput, sent.value) for sent in producer.of("device.input")]
    assert [(event.kind, event.device) for event in told] == [
        (InputKind.UPLOAD, STATION), (InputKind.WATERMARK, STATION),
    ]  # fmt: skip
    (access,) = producer.of("access")
    assert access.partition_by == STATION.encode()


async def test_bad_rows_are_dead_letters_of_the_source() -> None:
    producer = await handled(record(PolledTable.BIOTIME_TRANSACTIONS.value, SERVER, [transaction(), {"id": 9}]))
    (letter,) = (DeadLetter.decode(sent.headers) for sent in producer.of("deadletters"))
    assert (letter.reason, letter.line, letter.source, letter.offset) == (Reason.PIN_MISSING, 2, SERVER, 5)
    assert len(producer.of("punches")) == 1


async def test_code_that_fails_on_every_row_stops_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(row: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("processors.normalize.polled.transactions.parse_transaction", broken)
    rows = [transaction(id=number) for number in range(40)]
    with pytest.raises(BrakesPulled):
        await handled(record(PolledTable.BIOTIME_TRANSACTIONS.value, SERVER, rows))
