"""Writing to the registry: what would change, and changing it. Source: DESIGN 4.

Whatever a connector says, a record of an operator stays. Of two writers at the same moment the later one wins, since
Kafka has no compare-and-set; the registry is written by few and seldom.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from runtime.producer import Producer
from runtime.sections import KafkaSettings
from schemas.registry import Record, encode_record, record_key

TOPIC = "registry"
_BATCH_RECORDS = 1000
_MAX_PENDING_BYTES = 64 * 1024 * 1024
_DEADLINE_SECONDS = 30.0

Action = Literal["new", "changed", "same", "refused"]


@dataclass(frozen=True, slots=True)
class RecordChange:
    """What writing a record would do. refused: a connector may not overwrite what an operator said."""

    record: Record
    previous: Record | None
    action: Action


def compare_records(current: Iterable[Record], wanted: Iterable[Record]) -> list[RecordChange]:
    """One change for each wanted record, in their order. The same facts from another source are no change."""
    known = {record_key(record): record for record in current}
    return [_compare(known.get(record_key(record)), record) for record in wanted]


def _compare(previous: Record | None, record: Record) -> RecordChange:
    if previous is None:
        return RecordChange(record, None, "new")
    if previous.periods == record.periods:
        return RecordChange(record, previous, "same")
    taken_over = previous.source == "operator" and record.source == "connector"
    return RecordChange(record, previous, "refused" if taken_over else "changed")


async def write_changes(settings: KafkaSettings, changes: Sequence[RecordChange]) -> int:
    """Write what is new or changed; returns how many records Kafka acknowledged, and returns only when it has all.

    Raises TopicMismatch when there is no registry topic, DeliveryFailed: then writing again is safe.
    """
    records = [change.record for change in changes if change.action in ("new", "changed")]
    if not records:
        return 0
    producer = Producer(
        settings,
        client_id="punchstream-registry-writer",
        max_pending_bytes=_MAX_PENDING_BYTES,
        deadline_seconds=_DEADLINE_SECONDS,
    )
    await producer.start()
    try:
        await producer.prepare(TOPIC)
        for start in range(0, len(records), _BATCH_RECORDS):
            batches = {
                producer.append(TOPIC, record_key(record), encode_record(record), partition_by=TOPIC.encode())
                for record in records[start : start + _BATCH_RECORDS]
            }
            for batch in batches:
                await batch.acked()
    finally:
        await producer.stop()
    return len(records)
