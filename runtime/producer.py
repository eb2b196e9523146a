"""The one way to write to Kafka: idempotent, acks=all, batches of our own per partition, bounded in bytes.

Why not `AIOKafkaProducer.send`: it costs 11.3 microseconds a record, `create_batch`/`send_batch` 2.4 (DESIGN 6).
Records of one partition stay in order: one batch of a partition is under way at a time.

A deadline fails whoever waits, not the batch: with idempotence aiokafka tries until the broker answers, so the bytes
count as pending until then. That bound is what a caller meets (BufferFull) when Kafka is down.
"""

from __future__ import annotations

import asyncio
import logging
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from runtime.batch import Batch, Lane
from runtime.errors import BufferFull, DeliveryFailed, TopicMismatch
from runtime.kafka import make_producer
from runtime.sections import KafkaSettings
from schemas.headers import Header

log = logging.getLogger(__name__)

# How long the first record of a batch waits for company. A request to Kafka costs the edge as much as a device's own;
# without the wait every partition sends small ones of its own (profile: docs/performance.md).
_LINGER_SECONDS = 0.002
_RECORD_OVERHEAD_BYTES = 100
_CACHED_PARTITIONS = 100_000


class RecordPosition(NamedTuple):
    partition: int
    offset: int


class Producer:
    """Topic arguments are catalogue names without prefix; `prepare` them first."""

    def __init__(
        self, settings: KafkaSettings, *, client_id: str, max_pending_bytes: int, deadline_seconds: float
    ) -> None:
        self._settings = settings
        self._client_id = client_id
        self._max_pending_bytes = max_pending_bytes
        self._deadline_seconds = deadline_seconds
        self._kafka: AIOKafkaProducer | None = None
        self._partition_counts: dict[str, int] = {}
        self._partitions: dict[tuple[str, bytes], Lane] = {}
        self._lanes: dict[tuple[str, int], Lane] = {}
        self._retired: set[asyncio.Task[None]] = set()
        self._waiting: set[Lane] = set()
        self._tick: asyncio.TimerHandle | None = None
        self._rebuilding = asyncio.Lock()
        self.pending_bytes = 0
        self.rebuilds = 0

    async def start(self) -> None:
        """Raises DeliveryFailed when Kafka cannot be reached."""
        self._kafka = await self._connect()

    async def prepare(self, *topics: str) -> None:
        """Learn the partition counts. Raises TopicMismatch naming a topic that is not there."""
        kafka = self._connected()
        for topic in topics:
            try:
                partitions = await asyncio.wait_for(
                    kafka.partitions_for(self._settings.topic(topic)), self._settings.request_timeout_seconds
                )
            except (KafkaError, TimeoutError):
                partitions = set()
            if not partitions:
                raise TopicMismatch(
                    f"topic {self._settings.topic(topic)} does not exist: run `punchstream topics apply` first"
                )
            self._partition_counts[topic] = len(partitions)

    async def stop(self) -> None:
        """Flush within the deadline, then disconnect. What is still pending fails its waiters."""
        if self._kafka is None:
            return
        try:
            await asyncio.wait_for(self.flush(), self._deadline_seconds)
        except (DeliveryFailed, TimeoutError):
            log.warning("stopping with %d bytes that Kafka did not acknowledge", self.pending_bytes)
        if self._tick is not None:
            self._tick.cancel()
        for lane in self._lanes.values():
            if lane.sender is not None:
                lane.sender.cancel()
        kafka, self._kafka = self._kafka, None
        await self._retire(kafka)
        for task in list(self._retired):
            task.cancel()

    def append(
        self,
        topic: str,
        key: bytes,
        value: bytes | bytearray | None,
        *,
        partition_by: bytes,
        headers: list[Header] | None = None,
        timestamp_ms: int | None = None,
    ) -> Batch:
        """Add one record to the batch that its partition is filling; await `acked()` of what is returned.

        None as value deletes the key of a compacted topic.
        Raises BufferFull when more than the allowed bytes wait for Kafka: nothing was taken.
        """
        lane = self._partitions.get((topic, partition_by)) or self._lane(topic, partition_by)
        byte_count = len(key) + len(value or b"") + _RECORD_OVERHEAD_BYTES
        if self.pending_bytes + byte_count > self._max_pending_bytes:
            raise BufferFull(f"{self.pending_bytes} bytes already wait for Kafka, {self._max_pending_bytes} may")
        batch = lane.current
        if batch is None or batch.builder.append(timestamp=timestamp_ms, key=key, value=value, headers=headers) is None:
            if batch is not None:
                lane.full.append(batch)
            batch = lane.current = Batch(self._connected().create_batch(), self._deadline_seconds)
            # The first record of a batch always fits, however big it is.
            batch.builder.append(timestamp=timestamp_ms, key=key, value=value, headers=headers)
        batch.count += 1
        batch.byte_count += byte_count
        self.pending_bytes += byte_count
        if lane.sender is None:
            self._waiting.add(lane)
            self._schedule()
        return batch

    async def send(
        self,
        topic: str,
        key: bytes,
        value: bytes,
        *,
        partition_by: bytes,
        headers: list[Header] | None = None,
        timestamp_ms: int | None = None,
    ) -> RecordPosition:
        """One record, acknowledged. Raises BufferFull or DeliveryFailed."""
        batch = self.append(topic, key, value, partition_by=partition_by, headers=headers, timestamp_ms=timestamp_ms)
        index = batch.count - 1
        return RecordPosition(self.partition(topic, partition_by), await batch.acked() + index)

    def partition(self, topic: str, partition_by: bytes) -> int:
        """The partition that records with this `partition_by` go to."""
        return self._lane(topic, partition_by).partition

    def partition_count(self, topic: str) -> int:
        """How many partitions a prepared topic has."""
        return self._partition_counts[topic]

    async def flush(self) -> None:
        """Wait until nothing is pending. Raises DeliveryFailed when something was not taken."""
        waiting = [batch for lane in self._lanes.values() for batch in (*lane.full, lane.current) if batch]
        for batch in waiting:
            await batch.acked()
        for lane in self._lanes.values():
            if lane.sender is not None:
                await asyncio.wait([lane.sender], timeout=self._deadline_seconds)

    def _lane(self, topic: str, partition_by: bytes) -> Lane:
        lane = self._partitions.get((topic, partition_by))
        if lane is None:
            count = self._partition_counts.get(topic)
            if count is None:
                raise TopicMismatch(f"topic {topic} was not prepared by this process: a programming error")
            partition = (murmur2(partition_by) & 0x7FFFFFFF) % count
            lane = self._lanes.setdefault((topic, partition), Lane(self._settings.topic(topic), partition))
            if len(self._partitions) >= _CACHED_PARTITIONS:
                self._partitions.clear()
            self._partitions[topic, partition_by] = lane
        return lane

    def _schedule(self) -> None:
        if self._tick is None:
            self._tick = asyncio.get_running_loop().call_later(_LINGER_SECONDS, self._send_waiting)

    def _send_waiting(self) -> None:
        """All partitions that have something go off together: aiokafka puts them into one request."""
        self._tick = None
        waiting, self._waiting = self._waiting, set()
        for lane in waiting:
            lane.sender = asyncio.create_task(self._send_lane(lane))

    async def _send_lane(self, lane: Lane) -> None:
        try:
            if batch := lane.take():
                await self._deliver(lane, batch)
            while lane.full:  # more than one batch: there is nothing to wait for
                await self._deliver(lane, lane.full.popleft())
        finally:
            lane.sender = None
            if lane.current is not None:
                self._waiting.add(lane)
                self._schedule()

    async def _deliver(self, lane: Lane, batch: Batch) -> None:
        kafka = self._connected()
        try:
            batch.builder.close()
            delivery = await kafka.send_batch(batch.builder, lane.topic, partition=lane.partition)
            metadata = await delivery
        except KafkaError as error:
            # A failed batch leaves a hole in the partition's sequence numbers: this producer would fail for ever
            # (aiokafka #1017). A new one starts a new sequence.
            batch.fail(f"Kafka refused a batch for {lane.topic}-{lane.partition}: {error!r}")
            await self._rebuild(kafka)
        else:
            batch.succeed(metadata.offset if metadata is not None else -1)
        finally:
            batch.fail("the producer was stopped")  # changes nothing when the outcome is known
            self.pending_bytes -= batch.byte_count

    async def _rebuild(self, broken: AIOKafkaProducer) -> None:
        async with self._rebuilding:
            if self._kafka is not broken:
                return
            self.rebuilds += 1
            log.warning("rebuilding the Kafka producer after a failed batch")
            try:
                self._kafka = await self._connect()
            except DeliveryFailed:
                log.exception("Kafka cannot be reached; the old producer stays until a batch fails again")
                return
            retiring = asyncio.create_task(self._retire(broken))
            self._retired.add(retiring)
            retiring.add_done_callback(self._retired.discard)

    async def _retire(self, kafka: AIOKafkaProducer) -> None:
        try:
            await asyncio.wait_for(kafka.stop(), self._deadline_seconds)
        except (KafkaError, TimeoutError):
            log.warning("an old Kafka producer did not stop in time")

    async def _connect(self) -> AIOKafkaProducer:
        kafka = make_producer(
            self._settings,
            client_id=self._client_id,
            max_record_bytes=self._settings.max_record_bytes,
            enable_idempotence=True,
        )
        try:
            await kafka.start()
        except KafkaError as error:
            await kafka.stop()
            raise DeliveryFailed(f"Kafka at {self._settings.bootstrap} cannot be reached: {error}") from error
        return kafka

    def _connected(self) -> AIOKafkaProducer:
        if self._kafka is None:
            raise DeliveryFailed("the producer is not started")
        return self._kafka
