"""What the keyed worker does with bad input and failures; the real state and Kafka are in tests/integration."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

import pytest

from processors.errors import BrakesPulled
from processors.keyed_worker import KeyedWorker
from processors.partition_model import Changes, Later
from processors.put_aside import PutAside
from runtime.errors import BufferFull, DeliveryFailed, StateTooBig
from runtime.keyed_state import KeyedState
from runtime.producer import Producer
from runtime.state_records import Output
from schemas.deadletters import DeadLetter, Reason
from schemas.headers import Header


class Values:
    """Stands in for KeyedState: a dict for each partition; `failures` are raised by the next puts, in turn."""

    def __init__(self) -> None:
        self.partitions: dict[int, dict[bytes, bytes]] = {0: {}, 1: {}}
        self.failures: list[Exception] = []

    def items(self, partition: int) -> Mapping[bytes, bytes]:
        return self.partitions[partition]

    async def put(self, partition: int, values: Mapping[bytes, bytes], also: Sequence[Output]) -> None:
        for key, value in values.items():
            if len(value) > 100:
                raise StateTooBig("seeded", key)
        if self.failures:
            raise self.failures.pop(0)
        self.partitions[partition].update(values)


class DeadLetters:
    """Stands in for Producer."""

    def __init__(self) -> None:
        self.letters: list[tuple[DeadLetter, bytes]] = []
        self.full = 0
        self.failure: Exception | None = None

    def append(self, _topic: str, _key: bytes, value: bytes, *, partition_by: bytes, headers: list[Header]) -> Any:
        if self.full:
            self.full -= 1
            raise BufferFull("seeded")
        self.letters.append((DeadLetter.decode(headers), value))
        return self

    async def flush(self) -> None:
        """Nothing is pending here."""

    def acked(self) -> asyncio.Future[int]:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if self.failure is None:
            future.set_result(0)
        else:
            future.set_exception(self.failure)
        return future


class Appended:
    """Model: each event `key=text` is appended to the key's value."""

    def __init__(self, stored: Mapping[bytes, bytes]) -> None:
        self.values = dict(stored)
        self._changed: dict[bytes, bytes | None] = {}

    def apply(self, event: str, offset: int) -> None:
        key, text = (part.encode() for part in event.split("="))
        if text == b"fail":
            raise ZeroDivisionError("seeded")
        self.values[key] = self.values.get(key, b"") + text
        self._changed[key] = self.values[key]

    def changes(self) -> Changes:
        changed, self._changed = self._changed, {}
        return Changes(changed, (), [Later(key, b"", key) for key in changed])


class Record(NamedTuple):
    """As much of a Kafka record as is needed."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


class Made:
    def __init__(self) -> None:
        self.state, self.dead = Values(), DeadLetters()
        self.sent: list[tuple[dict[bytes, bytes], list[bytes]]] = []  # what was stored then, and the keys
        self.refused: list[Exception] = []
        self.worker: KeyedWorker[str, Appended] = KeyedWorker(
            cast("KeyedState", self.state),
            PutAside(cast("Producer", self.dead), "device.input", "track", lambda *_: None),
            "device.input",
            decode=bytes.decode,
            key_of=lambda event: event.split("=")[0].encode(),
            load=lambda _, stored: Appended(stored),
            send=self.send,
        )

    async def send(self, records: Sequence[Later]) -> None:
        if self.refused:
            raise self.refused.pop()
        self.sent.append((dict(self.state.partitions[0]), [record.key for record in records]))

    @property
    def reasons(self) -> list[tuple[Reason, int, bytes]]:
        return [(letter.reason, letter.offset, value) for letter, value in self.dead.letters]


def records(*values: bytes) -> list[Record]:
    """Of partition 0."""
    return [Record(0, offset, b"source", value) for offset, value in enumerate(values)]


@pytest.fixture
async def made() -> Made:
    return Made()


async def test_bad_records_are_put_aside_and_the_others_written(made: Made) -> None:
    await made.worker.handle(0, records(b"a=1", b"\xff", b"b=fail", b"a=2"))
    await made.worker.handle(1, [Record(1, 0, None, b"c=1")])
    assert made.state.partitions == {0: {b"a": b"12"}, 1: {b"c": b"1"}}
    assert made.reasons == [(Reason.NOT_AN_EVENT, 1, b"\xff"), (Reason.INTERNAL_ERROR, 2, b"b=fail")]
    assert made.dead.letters[0][0].stage == "track"


async def test_a_value_too_big_costs_its_own_records_only(made: Made) -> None:
    await made.worker.handle(0, records(b"a=1", b"b=" + b"x" * 99, b"b=yy", b"a=2"))
    assert made.state.partitions[0] == {b"a": b"12"}
    assert [(reason, offset) for reason, offset, _ in made.reasons] == [(Reason.INTERNAL_ERROR, n) for n in (1, 2)]
    await made.worker.handle(0, records(b"b=3"))
    assert made.state.partitions[0] == {b"a": b"12", b"b": b"3"}


async def test_a_failure_forgets_the_working_copy_so_that_the_batch_can_be_done_again(made: Made) -> None:
    await made.worker.handle(0, records(b"a=0"))
    made.dead.failure = DeliveryFailed("seeded")
    with pytest.raises(DeliveryFailed):
        await made.worker.handle(0, records(b"a=1", b"\xff"))
    made.dead.failure = None
    await made.worker.handle(0, records(b"a=1", b"\xff"))
    assert made.state.partitions[0] == {b"a": b"01"}


async def test_a_record_without_a_value_is_no_event(made: Made) -> None:
    await made.worker.handle(0, [Record(0, 0, None, None), Record(0, 1, None, b"a=1")])
    assert made.state.partitions[0] == {b"a": b"1"}
    assert made.reasons == [(Reason.INTERNAL_ERROR, 0, b"")]  # of this model: it finds no `=`


async def test_what_is_revoked_is_forgotten(made: Made) -> None:
    await made.worker.handle(0, records(b"a=1"))
    made.state.partitions[0] = {b"a": b"other"}
    made.worker.revoked()
    await made.worker.handle(0, records(b"a=2"))
    assert made.state.partitions[0] == {b"a": b"other2"}


async def test_code_that_fails_on_everything_stops_the_process(made: Made) -> None:
    with pytest.raises(BrakesPulled):
        await made.worker.handle(0, records(*(b"a=fail" for _ in range(30))))
    assert made.state.partitions[0] == {}


async def test_a_full_buffer_is_flushed_once(made: Made) -> None:
    made.dead.full = 1
    await made.worker.handle(0, records(b"\xff"))
    assert len(made.dead.letters) == 1
    made.dead.full = 2
    with pytest.raises(BufferFull):
        await made.worker.handle(0, records(b"\xff"))


async def test_what_is_sent_later_is_sent_after_the_state_is_written_and_again_when_refused(made: Made) -> None:
    made.refused = [DeliveryFailed("seeded")]
    with pytest.raises(DeliveryFailed):
        await made.worker.handle(0, records(b"a=1"))
    assert made.state.partitions[0] == {b"a": b"1"}
    assert made.worker.models == {}
    await made.worker.handle(0, records(b"b=1"))
    assert made.sent == [({b"a": b"1", b"b": b"1"}, [b"b"])]
