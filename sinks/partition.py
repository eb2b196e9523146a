"""One topic-partition on its way into a table: what is buffered, what is being written, what must be written again.

Pure: no Kafka, no ClickHouse, no clock; times are seconds of any monotonic clock that the caller keeps to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sinks.errors import OffsetLost
from sinks.ranges import OffsetRange
from sinks.rows import Record

# What Python holds for a record beside its value and headers: the record object, two integers, lists.
_RECORD_OVERHEAD_BYTES = 400


class FlushReason(StrEnum):
    """Why a batch was cut here; a metric label."""

    ROWS = "rows"
    BYTES = "bytes"
    AGE = "age"
    MEMORY = "memory"
    PENDING = "pending"
    DRAIN = "drain"


@dataclass(frozen=True, slots=True)
class Limits:
    """When a batch is full: rows, bytes of what its records take in memory."""

    max_rows: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one range, in order. `committed` is the group's offset until the range is stored."""

    range: OffsetRange
    records: Sequence[Record]
    byte_count: int
    committed: int
    reason: FlushReason


class Partition:
    """Add records, ask whether a batch is due, take it, say when it is stored. One batch at a time.

    `compacted`: Kafka may have dropped records of a pending range since, each because a later one replaces it; what is
    left of the range is written again under its token, and the later ones follow.
    """

    def __init__(
        self, where: str, committed: int, pending: OffsetRange | None, limits: Limits, *, compacted: bool = False
    ) -> None:
        self.where = where
        self._compacted = compacted
        self.committed = committed
        self.pending = pending
        self.writing: Batch | None = None
        self._limits = limits
        self._records: list[Record] = []
        self._buffered_bytes = 0
        self._oldest_at = 0.0
        self._next_offset = committed

    @property
    def held_bytes(self) -> int:
        """Memory of what is buffered and what is being written."""
        return self._buffered_bytes + (self.writing.byte_count if self.writing else 0)

    @property
    def next_offset(self) -> int:
        """The lowest offset that has not been added yet."""
        return self._next_offset

    @property
    def oldest_timestamp(self) -> int | None:
        """Kafka's time of the oldest record that is not stored, epoch milliseconds; None when there is none."""
        if self.writing is not None:
            return self.writing.records[0].timestamp
        return self._records[0].timestamp if self._records else None

    @property
    def has_room(self) -> bool:
        """Whether more may be added. A pending range is always read to its end, or it could never be written."""
        if self._reading_pending:
            return True
        return len(self._records) < self._limits.max_rows and self.held_bytes < self._limits.max_bytes

    @property
    def is_empty(self) -> bool:
        return not self._records and self.writing is None

    @property
    def _reading_pending(self) -> bool:
        return self.pending is not None and self._next_offset <= self.pending.last

    def add(self, records: Sequence[Record], now: float) -> None:
        """Buffer records as they come from Kafka. What was seen before (fetched ahead of a seek) is skipped.

        Raises OffsetLost when the records of a pending range are not all there.
        """
        fresh = records if records[0].offset >= self._next_offset else self._unseen(records)
        if not fresh:
            return
        if not self._records:
            self._oldest_at = now
        self._records.extend(fresh)
        self._buffered_bytes += sum(map(_size, fresh))
        self._next_offset = fresh[-1].offset + 1
        if self.pending is not None and not self._reading_pending:
            self._verify_pending(self.pending)

    def due(
        self, now: float, max_age: float, *, memory_full: bool = False, draining: bool = False
    ) -> FlushReason | None:
        """Why a batch should be taken now; None when it should not, or one is being written."""
        if self.writing is not None or not self._records:
            return None
        if self.pending is not None:
            return None if self._reading_pending else FlushReason.PENDING
        if len(self._records) >= self._limits.max_rows:
            return FlushReason.ROWS
        if self._buffered_bytes >= self._limits.max_bytes:
            return FlushReason.BYTES
        if draining:
            return FlushReason.DRAIN
        if now - self._oldest_at >= max_age:
            return FlushReason.AGE
        return FlushReason.MEMORY if memory_full else None

    def take(self, reason: FlushReason, now: float) -> Batch:
        """Cut a batch off the front: the pending range exactly, else up to the row limit."""
        count = min(len(self._records), self._limits.max_rows)
        if self.pending is not None:
            last = self.pending.last
            count = sum(record.offset <= last for record in self._records)
        records, self._records = self._records[:count], self._records[count:]
        byte_count = sum(map(_size, records)) if self._records else self._buffered_bytes
        self._buffered_bytes -= byte_count
        self._oldest_at = now
        span = self.pending or OffsetRange(records[0].offset, records[-1].offset)
        self.pending = None
        self.writing = Batch(span, records, byte_count, self.committed, reason)
        return self.writing

    def stored(self) -> None:
        """The batch that was taken last is in ClickHouse and its end is committed."""
        if self.writing is None:
            raise ValueError(f"{self.where}: nothing is being written")
        self.committed = self.writing.range.last + 1
        self.writing = None

    def _unseen(self, records: Sequence[Record]) -> list[Record]:
        return [record for record in records if record.offset >= self._next_offset]

    def _verify_pending(self, pending: OffsetRange) -> None:
        offsets = [record.offset for record in self._records]
        if self._compacted:
            if offsets[0] > pending.last:  # all of the range is replaced: there is nothing left to write again
                self.pending = None
            return
        if offsets[0] != pending.first or pending.last not in offsets:
            raise OffsetLost(
                f"{self.where}: the range {pending.first} to {pending.last} was being inserted when its writer ended, "
                f"but Kafka now has {offsets[0]} as its first offset: records of it are gone or the topic was made "
                "anew, and whether ClickHouse has them cannot be told from here. Compare the table with sink_batches, "
                "then set the group's offset by hand"
            )


def _size(record: Record) -> int:
    value = record.value
    size = _RECORD_OVERHEAD_BYTES + (len(value) if value else 0)
    for name, content in record.headers:
        size += len(name) + len(content) + _RECORD_OVERHEAD_BYTES // 4
    return size
