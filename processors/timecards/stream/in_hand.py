"""Inputs that were taken from Kafka and are not done yet, and how many of them go into one transaction. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from processors.put_aside import Record
from processors.timecards.stream.inputs import decode_input, is_barrier, registry_needed
from schemas.timecards_input import TimecardInput, TimecardInputKind

Read = TimecardInput | str


class InHand:
    """What is known of the records of a partition that are in hand, by offset: each is decoded once, or why it cannot
    be. restored: values of the archive that they were found to want."""

    def __init__(self) -> None:
        self.events: dict[int, Read] = {}
        self.restored: dict[bytes, bytes] = {}

    def decoded(self, records: Sequence[Record]) -> list[Read]:
        for record in records:
            if record.offset not in self.events:
                self.events[record.offset] = _decoded(record)
        return [self.events[record.offset] for record in records]


def _decoded(record: Record) -> Read:
    try:
        return decode_input(record.value or b"")
    except ValueError as error:
        return str(error)


def needed_of(event: Read) -> int:
    """The registry version that must be known before; 0 for any."""
    return 0 if isinstance(event, str) else registry_needed(event)


def cut(events: Sequence[Read], most: int) -> tuple[int, bool]:
    """How many go into one transaction, and whether they are a barrier: a period alone; registry changes together,
    since nothing lies between them; what is between barriers, up to a number of them."""
    first: TimecardInputKind | None = None
    count = 0
    for event in events[:most]:
        if not isinstance(event, str):
            kind = event.kind if is_barrier(event) else TimecardInputKind.ASSIGN
            if first is not None and (kind is not first or kind is TimecardInputKind.PERIOD):
                break
            first = kind
        count += 1
    return count, first not in (None, TimecardInputKind.ASSIGN)
