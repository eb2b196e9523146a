"""What becomes of the records of a partition with keyed state: a pure model, one transaction, dead letters.

The model of a partition is a working copy: after any error it is forgotten and built from the state again, so a batch
that is done again starts from what is durable. `processors.keyed_loop` brings the records and commits their offsets.
Source: DESIGN 2.4, 6; spec/faust-state.md 3.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from processors.brakes import Brakes
from processors.partition_model import Changes, Later, PartitionModel
from processors.put_aside import PutAside, Record
from runtime.batch import Batch
from runtime.errors import Fatal, StateTooBig
from runtime.keyed_state import KeyedState
from schemas.deadletters import Reason

EventT = TypeVar("EventT")
ModelT = TypeVar("ModelT", bound=PartitionModel[Any])

Events = Sequence[tuple[Record, EventT]]
Send = Callable[[Sequence[Later]], Awaitable[None]]


class KeyedWorker(Generic[EventT, ModelT]):
    """`decode` raises ValueError for bytes that are no event; `key_of` names the key of the state that an event is
    about; `load` builds the model from the number of a partition and all its values, a mapping that changes with every
    write; `send` returns when Kafka has what a model wants sent later. `models` are those of owned partitions that have
    had input."""

    def __init__(
        self,
        state: KeyedState,
        aside: PutAside,
        source_topic: str,
        *,
        decode: Callable[[bytes], EventT],
        key_of: Callable[[EventT], bytes],
        load: Callable[[int, Mapping[bytes, bytes]], ModelT],
        send: Send | None = None,
    ) -> None:
        self._state = state
        self._aside = aside
        self.source_topic = source_topic
        self._decode = decode
        self._key_of = key_of
        self._load = load
        self._send = send
        self.models: dict[int, ModelT] = {}
        self._brakes = Brakes()

    async def assigned(self, partitions: Sequence[int]) -> None:
        """Own exactly these: to be awaited before their first record. Raises StateUnreadable."""
        self.models.clear()
        await self._state.assigned(partitions)

    def revoked(self) -> None:
        """Forget the working copies; nothing may be under way."""
        self.models.clear()

    async def handle(self, partition: int, records: Sequence[Record]) -> int:
        """Returns how many of the records are done: all. One call at a time for a partition.

        Raises Retriable errors of the runtime when Kafka does not take dead letters or what is sent, BrakesPulled on
        too many failures of our own, Fatal errors of keyed state.
        """
        try:
            return await self._handle(partition, records)
        except BaseException:
            self.models.pop(partition, None)
            raise

    def busy(self, partition: int) -> bool:
        """Nothing is left of a batch that was handled."""
        return False

    def interrupt(self) -> None:
        """Nothing takes long: a transaction has its deadline."""

    async def _handle(self, partition: int, records: Sequence[Record]) -> int:
        batches: set[Batch] = set()
        events: list[tuple[Record, EventT]] = []
        decode = self._decode
        for record in records:
            try:
                events.append((record, decode(record.value or b"")))
            except ValueError as error:
                await self._aside.put(batches, record, Reason.NOT_AN_EVENT, str(error))
        await self._write(partition, batches, events)
        return len(records)

    async def _write(self, partition: int, batches: set[Batch], events: Events[EventT]) -> Changes:
        """Apply these and make all that follows durable, dead letters in `batches` first; returns what was written."""
        while True:
            changes = await self._apply(batches, partition, events)
            for batch in batches:
                await batch.acked()
            try:
                await self._state.put(partition, changes.values, changes.also)
                break
            except StateTooBig as error:
                # Nothing was written: once more without the records of that key.
                del self.models[partition]
                mine = [record for record, event in events if self._is_about(event, error.key)]
                if not mine:
                    raise
                events = [pair for pair in events if not self._is_about(pair[1], error.key)]
                for record in mine:
                    await self._failed(batches, record, error)
        if changes.later and self._send is not None:
            await self._send(changes.later)
        return changes

    def _is_about(self, event: EventT, key: bytes) -> bool:
        """Whether the value of this key, of the state or of what is written with it, is made of the event."""
        return self._key_of(event) == key

    def model(self, partition: int) -> ModelT:
        """The working copy of an owned partition."""
        model = self.models.get(partition)
        if model is None:
            model = self.models[partition] = self._load(partition, self._state.items(partition))
        return model

    async def _apply(self, batches: set[Batch], partition: int, events: Events[EventT]) -> Changes:
        model = self.model(partition)
        passed = 0
        for record, event in events:
            try:
                model.apply(event, record.offset)
                passed += 1
            except Fatal:
                raise
            except Exception as failure:  # noqa: BLE001 - promise 4: one record must not stop the others; brakes count
                self._brakes.passed(passed)
                passed = 0
                await self._failed(batches, record, failure)
        self._brakes.passed(passed)
        return model.changes()

    async def _failed(self, batches: set[Batch], record: Record, failure: Exception) -> None:
        self._brakes.failed(failure)
        await self._aside.put(batches, record, Reason.INTERNAL_ERROR, repr(failure))
