"""A consumer group's loop around keyed state: read, let a worker make it durable, commit the offset, follow rebalances.

Plain aiokafka and not Faust, whose own cost per record is more than all that is done with it (decisions/0020). What
keeps it exact:
- no record is handled before the worker owns the partition: older owners fenced, the state read to its end;
- an offset is committed after everything before it is durable, and one that Kafka refuses is only work done twice;
- what was taken before a rebalance is thrown away after it: the committed offset says where to go on;
- an offset that Kafka does not have any more ends the process, and is never reset.
Kafka is polled for `take_seconds` or `take_records`, so that a transaction is shared by many records. What a worker has
not done of them is given to it again, and a partition that it has more to do for is handled without records, too; Kafka
is asked between, for the other partitions.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)

from processors.errors import OffsetLost, OffsetsUnreadable
from processors.loop_worker import Worker
from processors.metrics import BATCH_SECONDS, LAG_RECORDS, LAST_PROGRESS, RECORDS, RETRIES
from processors.put_aside import Record
from runtime.errors import Fatal, Retriable
from runtime.kafka import make_consumer
from runtime.sections import KafkaSettings

log = logging.getLogger(__name__)

# Few large answers of Kafka instead of many small ones; a tenth of a second is little against the time of a batch.
_FETCH_MIN_BYTES = 256 * 1024
_FETCH_MAX_WAIT_MS = 100
_POLL_DEADLINE_SECONDS = 2.0
_BUSY_TAKE_SECONDS = 0.005  # while a worker has more to do anyway
_COMMIT_SECONDS = 10.0
_OFFSETS_SECONDS = 60.0
_STOP_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 10.0
# Asked for when no partition is ready: no arguments would mean all partitions.
_NOTHING = TopicPartition("", -1)


class KeyedLoop(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka publishes no types
    """Reads the worker's topic with the group `group` (without prefix). `name` is the label of its metrics.

    `trouble` says in words why nothing is handled, "" when all is well; `polled_at` is on the monotonic clock.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        worker: Worker,
        *,
        name: str,
        group: str,
        instance_id: str,
        take_records: int,
        take_seconds: float,
    ) -> None:
        self._worker = worker
        self._name = name
        self._topic = settings.topic(worker.source_topic)
        self._take_records = take_records
        self._take_seconds = take_seconds
        self._consumer: AIOKafkaConsumer = make_consumer(
            settings,
            group=settings.topic(group),
            client_id=f"punchstream-{name}",
            instance_id=instance_id,
            fetch_min_bytes=_FETCH_MIN_BYTES,
            fetch_max_wait_ms=_FETCH_MAX_WAIT_MS,
        )
        self._ready: list[TopicPartition] = []  # another list after every rebalance
        self._left: dict[TopicPartition, list[Record]] = {}  # taken, and not done yet
        self._handling = asyncio.Lock()
        self._taking_over: asyncio.Task[None] | None = None
        self._stopping: asyncio.Task[Any]
        self._failure: BaseException | None = None
        self._committed: dict[TopicPartition, int] = {}
        self.trouble = f"the partitions of {worker.source_topic} are not assigned yet"
        self.polled_at = math.inf  # not running yet

    async def run(self, stop: asyncio.Event) -> None:
        """Lasts until `stop`, after the batch in hand. Errors that end the process come out of it."""
        self._consumer.subscribe([self._topic], listener=self)
        self._stopping = asyncio.create_task(stop.wait())
        self._stopping.add_done_callback(lambda _: self._worker.interrupt())
        try:
            await self._consumer.start()
            while not stop.is_set():
                ready, taken = await self._take(stop)
                await self._handle(ready, taken)
        finally:
            try:
                await asyncio.wait_for(self._consumer.stop(), _STOP_SECONDS)
            except TimeoutError:
                log.warning("%s: the consumer did not stop within %.0f s", self._name, _STOP_SECONDS)
            await self._let_go()  # now that no rebalance can come any more
            self._stopping.cancel()

    # aiokafka calls these two within a rebalance, logs what they raise, and goes on: so failures are kept for `run`.
    async def on_partitions_revoked(self, _revoked: Iterable[TopicPartition]) -> None:
        """Waits for the transactions under way, so that their ends are committed."""
        await self._let_go()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        # Reading the state may take minutes; it must not hold the group's heartbeats back.
        self._taking_over = asyncio.create_task(self._take_over(sorted(assigned)))

    async def _take_over(self, partitions: Sequence[TopicPartition]) -> None:
        try:
            await self._worker.assigned([tp.partition for tp in partitions])
            self._committed = await self._positions(partitions)
            for tp, offset in self._committed.items():
                self._consumer.seek(tp, offset)
            self._ready = list(partitions)
            self.trouble = ""
        except Exception as error:  # noqa: BLE001 - not swallowed: `run` raises it
            self._failure = self._failure or error

    async def _positions(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Where the group goes on, at the first record where it never was. Raises OffsetsUnreadable."""
        try:
            async with asyncio.timeout(_OFFSETS_SECONDS):
                # aiokafka asks again by itself after errors that may pass.
                found = {tp: await self._consumer.committed(tp) for tp in partitions}
                new = [tp for tp, offset in found.items() if offset is None]
                return {**found, **(await self._consumer.beginning_offsets(new) if new else {})}
        except (KafkaError, TimeoutError) as error:
            why = f"not within {_OFFSETS_SECONDS:g} s" if isinstance(error, TimeoutError) else repr(error)
            raise OffsetsUnreadable(
                f"Kafka does not tell the offsets that the group has committed to {self._topic}: {why}"
            ) from error

    async def _let_go(self) -> None:
        """Own nothing any more, once what is under way is done."""
        self._ready = []
        self.trouble = f"the partitions of {self._worker.source_topic} are being assigned anew"
        if self._taking_over is not None:
            self._taking_over.cancel()
            await asyncio.wait([self._taking_over])
            self._taking_over = None
        self._worker.interrupt()
        async with self._handling:
            self._left.clear()
            self._worker.revoked()

    async def _take(self, stop: asyncio.Event) -> tuple[list[TopicPartition], dict[TopicPartition, list[Record]]]:
        """What there is within the time, and the partitions that were ready for it."""
        ready, left = self._ready, max(1, self._take_records - sum(map(len, self._left.values())))
        taken: dict[TopicPartition, list[Record]] = {}
        free = [tp for tp in ready if tp not in self._left]
        busy = self._left or any(map(self._busy, ready))
        until = time.monotonic() + (_BUSY_TAKE_SECONDS if busy else self._take_seconds)
        while left > 0 and (seconds := until - time.monotonic()) > 0:
            if self._failure is not None:
                raise self._failure
            if self._ready is not ready or stop.is_set():
                break
            for tp, records in (await self._poll(free, seconds, left)).items():
                taken.setdefault(tp, []).extend(records)
                left -= len(records)
        return ready, taken

    async def _poll(
        self, free: list[TopicPartition], seconds: float, most: int
    ) -> dict[TopicPartition, Sequence[Record]]:
        self.polled_at = time.monotonic()
        poll = self._consumer.getmany(*(free or [_NOTHING]), timeout_ms=int(seconds * 1000) + 1, max_records=most)
        try:
            # While the group rebalances, aiokafka waits without an end of its own.
            fetched: dict[TopicPartition, Sequence[Record]] = await asyncio.wait_for(poll, _POLL_DEADLINE_SECONDS)
        except TimeoutError:
            return {}
        except NoOffsetForPartitionError:
            return {}  # fetched for before `_take_over` set its position
        except OffsetOutOfRangeError as error:
            raise OffsetLost(_out_of_range(error)) from error
        except KafkaError as error:
            if not error.retriable:
                raise
            log.warning("%s: reading %s: %r", self._name, self._topic, error)
            await asyncio.sleep(_FIRST_PAUSE_SECONDS)
            return {}
        return fetched

    async def _handle(self, ready: list[TopicPartition], taken: dict[TopicPartition, list[Record]]) -> None:
        async with self._handling:
            if self._ready is not ready:
                return  # read again by whoever owns them now
            work = {**{tp: [] for tp in ready if self._busy(tp)}, **self._left, **taken}
            if work:
                started = time.monotonic()
                outcomes = await asyncio.gather(
                    *(self._until_done(ready, tp, records) for tp, records in work.items()), return_exceptions=True
                )
                errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
                if errors:
                    raise next((error for error in errors if isinstance(error, Fatal)), errors[0])
                counts = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
                done = dict(zip(work, counts, strict=True))
                await self._commit({tp: work[tp][count - 1].offset + 1 for tp, count in done.items() if count})
                self._left = {tp: work[tp][count:] for tp, count in done.items() if count < len(work[tp])}
                BATCH_SECONDS.labels(self._name).observe(time.monotonic() - started)
                RECORDS.labels(self._name).inc(sum(done.values()))
                LAST_PROGRESS.labels(self._name).set_to_current_time()
            ends = {tp: self._consumer.highwater(tp) or 0 for tp in ready}
            LAG_RECORDS.labels(self._name).set(sum(max(0, end - self._committed[tp]) for tp, end in ends.items()))

    def _busy(self, tp: TopicPartition) -> bool:
        return self._worker.busy(tp.partition)

    async def _until_done(self, ready: list[TopicPartition], tp: TopicPartition, records: Sequence[Record]) -> int:
        """Again after errors that may pass: Kafka keeps the rest. 0 when a rebalance or the stop comes first."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                return await self._worker.handle(tp.partition, records)
            except Retriable as error:
                RETRIES.labels(self._name).inc()
                log.warning("%s: %s; the same %d records again in %.1f s", self._name, error, len(records), pause)
            await asyncio.wait([self._stopping], timeout=pause)
            if self._stopping.done() or self._ready is not ready:
                return 0
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _commit(self, offsets: dict[TopicPartition, int]) -> None:
        """A commit that fails loses nothing: the state holds the records, doing them again changes nothing."""
        if not offsets:
            return
        try:
            async with asyncio.timeout(_COMMIT_SECONDS):
                await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            log.warning("%s: offsets not committed, the partitions have gone to another owner: %s", self._name, error)
        except (KafkaError, TimeoutError) as error:
            if isinstance(error, KafkaError) and not error.retriable:
                raise
            log.warning("%s: offsets not committed, the next ones will be: %r", self._name, error)
        else:
            self._committed.update(offsets)


def _out_of_range(error: OffsetOutOfRangeError) -> str:
    where = ", ".join(f"{tp.topic}-{tp.partition} at offset {offset}" for tp, offset in error.args[0].items())
    return (
        f"Kafka does not have {where} any more: retention passed it, or the topic was made anew. Find out what is "
        "missing (raw_events in ClickHouse keeps every upload), then set the group's offset by hand"
    )
