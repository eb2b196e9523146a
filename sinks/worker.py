"""The loop: read from Kafka, buffer per partition, write ranges that are due, follow rebalances. Source: DESIGN 7.

Kafka is polled whatever ClickHouse does, or the group would take the partitions away; a partition without room is left
out of the poll, and aiokafka keeps at most one fetch of it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError

from runtime.settings import Settings
from sinks import metrics
from sinks.errors import OffsetLost, PartitionLost
from sinks.partition import FlushReason, Limits, Partition
from sinks.range_writer import RangeWriter
from sinks.recovery import Recovery
from sinks.tables import BY_TOPIC, Table

log = logging.getLogger(__name__)

INSERTS_PER_SECOND = 10
# Each record decoded costs about 3 microseconds of the event loop; heartbeats and probes wait meanwhile.
_RECORDS_PER_POLL = 5_000
_POLL_SECONDS = 0.1
_POLL_DEADLINE_SECONDS = 2.0
# Asked for when no partition has room: no arguments would mean all partitions.
_NOTHING = TopicPartition("", -1)


class _Owned:
    """A partition that this process owns. `state` is None until its committed offset is read."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.state: Partition | None = None
        self.abandon = asyncio.Event()
        self.write: asyncio.Task[None] | None = None


class Worker(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka publishes no types
    """Owns the partitions that the group gives it. `run` lasts until `stop`; errors that stop a sink come out of it."""

    def __init__(
        self, settings: Settings, consumer: AIOKafkaConsumer, writer: RangeWriter, recovery: Recovery, writers: int
    ) -> None:
        self._settings = settings
        self._limits = Limits(settings.sink.max_rows, settings.sink.max_bytes)
        self._consumer = consumer
        self._writer = writer
        self._recovery = recovery
        self._slots = asyncio.Semaphore(writers)
        self._owned: dict[TopicPartition, _Owned] = {}
        self._recovering: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self.polled_at = time.monotonic()

    @property
    def ready(self) -> bool:
        """Whether the group gave this process partitions and their offsets are read."""
        return bool(self._owned) and all(owned.state for owned in self._owned.values())

    # aiokafka calls these two within a rebalance, logs what they raise, and goes on: so failures are kept for `run`.
    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Drop what is buffered; wait for inserts under way, so that their ends are committed."""
        await self._let_go(self._settings.sink.drain_seconds)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        # Reading offsets may wait for servers; it must not hold the group's heartbeats back.
        prefix = len(self._settings.kafka.topic_prefix)
        self._owned = {tp: _Owned(BY_TOPIC[tp.topic[prefix:]]) for tp in assigned}
        metrics.PARTITIONS.set(len(self._owned))
        self._recovering = asyncio.create_task(self._recover(dict(self._owned)))

    async def run(self, stop: asyncio.Event) -> None:
        try:
            while not stop.is_set():
                await self._poll()
                self._start_due_writes()
            await self._drain()
        finally:
            await self._let_go(0)

    async def _poll(self) -> None:
        self._raise_failure()
        now = time.monotonic()
        self.polled_at = now
        wanted = [] if self._memory_full else [tp for tp, o in self._owned.items() if o.state and o.state.has_room]
        poll = self._consumer.getmany(
            *(wanted or [_NOTHING]), timeout_ms=int(_POLL_SECONDS * 1000), max_records=_RECORDS_PER_POLL
        )
        try:
            # While the group rebalances, aiokafka waits without an end of its own.
            fetched = await asyncio.wait_for(poll, _POLL_DEADLINE_SECONDS)
        except TimeoutError:
            return
        except NoOffsetForPartitionError:
            return  # fetched for before recovery set its position; recovery has done so by now or will
        except OffsetOutOfRangeError as error:
            raise OffsetLost(_out_of_range(error)) from error
        now = time.monotonic()
        for tp, records in fetched.items():
            owned = self._owned.get(tp)
            if owned is not None and owned.state is not None:
                owned.state.add(records, now)
        self._measure()

    def _start_due_writes(self, *, draining: bool = False) -> None:
        now = time.monotonic()
        # At most so many inserts a second into one table, however many partitions feed it.
        feeding = Counter(owned.table.name for owned in self._owned.values())
        memory_full = self._memory_full
        for tp, owned in self._owned.items():
            if owned.state is None or owned.write is not None or owned.abandon.is_set():
                continue
            max_age = max(self._settings.sink.flush_seconds, feeding[owned.table.name] / INSERTS_PER_SECOND)
            reason = owned.state.due(now, max_age, memory_full=memory_full, draining=draining)
            if reason is not None and not self._slots.locked():
                owned.write = asyncio.create_task(self._write(tp, owned, owned.state, reason))

    async def _write(self, tp: TopicPartition, owned: _Owned, state: Partition, reason: FlushReason) -> None:
        try:
            async with self._slots:
                batch = state.take(reason, time.monotonic())
                await self._writer.write(owned.table, tp, batch, owned.abandon)
                state.stored()
        except PartitionLost as lost:
            metrics.LOST.inc()
            log.warning("%s; its next owner goes on from the committed offset", lost)
            owned.abandon.set()  # nothing that comes after a lost range may be written
        except Exception as error:  # noqa: BLE001 - not swallowed: `run` raises it
            self._failure = self._failure or error
        finally:
            owned.write = None

    async def _recover(self, owned: dict[TopicPartition, _Owned]) -> None:
        try:
            async for tp, state in self._recovery.positions(list(owned), self._limits):
                self._consumer.seek(tp, state.committed)
                owned[tp].state = state
        except Exception as error:  # noqa: BLE001 - not swallowed: `run` raises it
            self._failure = self._failure or error

    async def _drain(self) -> None:
        """Write what is buffered, within the drain time; what does not get through stays in Kafka."""
        deadline = time.monotonic() + self._settings.sink.drain_seconds
        while any(owned.state and not owned.state.is_empty for owned in self._owned.values()):
            self._raise_failure()
            if time.monotonic() > deadline:
                log.warning("stopping before everything read was stored: the rest stays in Kafka for the next start")
                return
            self._start_due_writes(draining=True)
            writes = [owned.write for owned in self._owned.values() if owned.write]
            if not writes:
                return  # only lost partitions and unfinished pending ranges are left
            await asyncio.wait(writes, timeout=_POLL_SECONDS)
        self._raise_failure()

    async def _let_go(self, wait_seconds: float) -> None:
        """Own nothing any more. Inserts under way may finish within the time; waiting ones are given up."""
        owned, self._owned = list(self._owned.values()), {}
        metrics.PARTITIONS.set(0)
        tasks = [o.write for o in owned if o.write]
        for o in owned:
            o.abandon.set()
        if self._recovering is not None:
            self._recovering.cancel()
            tasks.append(self._recovering)
            self._recovering = None
        if not tasks:
            return
        if wait_seconds:
            await asyncio.wait(tasks, timeout=wait_seconds)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    @property
    def _memory_full(self) -> bool:
        held = sum(owned.state.held_bytes for owned in self._owned.values() if owned.state)
        return held >= self._settings.sink.total_bytes

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _measure(self) -> None:
        records: dict[str, int] = {}
        oldest: dict[str, int] = {}
        for tp, owned in self._owned.items():
            if owned.state is None:
                continue
            name = owned.table.name
            end = self._consumer.highwater(tp)
            records[name] = records.get(name, 0) + (max(0, end - owned.state.committed) if end is not None else 0)
            if (timestamp := owned.state.oldest_timestamp) is not None:
                oldest[name] = min(oldest.get(name, timestamp), timestamp)
        for name, count in records.items():
            metrics.LAG_RECORDS.labels(name).set(count)
            metrics.LAG_SECONDS.labels(name).set(max(0.0, time.time() - oldest[name] / 1000) if name in oldest else 0.0)
        metrics.HELD_BYTES.set(sum(o.state.held_bytes for o in self._owned.values() if o.state))


def _out_of_range(error: OffsetOutOfRangeError) -> str:
    where = ", ".join(f"{tp.topic}-{tp.partition} at offset {offset}" for tp, offset in error.args[0].items())
    return (
        f"Kafka does not have {where} any more: retention passed it, or the topic was made anew. Records were lost or "
        "would be stored twice if this went on by itself. Find out which (sink_batches says what is stored), then set "
        "the group's offset by hand"
    )
