"""An agent with keyed state: batches by partition, a pure model of each partition, one transaction, then the ack.

The model of a partition is a working copy: after any error it is forgotten and built from the state again, so a batch
that is done again starts from what is durable. Source: DESIGN 2.4, 6; spec/faust-state.md 3.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import faust

from processors.brakes import Brakes
from processors.errors import BrakesPulled
from processors.metrics import TRACK_DEAD_LETTERS
from processors.partition_model import Changes, PartitionModel
from processors.safe_agent import Record, safe_agent
from runtime.batch import Batch
from runtime.errors import BufferFull, Fatal, StateTooBig
from runtime.keyed_state import KeyedState
from runtime.producer import Producer
from runtime.settings import Settings
from runtime.version import VERSION
from schemas.deadletters import DeadLetter, Reason

EventT = TypeVar("EventT")


ModelT = TypeVar("ModelT", bound=PartitionModel[Any])
_STAGE = "track"


class KeyedAgent(Generic[EventT, ModelT]):
    """`handle` is the handler of a safe agent; `assigned` is awaited before the first record of an assignment.

    `decode` raises ValueError for bytes that are no event; `load` builds the model from all values of a partition, a
    mapping that changes with every write. `models` are those of owned partitions that have had input.
    """

    def __init__(
        self,
        state: KeyedState,
        producer: Producer,
        source_topic: str,
        decode: Callable[[bytes], EventT],
        load: Callable[[Mapping[bytes, bytes]], ModelT],
    ) -> None:
        self._state = state
        self._producer = producer
        self.source_topic = source_topic
        self._decode = decode
        self._load = load
        self.models: dict[int, ModelT] = {}
        self._brakes = Brakes()

    async def assigned(self, partitions: Sequence[int]) -> None:
        self.models.clear()
        await self._state.assigned(partitions)

    async def handle(self, records: Sequence[Record]) -> None:
        """Raises Retriable errors of the runtime when Kafka does not take dead letters, BrakesPulled on too many
        failures of our own, Fatal errors of keyed state."""
        by_partition: dict[int, list[Record]] = {}
        for record in records:
            by_partition.setdefault(record.partition, []).append(record)
        outcomes = await asyncio.gather(
            *(self._handle_partition(partition, found) for partition, found in by_partition.items()),
            return_exceptions=True,
        )
        errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if errors:
            self.models.clear()
            raise next((error for error in errors if isinstance(error, Fatal)), errors[0])

    async def _handle_partition(self, partition: int, records: Sequence[Record]) -> None:
        batches: set[Batch] = set()
        events = []
        for record in records:
            try:
                events.append((record, self._decode(record.value)))
            except ValueError as error:
                await self._put_aside(batches, record, Reason.NOT_AN_EVENT, str(error))
        too_big: set[bytes] = set()
        while True:
            changes = await self._apply(batches, partition, [pair for pair in events if pair[0].key not in too_big])
            for batch in batches:
                await batch.acked()
            try:
                return await self._state.put(partition, changes.values, changes.also)
            except StateTooBig as error:
                # Nothing was written: once more without the records of that key.
                del self.models[partition]
                mine = [record for record, _ in events if record.key == error.key and record.key not in too_big]
                if not mine:
                    raise
                too_big.add(error.key)
                for record in mine:
                    await self._failed(batches, record, error)

    async def _apply(self, batches: set[Batch], partition: int, events: Sequence[tuple[Record, EventT]]) -> Changes:
        model = self.models.get(partition)
        if model is None:
            model = self.models[partition] = self._load(self._state.items(partition))
        for record, event in events:
            try:
                model.apply(event, record.offset)
                self._brakes.passed(1)
            except Exception as failure:  # noqa: BLE001 - promise 4: one record must not stop the others; brakes count
                await self._failed(batches, record, failure)
        return model.changes()

    async def _failed(self, batches: set[Batch], record: Record, failure: Exception) -> None:
        if isinstance(failure, BrakesPulled):
            raise failure
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
            source=record.key.decode("utf-8", "replace"),
        )
        for attempt in range(2):
            try:
                batch = self._producer.append(
                    "deadletters", letter.key, record.value, partition_by=letter.key, headers=letter.encode()
                )
                break
            except BufferFull:
                if attempt:
                    raise
                await self._producer.flush()
        batches.add(batch)
        TRACK_DEAD_LETTERS.labels(self.source_topic, reason.value).inc()


def keyed_agent(app: faust.App, settings: Settings, agent: KeyedAgent[Any, Any], name: str) -> None:
    """Register the agent for its one topic, and let it know which partitions are its own.

    By `on_rebalance_complete`, which Faust awaits before the first record; `on_partitions_assigned` it does not await
    (spec/faust-state.md 3). An exception ends the process.
    """
    topic = settings.kafka.topic(agent.source_topic)
    track = settings.track

    async def on_rebalance_complete(_sender: Any, **_: Any) -> None:
        await agent.assigned(sorted(tp.partition for tp in app.consumer.assignment() if tp.topic == topic))

    app.on_rebalance_complete.connect(on_rebalance_complete)
    safe_agent(app, topic, agent.handle, name=name, take_records=track.take_records, take_seconds=track.take_seconds)
