"""The shell of the cards' model: batches cut where results would depend on them, the registry waited for, archived
values fetched, cards and state written in transactions of a bounded size.

Every transaction is whole by itself: the state says up to which input it goes, so it may be the last one. A barrier (a
pay period, the registry) waits until nothing is left to do of what came before, and what follows waits for its sweep.
Source: DESIGN 4, 6; decisions/0030.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol, TypeVar

from aiokafka.errors import KafkaError

from processors.errors import GivenUp
from processors.keyed_worker import Events, KeyedWorker, Send
from processors.metrics import DERIVE_ADJUSTMENTS, DERIVE_CARDS, DERIVE_FAILURES
from processors.partition_model import Changes, PartitionModel
from processors.put_aside import PutAside, Record
from processors.timecards.stream.archive import ARCHIVE, Archive
from processors.timecards.stream.in_hand import InHand, cut, needed_of
from processors.timecards.stream.inputs import decode_input, key_of_input
from processors.timecards.stream.own_keys import PROGRESS_KEY
from processors.timecards.stream.progress import decode_progress
from processors.timecards.versions import Cause
from runtime.batch import Batch
from runtime.errors import TopicUnread
from runtime.keyed_state import KeyedState
from runtime.registry_view import RegistryView
from schemas.deadletters import Reason
from schemas.timecards_input import TimecardInput

ResultT = TypeVar("ResultT")

log = logging.getLogger(__name__)

INPUT_TOPIC: Final = "timecards.input"
HISTORY: Final = "timecards.history"
ADJUSTMENTS: Final = "timecards.adjustments"

_VIEW_SECONDS: Final = 30.0
_MOST_EVENTS: Final = 256
_TRANSACTION_BYTES: Final = 4 * 1024 * 1024
_CAUSE: Final = re.compile(rb'"cause":"([A-Z_]+)"')
_CAUSES: Final = frozenset(cause.value.encode() for cause in Cause)


class StreamModel(PartitionModel[TimecardInput], Protocol):
    """What `processors.timecards.stream.partition` is to this worker."""

    @property
    def busy(self) -> bool:
        """Asking for `changes` does more, without any input."""

    def wanted(self, events: Sequence[TimecardInput]) -> Collection[bytes]:
        """Keys of timecards.archive that must be restored before these and the next `changes`."""

    def restore(self, values: Mapping[bytes, bytes]) -> None:
        """Of the wanted keys; forgotten by the next `changes`."""


class DeriveWorker(KeyedWorker[TimecardInput, StreamModel]):
    """`load` and `send` as of KeyedWorker. A call of `handle` is one transaction, so that nothing takes long: what the
    first of the records come to, which includes a step of what is left to do, or such a step alone.

    A partition whose model is not loaded counts as busy: what a former owner left half done goes on without input.
    """

    def __init__(
        self,
        state: KeyedState,
        aside: PutAside,
        *,
        load: Callable[[int, Mapping[bytes, bytes]], StreamModel],
        registry: RegistryView,
        archive: Archive,
        send: Send | None = None,
    ) -> None:
        def load_unsettled(partition: int, stored: Mapping[bytes, bytes]) -> StreamModel:
            self._unsettled.add(partition)  # whatever it was that a former owner left half done
            return load(partition, stored)

        super().__init__(
            state, aside, INPUT_TOPIC, decode=decode_input, key_of=key_of_input, load=load_unsettled, send=send
        )
        self._unsettled: set[int] = set()  # partitions in which a barrier's sweep goes before all input
        self._registry = registry
        self._archive = archive
        self._in_hand: dict[int, InHand] = {}
        self._leaving = asyncio.Event()
        self._deriving = asyncio.Lock()
        self._most_events = _MOST_EVENTS

    async def assigned(self, partitions: Sequence[int]) -> None:
        self._leaving.clear()
        await super().assigned(partitions)

    def revoked(self) -> None:
        self._in_hand.clear()
        self._unsettled.clear()
        super().revoked()

    def busy(self, partition: int) -> bool:
        model = self.models.get(partition)
        return model is None or model.busy

    def interrupt(self) -> None:
        self._leaving.set()

    def underivable(self, failure: Exception) -> None:
        """Somebody's cards could not be derived, and stay as they were. Raises BrakesPulled."""
        DERIVE_FAILURES.inc()
        log.error("cards stay as they were: %r", failure, exc_info=failure)
        self._brakes.failed(failure)

    def derived(self) -> None:
        """A week could be derived."""
        self._brakes.passed(1)

    async def handle(self, partition: int, records: Sequence[Record]) -> int:
        """As KeyedWorker's, but for some of the records, or none. Raises GivenUp after an interruption."""
        in_hand = self._in_hand.setdefault(partition, InHand())
        try:
            count = await super().handle(partition, records)
        except BaseException:
            del self._in_hand[partition]
            raise
        if count == len(records):
            del self._in_hand[partition]
        else:
            for record in records[:count]:
                del in_hand.events[record.offset]
        return count

    async def _handle(self, partition: int, records: Sequence[Record]) -> int:
        in_hand = self._in_hand[partition]
        if partition not in self.models:
            # A former owner may have known more: the change has been told, and would not be told to us.
            progress = decode_progress(self._state.items(partition).get(PROGRESS_KEY))
            await self._registry_version(progress.registry_version)
        async with self._turn():
            model = self.model(partition)
        is_new = not in_hand.events
        events = in_hand.decoded(records)
        if is_new:
            # For all of them at once; `_apply` looks again, for what is archived meanwhile.
            readable = [event for event in events if not isinstance(event, str)]
            await self._fetch(partition, model.wanted(readable))
        count, barrier = cut(events, self._most_events)
        if not model.busy:
            self._unsettled.discard(partition)
        elif not records or barrier or partition in self._unsettled:
            await self._write(partition, set(), ())
            return 0
        if barrier:
            self._unsettled.add(partition)
        letters: set[Batch] = set()
        run: list[tuple[Record, TimecardInput]] = []
        known = await self._registry_version(max(map(needed_of, events[:count]), default=0))
        for record, event in zip(records[:count], events, strict=False):
            if isinstance(event, str):
                await self._aside.put(letters, record, Reason.NOT_AN_EVENT, event)
            elif (needed := needed_of(event)) > known:
                error = f"it asks for version {needed} of the registry, which ends with {known}"
                await self._aside.put(letters, record, Reason.NOT_AN_EVENT, error)
            else:
                run.append((record, event))
        await self._write(partition, letters, run)
        return count

    async def _write(self, partition: int, batches: set[Batch], events: Events[TimecardInput]) -> Changes:
        changes = await super()._write(partition, batches, events)
        restored, size = self._in_hand[partition].restored, 0
        for topic, key, value in changes.also:
            size += len(value or b"")
            if topic == ARCHIVE and key in restored and value is not None:
                restored[key] = value
            elif topic == HISTORY:
                DERIVE_CARDS.labels(_cause(value or b"")).inc()
            elif topic == ADJUSTMENTS:
                DERIVE_ADJUSTMENTS.inc()
        size += sum(len(value or b"") for value in changes.values.values())
        if size > _TRANSACTION_BYTES:
            self._most_events = max(1, self._most_events // 2)
        elif size < _TRANSACTION_BYTES // 4:
            self._most_events = min(_MOST_EVENTS, 2 * self._most_events)
        return changes

    async def _apply(self, batches: set[Batch], partition: int, events: Events[TimecardInput]) -> Changes:
        model, restored = self.model(partition), self._in_hand[partition].restored
        if wanted := model.wanted([event for _, event in events]):
            await self._fetch(partition, wanted)
            model.restore({key: restored[key] for key in wanted if key in restored})
        async with self._turn():
            return await super()._apply(batches, partition, events)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """For one partition at a time, after all else of the process that waits for its turn, heartbeats among it: all
        partitions in a row take longer than the group waits for one."""
        async with self._deriving:
            await asyncio.sleep(0)
            yield

    async def _fetch(self, partition: int, wanted: Collection[bytes]) -> None:
        """One reading for all that is not there yet."""
        restored = self._in_hand[partition].restored
        if missing := [key for key in wanted if key not in restored]:
            restored.update(await self._unless_leaving(self._archive.values(partition, missing)))

    async def _unless_leaving(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        doing, leaving = asyncio.ensure_future(work), asyncio.ensure_future(self._leaving.wait())
        try:
            await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise GivenUp(f"a reading of {ARCHIVE} was ended: its partition is about to go")
            return doing.result()
        finally:
            leaving.cancel()
            doing.cancel()
            await asyncio.wait([doing])

    async def _registry_version(self, needed: int) -> int:
        """What the view knows, once it knows that or all that there is. Raises TopicUnread."""
        if self._registry.version < needed:
            try:
                async with asyncio.timeout(_VIEW_SECONDS):
                    await self._registry.reached_end()
            except (KafkaError, TimeoutError) as error:
                raise TopicUnread(f"the registry could not be read to its end: {error!r}") from error
        return self._registry.version

    def _is_about(self, event: TimecardInput, key: bytes) -> bool:
        """Values of the state and cards are named after their employee, and more."""
        owner = self._key_of(event)
        return key == owner or key.startswith((owner + b"#", owner + b"!", owner + b"+"))


def _cause(card: bytes) -> str:
    """Of the closed set; the first `cause` of a card is its own."""
    found = _CAUSE.search(card)
    return found[1].decode() if found is not None and found[1] in _CAUSES else "OTHER"
