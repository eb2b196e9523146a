"""Where a partition goes on after a start, a crash or a rebalance. Source: DESIGN 7."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from aiokafka import TopicPartition

from sinks.clickhouse import Database
from sinks.errors import OffsetLost
from sinks.offsets import GroupOffsets
from sinks.partition import Limits, Partition
from sinks.retry import until_done
from sinks.tables import BATCHES_TABLE, BY_TOPIC


class Recovery:
    """Reads what the group committed; a partition that it never committed starts at its first record."""

    def __init__(self, offsets: GroupOffsets, database: Database, threads: ThreadPoolExecutor, prefix: str) -> None:
        self._offsets = offsets
        self._database = database
        self._threads = threads
        self._prefix = prefix

    async def positions(
        self, partitions: Sequence[TopicPartition], limits: Limits
    ) -> AsyncIterator[tuple[TopicPartition, Partition]]:
        """The state that each partition starts with. Waits for Kafka and ClickHouse until cancelled.

        Raises OffsetLost when the group has no offset for a partition that ClickHouse has rows of.
        """
        never = asyncio.Event()  # whoever runs this cancels it
        committed = await until_done(lambda: self._offsets.read(partitions), "kafka", never)
        for tp, found in committed.items():
            where = f"{tp.topic}-{tp.partition}"
            if found is not None:
                compacted = BY_TOPIC[tp.topic.removeprefix(self._prefix)].compacted
                yield tp, Partition(where, found.offset, found.pending, limits, compacted=compacted)
                continue
            await until_done(lambda tp=tp: self._refuse_if_stored(tp), "clickhouse", never)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            first = await until_done(lambda tp=tp: self._offsets.beginning(tp), "kafka", never)  # type: ignore[misc]  # as above
            yield tp, Partition(where, first, None, limits)

    async def _refuse_if_stored(self, tp: TopicPartition) -> None:
        topic = tp.topic.removeprefix(self._prefix)
        rows = await asyncio.get_running_loop().run_in_executor(
            self._threads,
            self._database.query,
            f"SELECT max(last_offset), count() FROM {self._database.name}.{BATCHES_TABLE} "  # noqa: S608 - a name that settings vouch for
            "WHERE topic = {topic:String} AND partition = {partition:UInt32}",
            {"topic": topic, "partition": tp.partition},
        )
        last, batches = rows[0]
        if batches:
            raise OffsetLost(
                f"the group has no committed offset for {tp.topic}-{tp.partition}, but ClickHouse has its records up "
                f"to offset {last}: starting from the beginning would store them twice. If the group was lost, set its "
                f"offset to {last + 1} (kafka-consumer-groups --reset-offsets --to-offset); if Kafka was wiped, use a "
                "new ClickHouse database as well (clickhouse.database)"
            )
