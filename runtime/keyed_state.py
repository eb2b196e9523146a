"""Exact keyed state for one agent: a compacted topic is the truth, a dict per owned partition the cache.

Every owned partition has a transactional producer of its own. Starting it fences whoever owned the partition before, so
that a process that was frozen and comes back cannot write; what an older owner left unfinished is aborted. Then the
partition is read, committed records only, before its first `get`. Every failure to write is fatal: whether Kafka has
the transaction is unknown, and reading the state again, by the next process, is what settles it.
Source: DESIGN 6, spec/faust-state.md 3.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import IllegalOperation, KafkaError, ProducerFenced
from prometheus_client import Counter, Gauge

from runtime.errors import StateFenced, StateMisused, StateUncertain, StateUnreadable
from runtime.kafka import make_consumer, make_producer
from runtime.sections import KafkaSettings
from runtime.state_records import Output, batches, refuse_too_big, transactional_name
from schemas.topics import MAX_EVENT_BYTES

log = logging.getLogger(__name__)

_POLL_MS = 200

WRITES = Counter("punchstream_state_writes_total", "records of keyed state, and derived with it, committed", ["topic"])
CATCH_UP_SECONDS = Gauge(
    "punchstream_state_catch_up_seconds", "how long the last take-over of partitions took", ["topic"]
)
KEYS = Gauge("punchstream_state_keys", "keys in memory", ["topic"])


@dataclass(slots=True)
class _Owned:
    """One partition that is ours. position: next offset of the state topic that is not in `values`."""

    producer: AIOKafkaProducer
    values: dict[bytes, bytes] = field(default_factory=dict)
    position: int = 0


class KeyedState:
    """`topic` is a catalogue name; `trouble` says in words why the state is not ready, "" when it is. `ours` says which
    keys are state: where others write to the topic too, theirs are neither held in memory nor touched; None: all are.

    `put` may run for several partitions at the same time, for one partition only one after the other.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        topic: str,
        *,
        client_id: str,
        deadline_seconds: float = 30.0,
        catch_up_seconds: float = 300.0,
        ours: Callable[[bytes], bool] | None = None,
    ) -> None:
        self._settings = settings
        self.topic = topic
        self._full_topic = transactional_name(settings, topic)
        self._client_id = client_id
        self._deadline_seconds = deadline_seconds
        self._catch_up_seconds = catch_up_seconds
        self._ours = ours
        self._owned: dict[int, _Owned] = {}
        self.trouble = f"the partitions of {topic} are not assigned yet"

    async def assigned(self, partitions: Collection[int]) -> None:
        """Own exactly these from now on: fence, read what is missing, forget the rest. Raises StateUnreadable."""
        started = time.monotonic()
        self.trouble = f"reading the state of {self.topic}"
        try:
            async with asyncio.timeout(self._catch_up_seconds):
                await self._take_over(sorted(set(partitions)))
                await self._catch_up()
        except (KafkaError, TimeoutError) as error:
            why = f"not within {self._catch_up_seconds:g} s" if isinstance(error, TimeoutError) else repr(error)
            raise StateUnreadable(
                f"cannot take over the state in topic {self._full_topic} of Kafka at {self._settings.bootstrap}: {why}"
            ) from error
        seconds = time.monotonic() - started
        self.trouble = ""
        CATCH_UP_SECONDS.labels(self.topic).set(seconds)
        self._count_keys()
        log.info("%s: partitions %s taken over in %.2f s", self._full_topic, sorted(self._owned), seconds)

    async def stop(self) -> None:
        owned, self._owned = self._owned, {}
        await self._stop_producers([partition.producer for partition in owned.values()])

    def get(self, partition: int, key: bytes) -> bytes | None:
        """Raises StateMisused for a partition that is not owned."""
        return self._of(partition).values.get(key)

    def items(self, partition: int) -> Mapping[bytes, bytes]:
        """All of a partition; changes with every `put`. Raises StateMisused for a partition that is not owned."""
        return MappingProxyType(self._of(partition).values)

    async def put(self, partition: int, values: Mapping[bytes, bytes | None], also: Sequence[Output] = ()) -> None:
        """Write state and outputs (to the same partition number) in one transaction, then update the cache.

        None deletes. Raises StateTooBig before anything is written; StateFenced or StateUncertain, after which this
        process must end; StateMisused.
        """
        owned = self._of(partition)
        records: dict[str, list[tuple[bytes, bytes | None]]] = {}
        if values:
            records[self._full_topic] = list(values.items())
        for topic, key, value in also:
            records.setdefault(transactional_name(self._settings, topic), []).append((key, value))
        refuse_too_big(records)
        if not records:
            return
        where = f"{self._full_topic}-{partition}"
        try:
            async with asyncio.timeout(self._deadline_seconds):
                owned.position = await self._commit(owned, partition, records)
        except ProducerFenced as error:
            raise StateFenced(f"{where} has been taken over by another process; this one must end") from error
        except TimeoutError as error:
            raise StateUncertain(
                f"Kafka did not commit a transaction for {where} within {self._deadline_seconds:g} s"
            ) from error
        except KafkaError as error:
            raise StateUncertain(f"Kafka refused a transaction for {where}: {error!r}") from error
        _apply(owned.values, values.items())
        self._count_keys()
        WRITES.labels(self.topic).inc(len(values))
        for topic, _, _ in also:
            WRITES.labels(topic).inc()

    async def _commit(
        self, owned: _Owned, partition: int, records: Mapping[str, Sequence[tuple[bytes, bytes | None]]]
    ) -> int:
        """The position of the state topic after it."""
        producer, position = owned.producer, owned.position
        await producer.begin_transaction()
        deliveries = []
        try:
            for topic, pairs in records.items():
                for batch in batches(producer, pairs):
                    count = batch.record_count()
                    delivery = await producer.send_batch(batch, topic, partition=partition)
                    deliveries.append((topic, count, delivery))
        except IllegalOperation:
            # The transaction failed meanwhile; why (fenced, say) is told to what was sent before.
            await asyncio.gather(*(delivery for _, _, delivery in deliveries))
            raise
        metadata = await asyncio.gather(*(delivery for _, _, delivery in deliveries))
        await producer.commit_transaction()
        for (topic, count, _), batch_metadata in zip(deliveries, metadata, strict=True):
            if topic == self._full_topic:
                position = max(position, batch_metadata.offset + count)
        return position

    async def _take_over(self, partitions: Sequence[int]) -> None:
        """A new producer for each partition, kept ones included: a rebalance may hide a change of hands."""
        await self._stop_producers([partition.producer for partition in self._owned.values()])
        before, self._owned = self._owned, {}
        for number in partitions:
            producer = self._make_producer(number)
            kept = before.get(number)
            self._owned[number] = _Owned(producer, kept.values, kept.position) if kept else _Owned(producer)
        await asyncio.gather(*(owned.producer.start() for owned in self._owned.values()))

    def _make_producer(self, partition: int) -> AIOKafkaProducer:
        return make_producer(
            self._settings,
            client_id=f"{self._client_id}-{self.topic}-{partition}",
            max_record_bytes=MAX_EVENT_BYTES,
            transactional_id=f"{self._full_topic}-{partition}",
            transaction_timeout_ms=int(self._deadline_seconds * 1000),
        )

    async def _catch_up(self) -> None:
        if not self._owned:
            return
        consumer = make_consumer(self._settings, group=None, client_id=f"{self._client_id}-{self.topic}")
        try:
            await consumer.start()  # within, since a rebalance may cancel it half-way
            partitions = [TopicPartition(self._full_topic, number) for number in self._owned]
            consumer.assign(partitions)
            first = await consumer.beginning_offsets(partitions)
            end = await consumer.end_offsets(partitions)
            for partition in partitions:
                consumer.seek(partition, max(first[partition], self._owned[partition.partition].position))
            await self._read_to(consumer, end)
        finally:
            await consumer.stop()

    async def _read_to(self, consumer: AIOKafkaConsumer, end: Mapping[TopicPartition, int]) -> None:
        """The position, not the last record, tells the end: markers of transactions and compaction leave holes."""
        open_partitions = set(end)
        while True:
            for partition in list(open_partitions):
                owned = self._owned[partition.partition]
                owned.position = await consumer.position(partition)
                if owned.position >= end[partition]:
                    consumer.pause(partition)
                    open_partitions.discard(partition)
            if not open_partitions:
                return
            for partition, found in (await consumer.getmany(*open_partitions, timeout_ms=_POLL_MS)).items():
                ours, values = self._ours, self._owned[partition.partition].values
                _apply(values, ((one.key, one.value) for one in found if ours is None or ours(one.key)))

    async def _stop_producers(self, producers: Sequence[AIOKafkaProducer]) -> None:
        stopping = [asyncio.wait_for(producer.stop(), self._deadline_seconds) for producer in producers]
        for outcome in await asyncio.gather(*stopping, return_exceptions=True):
            if isinstance(outcome, (KafkaError, TimeoutError)):
                log.warning("%s: a producer did not stop in order: %r", self._full_topic, outcome)
            elif isinstance(outcome, BaseException):
                raise outcome

    def _of(self, partition: int) -> _Owned:
        owned = self._owned.get(partition)
        if owned is None:
            raise StateMisused(
                f"{self._full_topic}-{partition} is not owned by this process, only {sorted(self._owned)}"
            )
        return owned

    def _count_keys(self) -> None:
        KEYS.labels(self.topic).set(sum(len(owned.values) for owned in self._owned.values()))


def _apply(cache: dict[bytes, bytes], pairs: Any) -> None:
    for key, value in pairs:
        if value is None:
            cache.pop(key, None)
        else:
            cache[key] = value
