"""Which converter reads which table of raw.attendance; every other table is an upload of a terminal (ATTLOG)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from processors.normalize.polled.calllog import convert_calllog
from processors.normalize.polled.doorlog import convert_doorlog
from processors.normalize.polled.gap import convert_gap
from processors.normalize.polled.hints import convert_hints
from processors.normalize.polled.record import PolledRecord
from processors.normalize.polled.transactions import convert_transactions
from processors.normalize.polled.watermarks import convert_watermarks
from processors.normalize.records import DeadRow, OnFailure, Piece
from schemas.polled import PolledTable

_CONVERTERS: Final[Mapping[str, Callable[[PolledRecord, list[Any], OnFailure], Iterator[Piece]]]] = {
    PolledTable.BIOTIME_TRANSACTIONS.value: convert_transactions,
    PolledTable.AKUVOX_DOORLOG.value: convert_doorlog,
    PolledTable.AKUVOX_CALLLOG.value: convert_calllog,
    PolledTable.AKUVOX_HINT.value: convert_hints,
    PolledTable.GAP.value: convert_gap,
    PolledTable.WATERMARKS.value: convert_watermarks,
}
POLLED: Final = frozenset(_CONVERTERS)


def convert_polled(record: PolledRecord, on_failure: OnFailure) -> Iterator[Piece]:
    """The rows of one raw record whose table is one of POLLED, in their order. A row that cannot be understood is a
    dead letter, and so is a body that holds no rows; raises nothing but what `on_failure` raises."""
    rows = record.rows()
    if isinstance(rows, DeadRow):
        yield Piece(dead=[rows])
    else:
        yield from _CONVERTERS[record.table](record, rows, on_failure)
