"""The handler of the topics beside attendance: opened, converted, kept, written; what waits and what is put aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from processors.errors import BrakesPulled, PartitionMissing
from processors.normalize import converters
from processors.normalize.body_agent import BodyNormalizer
from processors.normalize.context import Context
from processors.normalize.records import OnFailure
from processors.safe_agent import Record
from runtime.errors import BufferFull, KeyMissing, StoreUnavailable
from runtime.key_files import new_key
from runtime.keyring import KeyRing
from runtime.objects import ObjectStore
from runtime.objects_local import LocalObjects
from runtime.producer import Producer
from runtime.raw_bodies import open_raw, seal_context, seal_raw, store_raw
from runtime.registry_view import KnownDevice, RegistryView
from runtime.vault import Vault
from schemas.codec import decode_event
from schemas.deadletters import DeadLetter, Reason
from schemas.device_events import Person, Photo
from schemas.devices import DeviceInput, InputKind
from schemas.headers import Header, RawHeaders
from schemas.registry import DevicePeriod
from schemas.resolver_input import ResolverInput, ResolverInputKind
from schemas.topics import MAX_BODY_BYTES
from tests.unit.processors.normalize.raw import RECEIVED

USER = b"USER PIN=982\tName=Richard\tPasswd=9822\tCard=13375590\n"


class AckedBatch:
    def __init__(self, producer: MemoryProducer) -> None:
        self._producer = producer

    async def acked(self) -> int:
        self._producer.acked_at.add(len(self._producer.sent))
        return 0


@dataclass
class Sent:
    topic: str
    key: bytes
    value: bytes
    partition_by: bytes
    headers: list[Header]


@dataclass
class MemoryProducer:
    """Takes everything; `full` refuses that many first. Partition: the last digit of the text, if it ends in one.
    acked_at: how many records were sent when some were waited for."""

    sent: list[Sent] = field(default_factory=list)
    acked_at: set[int] = field(default_factory=set)
    full: int = 0
    flushed: int = 0

    def append(self, topic: str, key: bytes, value: bytes, *, partition_by: bytes, headers: list[Header]) -> AckedBatch:
        if self.full:
            self.full -= 1
            raise BufferFull("full")
        self.sent.append(Sent(topic, key, bytes(value), partition_by, headers))
        return AckedBatch(self)

    async def flush(self) -> None:
        self.flushed += 1

    def partition(self, topic: str, partition_by: bytes) -> int:
        return partition_by[-1] % 4

    def of(self, topic: str) -> list[Sent]:
        return [sent for sent in self.sent if sent.topic == topic]


class MemoryRegistry:
    def device(self, serial: str) -> KnownDevice | None:
        period = DevicePeriod(site="north", tenant="demo", zone="UTC")
        return KnownDevice((period,), 3) if serial == "TST1" else None


@dataclass
class Bench:
    producer: MemoryProducer
    keys: KeyRing
    vault: Vault
    objects: ObjectStore
    folder: Path

    def handler(
        self, topic: str, convert: Any = None, vault: Any = None, max_value_bytes: int = MAX_BODY_BYTES
    ) -> BodyNormalizer:
        return BodyNormalizer(
            topic,
            convert or converters.CONVERTERS[topic],
            producer=cast("Producer", self.producer),
            registry=cast("RegistryView", MemoryRegistry()),
            keys=self.keys,
            vault=vault or self.vault,
            objects=self.objects,
            max_value_bytes=max_value_bytes,
            unknown_zone="UTC",
        )

    def record(self, topic: str, table: str, body: bytes, *, sealed: bool = True, partition: int = 1) -> Record:
        sealer = self.keys.sealer("demo") if sealed else None
        headers = RawHeaders(
            "TST1", "demo", table, RECEIVED, "edge-1", "r", "/iclock/cdata", "SN=TST1&Stamp=7",
            sealed=sealer.key_id if sealer else "",
        )  # fmt: skip
        value = bytes(seal_raw(sealer, topic, "TST1", body)) if sealer else body
        return Record(partition, 5, b"TST1", value, headers.encode())

    async def stored_record(self, topic: str, table: str, body: bytes) -> Record:
        """As an edge writes a body that is too big for a record."""
        inline = self.record(topic, table, body)
        stored = await store_raw(self.objects, self.keys.sealer("demo"), topic, "TST1", body, RECEIVED)
        headers = replace(RawHeaders.decode(inline.headers), stored=stored.name, size=stored.size)
        return inline._replace(value=b"", headers=headers.encode())

    def open_letter(self, sent: Sent) -> bytes:
        letter = DeadLetter.decode(sent.headers)
        return self.keys.opener(letter.sealed).open(sent.value, seal_context("deadletters", letter.source))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    new_key(tmp_path / "keys", "demo")
    keys = KeyRing.load(tmp_path / "keys")
    objects = LocalObjects(tmp_path / "objects", deadline_seconds=5)
    return Bench(MemoryProducer(), keys, Vault(objects, keys), objects, tmp_path)


async def test_the_payload_is_kept_and_named_and_the_upload_is_told(bench: Bench) -> None:
    await bench.handler("raw.operations").handle([bench.record("raw.operations", "OPERLOG", USER)])
    (person,) = bench.producer.of("people")
    event = decode_event(Person, person.value)
    assert person.key == b"TST1+982+user"
    assert await bench.vault.read(event.stored) == USER.rstrip(b"\n")
    assert event.stored.startswith("user/demo/")
    (told,) = bench.producer.of("device.input")
    upload = decode_event(DeviceInput, told.value)
    assert (upload.kind, upload.table, upload.rows, upload.stamp) == (InputKind.UPLOAD, "OPERLOG", 1, "7")


async def test_a_photo_is_kept_before_its_event(bench: Bench) -> None:
    body = b"PIN=20260301090000-982\nSN=TST1\nsize=4\nCMD=realupload\x00\xff\xd8\xff\xd9"
    await bench.handler("raw.photos").handle([bench.record("raw.photos", "ATTPHOTO", body)])
    (sent,) = bench.producer.of("photos")
    photo = decode_event(Photo, sent.value)
    assert await bench.vault.read(photo.stored) == b"\xff\xd8\xff\xd9"
    assert sent.key == photo.event_id.encode()


async def test_dead_letters_are_sealed_and_open_again(bench: Bench) -> None:
    body = USER + b"USER Name=Ann\tPasswd=4711\n"
    await bench.handler("raw.operations").handle([bench.record("raw.operations", "OPERLOG", body)])
    (dead,) = bench.producer.of("deadletters")
    letter = DeadLetter.decode(dead.headers)
    assert (letter.reason, letter.line, letter.topic, letter.sealed) == (
        Reason.PIN_MISSING, 2, "raw.operations", "demo.1",
    )  # fmt: skip
    assert b"4711" not in dead.value
    assert bench.open_letter(dead) == b"USER Name=Ann\tPasswd=4711"
    assert len(bench.producer.of("people")) == 1


async def test_bytes_that_do_not_open_are_put_aside_as_they_lay_and_others_go_on(bench: Bench) -> None:
    good = bench.record("raw.operations", "OPERLOG", USER)
    broken = good._replace(value=good.value[:-1] + b"?")
    await bench.handler("raw.operations").handle([broken, good])
    (dead,) = bench.producer.of("deadletters")
    assert DeadLetter.decode(dead.headers).reason is Reason.SEAL_BROKEN
    assert bench.open_letter(dead) == broken.value
    assert len(bench.producer.of("people")) == 1


async def test_a_record_without_headers_is_sealed_with_some_key(bench: Bench) -> None:
    await bench.handler("raw.operations").handle([Record(0, 0, b"?", b"whatever", [])])
    (dead,) = bench.producer.of("deadletters")
    assert DeadLetter.decode(dead.headers).reason is Reason.RAW_HEADERS
    assert bench.open_letter(dead) == b"whatever"


async def test_a_missing_key_and_a_store_that_is_away_can_be_tried_again(bench: Bench, tmp_path: Path) -> None:
    class Away:
        async def keep(self, *_: object) -> None:
            raise StoreUnavailable("away")

    record = bench.record("raw.operations", "OPERLOG", USER)
    handler = bench.handler("raw.operations", vault=Away())
    with pytest.raises(StoreUnavailable):
        await handler.handle([record])
    assert handler.waits_for == "away"
    assert bench.producer.of("people") == []
    new_key(tmp_path / "others", "other")
    bench.keys = KeyRing.load(tmp_path / "others")
    with pytest.raises(KeyMissing, match=r"demo\.1"):
        await bench.handler("raw.operations").handle([record])


async def test_a_body_beside_kafka_is_read_like_any_other(bench: Bench) -> None:
    body = b"PIN=20260301090000-982\nSN=TST1\nsize=4\nCMD=realupload\x00\xff\xd8\xff\xd9"
    record = await bench.stored_record("raw.photos", "ATTPHOTO", body)
    await bench.handler("raw.photos").handle([record])
    (sent,) = bench.producer.of("photos")
    assert await bench.vault.read(decode_event(Photo, sent.value).stored) == b"\xff\xd8\xff\xd9"
    assert bench.producer.of("deadletters") == []


async def test_an_object_that_is_gone_is_put_aside_with_its_place_and_others_go_on(bench: Bench) -> None:
    gone = await bench.stored_record("raw.operations", "OPERLOG", USER + USER)
    name = RawHeaders.decode(gone.headers).stored
    assert await bench.objects.delete(name)
    forged = RawHeaders.decode(gone.headers)
    elsewhere = gone._replace(headers=replace(forged, stored="keys/demo/names").encode())
    climbing = gone._replace(headers=replace(forged, stored="raw/raw.operations/../x").encode())
    good = bench.record("raw.operations", "OPERLOG", USER)
    await bench.handler("raw.operations").handle([gone, elsewhere, climbing, good])
    letters = [DeadLetter.decode(dead.headers) for dead in bench.producer.of("deadletters")]
    assert [letter.reason for letter in letters] == [Reason.OBJECT_MISSING] * 3
    assert (letters[0].topic, letters[0].partition, letters[0].offset, letters[0].line) == ("raw.operations", 1, 5, 0)
    assert name in letters[0].error
    assert len(bench.producer.of("people")) == 1


async def test_a_store_that_is_away_is_waited_for_by_bodies_beside_kafka(bench: Bench) -> None:
    class Away:
        async def get(self, name: str) -> bytes:
            raise StoreUnavailable("away")

    record = await bench.stored_record("raw.operations", "OPERLOG", USER)
    bench.objects = cast("ObjectStore", Away())
    handler = bench.handler("raw.operations")
    with pytest.raises(StoreUnavailable):
        await handler.handle([record])
    assert handler.waits_for == "away"
    assert bench.producer.sent == []


async def test_an_object_that_does_not_open_is_put_aside_with_its_bytes(bench: Bench) -> None:
    record = await bench.stored_record("raw.operations", "OPERLOG", USER)
    name = RawHeaders.decode(record.headers).stored
    kept = await bench.objects.get(name)
    assert await bench.objects.replace(name, kept, kept[:-1] + b"?")
    await bench.handler("raw.operations").handle([record])
    (dead,) = bench.producer.of("deadletters")
    assert DeadLetter.decode(dead.headers).reason is Reason.SEAL_BROKEN
    assert bench.open_letter(dead) == kept[:-1] + b"?"


async def test_a_dead_letter_that_no_record_can_hold_lies_beside_kafka_too(bench: Bench) -> None:
    body = b"USER Name=" + b"A" * 2_000
    handler = bench.handler("raw.operations", max_value_bytes=1_000)
    await handler.handle([await bench.stored_record("raw.operations", "OPERLOG", body)])
    (dead,) = bench.producer.of("deadletters")
    letter = DeadLetter.decode(dead.headers)
    assert (letter.reason, dead.value) == (Reason.PIN_MISSING, b"")
    assert letter.stored.startswith("raw/deadletters/")
    sealed = await bench.objects.get(letter.stored)
    assert bench.keys.opener(letter.sealed).open(sealed, seal_context("deadletters", "TST1")) == body


async def test_a_tick_goes_to_the_partition_it_came_from(bench: Bench) -> None:
    handler = bench.handler("raw.device")
    ticks = [bench.record("raw.device", "TICK", b"", sealed=False, partition=number) for number in range(4)]
    await handler.handle(ticks)
    sent = bench.producer.of("device.input")
    assert [bench.producer.partition("device.input", tick.partition_by) for tick in sent] == [0, 1, 2, 3]
    for number, told in enumerate(bench.producer.of("resolver.input")):
        tick = decode_event(ResolverInput, told.value)
        assert (tick.kind, tick.device, tick.at) == (ResolverInputKind.TICK, "TST1", RECEIVED)
        assert bench.producer.partition("resolver.input", told.partition_by) == number
    with pytest.raises(PartitionMissing, match=r"no partition 9"):
        await handler.handle([bench.record("raw.device", "TICK", b"", sealed=False, partition=9)])


async def test_a_full_producer_is_waited_for(bench: Bench) -> None:
    bench.producer.full = 1
    await bench.handler("raw.operations").handle([bench.record("raw.operations", "OPERLOG", USER)])
    assert bench.producer.flushed == 1
    assert len(bench.producer.of("people")) == 1


async def test_code_that_fails_on_everything_pulls_the_brakes_and_quotes_nothing(bench: Bench) -> None:
    def broken(context: Context, on_failure: OnFailure) -> Sequence[None]:
        raise ValueError("Passwd=9822")

    handler = bench.handler("raw.operations", broken)
    records = [bench.record("raw.operations", "OPERLOG", USER)] * 30
    with pytest.raises(BrakesPulled, match="21 rows in a row") as caught:
        await handler.handle(records)
    assert "9822" not in str(caught.value) + repr(caught.value.__cause__)
    assert all("9822" not in str(sent.headers) for sent in bench.producer.of("deadletters"))


def test_sealed_raw_bodies_open_only_for_their_topic_and_device(bench: Bench) -> None:
    record = bench.record("raw.operations", "OPERLOG", USER)
    assert open_raw(bench.keys, "raw.operations", RawHeaders.decode(record.headers), record.value) == USER
