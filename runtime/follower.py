"""All of a topic from its beginning, then whatever comes: how a process keeps a view of a topic in memory.

No consumer group: every process reads every partition. Source: DESIGN 4 ("no input before its view reached the end").
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from runtime.errors import ViewUnreadable
from runtime.kafka import make_admin, make_consumer
from runtime.sections import KafkaSettings

log = logging.getLogger(__name__)

_POLL_MS = 500
_POLL_RECORDS = 1000

Apply = Callable[["ConsumerRecord[bytes, bytes]"], None]


class Follower:
    """Calls `apply` for every record of a topic (catalogue name), those of one partition in order.

    `failed` says in words why following stopped, and is empty as long as it goes on: then the view is stale, and the
    process should stop being ready. An exception of `apply` stops it: whoever can tell that one record alone is to
    blame must catch it there.
    """

    def __init__(
        self, settings: KafkaSettings, topic: str, apply: Apply, *, client_id: str, deadline_seconds: float = 60.0
    ) -> None:
        self._settings = settings
        self._topic = settings.topic(topic)
        self._apply = apply
        self._client_id = client_id
        self._deadline_seconds = deadline_seconds
        self._consumer: AIOKafkaConsumer | None = None
        self._following: asyncio.Task[None] | None = None
        self._moved = asyncio.Condition()
        self.positions: dict[int, int] = {}  # partition -> next offset: all before it are applied
        self.failed = ""

    async def start(self) -> None:
        """Returns when the view reached the end that each partition had at the start. Raises ViewUnreadable."""
        try:
            await asyncio.wait_for(self._catch_up(), self._deadline_seconds)
        except (KafkaError, TimeoutError) as error:
            await self.stop()
            late = isinstance(error, TimeoutError)
            why = f"its end was not reached within {self._deadline_seconds:g} s" if late else repr(error)
            raise ViewUnreadable(
                f"cannot read topic {self._topic} of Kafka at {self._settings.bootstrap}: {why}"
            ) from error
        except BaseException:
            await self.stop()
            raise
        self._following = asyncio.create_task(self._follow())
        self._following.add_done_callback(self._ended)

    async def stop(self) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
            self._following = None
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await consumer.stop()

    async def reached(self, partition: int, offset: int) -> None:
        """Wait until the record at this offset is applied. The caller sets the deadline."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.positions.get(partition, 0) > offset or bool(self.failed))
        if self.failed:
            raise ViewUnreadable(self.failed)

    async def reached_end(self, partition: int) -> None:
        """Wait until all that a partition holds now is applied. The caller sets the deadline."""
        if self._consumer is None:
            raise ViewUnreadable(self.failed or f"topic {self._topic} is not followed")
        place = TopicPartition(self._topic, partition)
        end = (await self._consumer.end_offsets([place]))[place]
        await self.reached(partition, end - 1)

    async def _catch_up(self) -> None:
        consumer = self._consumer = make_consumer(self._settings, group=None, client_id=self._client_id)
        await consumer.start()
        # Asked first, because assigning a topic that is not there creates it where brokers are set to do so.
        if self._topic not in await consumer.topics():
            raise ViewUnreadable(
                f"topic {self._topic} does not exist in Kafka at {self._settings.bootstrap}: "
                "run `punchstream topics apply` first"
            )
        partitions = await self._partitions()
        consumer.assign(partitions)
        first = await consumer.beginning_offsets(partitions)
        end = await consumer.end_offsets(partitions)
        for partition in partitions:
            consumer.seek(partition, first[partition])
            self.positions[partition.partition] = first[partition]
        # The position, not the last record: compaction and transaction markers leave offsets without a record.
        while any(self.positions[partition.partition] < end[partition] for partition in partitions):
            await self._read(consumer, partitions)
            await asyncio.sleep(0)  # records that are buffered come without a wait: others have their turn

    async def _partitions(self) -> list[TopicPartition]:
        """Asked of the admin client: a consumer that was assigned nothing yet knows of no partitions."""
        admin = make_admin(self._settings)
        try:
            await admin.start()
            (described,) = await admin.describe_topics([self._topic])
        finally:
            await admin.close()
        partitions = [TopicPartition(self._topic, found["partition"]) for found in described["partitions"]]
        if not partitions:
            raise ViewUnreadable(f"topic {self._topic} of Kafka at {self._settings.bootstrap} has no partitions")
        return sorted(partitions)

    async def _follow(self) -> None:
        assert self._consumer is not None
        partitions = sorted(self._consumer.assignment())
        while True:
            await self._read(self._consumer, partitions)

    async def _read(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
        batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_POLL_RECORDS)
        for records in batches.values():
            for record in records:
                self._apply(record)
        for partition in partitions:
            self.positions[partition.partition] = await consumer.position(partition)
        async with self._moved:
            self._moved.notify_all()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self.failed = f"following topic {self._topic} stopped: {task.exception()!r}"
            log.error("%s", self.failed, exc_info=task.exception())
