"""The group's offsets, with the range that is under way as their metadata. Source: DESIGN 7, spec/local-stack.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from aiokafka.structs import OffsetAndMetadata

from sinks.errors import KafkaUnavailable, PartitionLost
from sinks.ranges import OffsetRange, decode_pending


@dataclass(frozen=True, slots=True)
class Committed:
    """Where a group stands in one partition, and the range that it was inserting."""

    offset: int
    pending: OffsetRange | None


class GroupOffsets:
    """Offsets of one consumer group; only the owner of a partition can commit to it."""

    def __init__(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient, group: str) -> None:
        self._consumer = consumer
        self._admin = admin
        self._group = group

    async def read(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Committed | None]:
        """None for a partition that was never committed. Raises KafkaUnavailable, or OffsetLost on foreign metadata."""
        wanted = list(partitions)
        try:
            # The consumer's own `committed()` leaves the metadata out.
            found = await self._admin.list_consumer_group_offsets(self._group, partitions=wanted)
        except (KafkaError, AttributeError) as error:
            # AttributeError: how aiokafka 0.14 fails where a partition's answer has an error (coordinator loading).
            raise KafkaUnavailable(f"reading the offsets of group {self._group}: {error!r}") from error
        return {tp: _committed(tp, found.get(tp)) for tp in wanted}

    async def beginning(self, tp: TopicPartition) -> int:
        try:
            return int((await self._consumer.beginning_offsets([tp]))[tp])
        except KafkaError as error:
            raise KafkaUnavailable(f"reading the first offset of {tp.topic}-{tp.partition}: {error!r}") from error

    async def commit(self, tp: TopicPartition, offset: int, pending: OffsetRange | None = None) -> None:
        """Commit `offset`, and with it the range that comes next.

        Raises PartitionLost when this process does not own the partition any more: this is what fences a writer that
        slept through a rebalance.
        """
        metadata = pending.encode() if pending else ""
        try:
            await self._consumer.commit({tp: OffsetAndMetadata(offset, metadata)})
        except (CommitFailedError, IllegalStateError) as error:
            raise PartitionLost(f"{tp.topic}-{tp.partition}: {error}") from error
        except KafkaError as error:
            if not error.retriable:
                raise
            raise KafkaUnavailable(f"committing {tp.topic}-{tp.partition}: {error!r}") from error


def _committed(tp: TopicPartition, found: OffsetAndMetadata | None) -> Committed | None:
    if found is None or found.offset < 0:
        return None
    return Committed(found.offset, decode_pending(found.metadata, found.offset, f"{tp.topic}-{tp.partition}"))
