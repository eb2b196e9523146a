from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.errors import OffsetLost
from sinks.partition import FlushReason, Limits, Partition
from sinks.ranges import OffsetRange
from tests.unit.sinks.records import FakeRecord

LIMITS = Limits(max_rows=10, max_bytes=1_000_000)


def records(*offsets: int) -> list[FakeRecord]:
    return [FakeRecord(offset) for offset in offsets]


def partition(committed: int = 0, pending: OffsetRange | None = None, limits: Limits = LIMITS) -> Partition:
    return Partition("t-0", committed, pending, limits)


def test_nothing_is_due_while_nothing_is_there() -> None:
    assert partition().due(1e9, 1.0, draining=True, memory_full=True) is None


def test_age_counts_from_the_oldest_record() -> None:
    state = partition()
    state.add(records(0), 100.0)
    state.add(records(1), 100.9)
    assert state.due(100.99, 1.0) is None
    assert state.due(101.0, 1.0) is FlushReason.AGE


def test_rows_and_bytes_make_a_batch_due_at_once_and_leave_no_room() -> None:
    state = partition()
    state.add(records(*range(10)), 0.0)
    assert state.due(0.0, 1.0) is FlushReason.ROWS
    assert not state.has_room
    heavy = partition(limits=Limits(1000, 1000))
    heavy.add([FakeRecord(0, b"x" * 1000)], 0.0)
    assert heavy.due(0.0, 1.0) is FlushReason.BYTES
    assert not heavy.has_room


def test_memory_and_drain_flush_what_is_young() -> None:
    state = partition()
    state.add(records(0), 0.0)
    assert state.due(0.0, 1.0) is None
    assert state.due(0.0, 1.0, memory_full=True) is FlushReason.MEMORY
    assert state.due(0.0, 1.0, draining=True) is FlushReason.DRAIN


def test_one_batch_at_a_time_and_the_old_offset_until_it_is_stored() -> None:
    state = partition(committed=5)
    state.add(records(5, 7), 0.0)
    batch = state.take(FlushReason.AGE, 0.0)
    assert (batch.range, batch.committed) == (OffsetRange(5, 7), 5)
    state.add(records(8), 0.0)
    assert state.due(1e9, 1.0) is None
    state.stored()
    assert state.committed == 8
    assert state.take(FlushReason.AGE, 1.0).range == OffsetRange(8, 8)


def test_what_is_being_written_counts_as_memory() -> None:
    state = partition()
    state.add(records(0, 1), 0.0)
    held = state.held_bytes
    state.take(FlushReason.AGE, 0.0)
    assert state.held_bytes == held
    state.stored()
    assert state.held_bytes == 0
    assert state.is_empty


def test_a_pending_range_is_taken_exactly_whatever_came_after_it() -> None:
    state = partition(5, OffsetRange(6, 9), limits=Limits(2, 1))
    state.add(records(6, 7), 0.0)
    assert state.has_room  # beyond every limit: else it could never be written
    assert state.due(1e9, 1.0, draining=True, memory_full=True) is None
    state.add(records(9, 10, 11), 0.0)
    assert state.due(0.0, 1.0) is FlushReason.PENDING
    batch = state.take(FlushReason.PENDING, 0.0)
    assert batch.range == OffsetRange(6, 9)
    assert [record.offset for record in batch.records] == [6, 7, 9]
    state.stored()
    assert state.take(FlushReason.AGE, 0.0).range == OffsetRange(10, 11)


@pytest.mark.parametrize("offsets", [(7, 8, 9), (6, 7, 10), (20,)])
def test_a_pending_range_that_kafka_no_longer_has_stops_the_sink(offsets: Sequence[int]) -> None:
    with pytest.raises(OffsetLost, match="6 to 9"):
        partition(5, OffsetRange(6, 9)).add(records(*offsets), 0.0)


@pytest.mark.parametrize(("offsets", "again"), [((7, 9, 11), [7, 9]), ((8, 12), [8]), ((6, 7, 8, 9), [6, 7, 8, 9])])
def test_what_compaction_left_of_a_pending_range_is_written_again(offsets: Sequence[int], again: list[int]) -> None:
    state = Partition("t-0", 5, OffsetRange(6, 9), LIMITS, compacted=True)
    state.add(records(*offsets), 0.0)
    batch = state.take(FlushReason.PENDING, 0.0)
    assert batch.range == OffsetRange(6, 9)
    assert [record.offset for record in batch.records] == again


def test_a_pending_range_that_compaction_replaced_is_given_up_for_what_replaced_it() -> None:
    state = Partition("t-0", 5, OffsetRange(6, 9), LIMITS, compacted=True)
    state.add(records(12, 13), 0.0)
    assert state.due(1.0, 1.0) is FlushReason.AGE
    assert state.take(FlushReason.AGE, 1.0).range == OffsetRange(12, 13)


def test_what_was_seen_before_is_skipped() -> None:
    state = partition(committed=3)
    state.add(records(1, 2, 3, 4), 0.0)
    state.add(records(4), 0.0)
    batch = state.take(FlushReason.AGE, 0.0)
    assert [record.offset for record in batch.records] == [3, 4]


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=40),
    st.data(),
)
def test_crashes_anywhere_store_each_offset_under_one_token(
    gaps: list[int], steps: list[tuple[int, bool]], data: st.DataObject
) -> None:
    """A model of Kafka and of a table that remembers tokens: whatever dies whenever, each record is there once."""
    log: list[FakeRecord] = []
    offset = 0
    for gap in gaps:
        offset += gap
        log.append(FakeRecord(offset))
    committed: tuple[int, OffsetRange | None] = (0, None)
    table: dict[OffsetRange, list[int]] = {}

    def start() -> Partition:
        return partition(*committed, limits=Limits(4, 10**9))

    state = start()
    for count, crash in [*steps, *[(60, False)] * 60]:
        unread = [record for record in log if record.offset >= state.next_offset][:count]
        if unread:
            state.add(unread, 0.0)
        reason = state.due(0.0, 0.0)
        if reason is None:
            continue
        batch = state.take(reason, 0.0)
        window = data.draw(st.integers(0, 3)) if crash else 3
        if window >= 1:
            committed = (batch.committed, batch.range)
        if window >= 2:
            table.setdefault(batch.range, [record.offset for record in batch.records])
        if window >= 3:
            committed = (batch.range.last + 1, None)
            state.stored()
        if crash:
            state = start()
    stored = sorted(offset for offsets in table.values() for offset in offsets)
    assert stored == [record.offset for record in log]
