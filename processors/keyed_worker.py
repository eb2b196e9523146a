"""What becomes of the records of a partition with keyed state: a pure model, one transaction, dead letters.

The model of a partition is a working copy: after any error it is forgotten and built from the state again, so a batch
that is done again starts from what is durable. `processors.keyed_loop` brings the records and commits their offsets.
Source: DESIGN 2.4, 6; spec/faust-state.md 3.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from processors.brakes import Brakes
from processors.metrics import TRACK_DEAD_LETTERS
from processors.partition_model import Changes, PartitionModel
from runtime.batch import Batch
from runtime.errors import BufferFull, StateTooBig
from runtime.keyed_state import KeyedState
from runtime.producer import Producer
from runtime.version import VERSION
from schemas.deadletters import DeadLetter, Reason

EventT = TypeVar("EventT")
ModelT = TypeVar("ModelT", bound=PartitionModel[Any])
_STAGE = "track"


class Record(Protocol):
    """What is needed of a Kafka record, which is read as it came from the client: none is made anew."""

    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


class KeyedWorker(Generic[EventT, ModelT]):
    """`decode` raises ValueError for bytes that are no event; `key_of` names the key of the state that an event is
    about; `load` builds the model from all values of a partition, a mapping that changes with every write. `models` are
    those of owned partitions that have had input."""

    def __init__(
        self,
        state: KeyedState,
        producer: Producer,
        source_topic: str,
        *,
        decode: Callable[[bytes], EventT],
        key_of: Callable[[EventT], bytes],
        load: Callable[[Mapping[bytes, bytes]], ModelT],
    ) -> None:
        self._state = state
        self._producer = producer
        self.source_topic = source_topic
        self._decode = decode
        self._key_of = key_of
        self._load = load
        self.models: dict[int, ModelT] = {}
        self._brakes = Brakes()

    async def assigned(self, partitions: Sequence[int]) -> None:
        """Own exactly these: to be awaited before their first record. Raises StateUnreadable."""
        self.models.clear()
        await self._state.assigned(partitions)

    def revoked(self) -> None:
        """Forget the working copies; nothing may be under way."""
        self.models.clear()

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Returns when all that follows from the records is durable. One call at a time for a partition.

        Raises Retriable errors of the runtime when Kafka does not take dead letters, BrakesPulled on too many failures
        of our own, Fatal errors of keyed state.
        """
        try:
            await self._handle(partition, records)
        except BaseException:
            self.models.pop(partition, None)
            raise

    async def _handle(self, partition: int, records: Sequence[Record]) -> None:
        batches: set[Batch] = set()
        events: list[tuple[Record, EventT]] = []
        decode = self._decode
        for record in records:
            try:
                events.append((record, decode(record.value or b"")))
            except ValueError as error:
                await self._put_aside(batches, record, Reason.NOT_AN_EVENT, str(error))
        while True:
            changes = await self._apply(batches, partition, events)
            for batch in batches:
                await batch.acked()
            try:
                return await self._state.put(partition, changes.values, changes.also)
            except StateTooBig as error:
                # Nothing was written: once more without the records of that key.
                del self.models[partition]
                mine = [record for record, event in events if self._key_of(event) == error.key]
                if not mine:
                    raise
                events = [pair for pair in events if self._key_of(pair[1]) != error.key]
                for record in mine:
                    await self._failed(batches, record, error)

    async def _apply(self, batches: set[Batch], partition: int, events: Sequence[tuple[Record, EventT]]) -> Changes:
        model = self.models.get(partition)
        if model is None:
            model = self.models[partition] = self._load(self._state.items(partition))
        passed = 0
        for record, event in events:
            try:
                model.apply(event, record.offset)
                passed += 1
            except Exception as failure:  # noqa: BLE001 - promise 4: one record must not stop the others; brakes count
                self._brakes.passed(passed)
                passed = 0
                await self._failed(batches, record, failure)
        self._brakes.passed(passed)
        return model.changes()

    async def _failed(self, batches: set[Batch], record: Record, failure: Exception) -> None:
        self._brakes.failed(failure)
        await self._put_aside(batches, record, Reason.INTERNAL_ERROR, repr(failure))

    async def _put_aside(self, batches: set[Batch], record: Record, reason: Reason, error: str) -> None:
        letter = DeadLetter(
            reason=reason,
            stage=_STAGE,
            topic=self.source_topic,
            partition=record.partition,
            offset=record.offset,
            line=0,
            error=error,
            code_version=VERSION,
            failed_at=int(time.time() * 1000),
            source=(record.key or b"").decode("utf-8", "replace"),
        )
        for attempt in range(2):
            try:
                batch = self._producer.append(
                    "deadletters", letter.key, record.value or b"", partition_by=letter.key, headers=letter.encode()
                )
                break
            except BufferFull:
                if attempt:
                    raise
                await self._producer.flush()
        batches.add(batch)
        TRACK_DEAD_LETTERS.labels(self.source_topic, reason.value).inc()
