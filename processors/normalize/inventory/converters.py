"""Which converter reads which polled table of raw.device and raw.operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from processors.normalize.inventory.people import convert_employees, convert_users
from processors.normalize.inventory.records import (
    convert_areas,
    convert_departments,
    convert_manual_logs,
    convert_mobile,
    convert_positions,
    convert_schedules,
)
from processors.normalize.inventory.sources import convert_info, convert_report, convert_sample
from processors.normalize.inventory.terminals import convert_terminals
from processors.normalize.inventory.timecards import convert_timecards
from processors.normalize.polled.record import PolledRecord
from processors.normalize.records import DeadRow, OnFailure, Piece
from schemas.polled import PolledTable

_CONVERTERS: Final[Mapping[str, Callable[[PolledRecord, list[Any], OnFailure], Iterator[Piece]]]] = {
    PolledTable.CONNECTOR.value: convert_report,
    PolledTable.BIOTIME_TERMINALS.value: convert_terminals,
    PolledTable.AKUVOX_INFO.value: convert_info,
    PolledTable.AKUVOX_SAMPLE.value: convert_sample,
    PolledTable.BIOTIME_EMPLOYEES.value: convert_employees,
    PolledTable.AKUVOX_USERS.value: convert_users,
    PolledTable.BIOTIME_DEPARTMENTS.value: convert_departments,
    PolledTable.BIOTIME_AREAS.value: convert_areas,
    PolledTable.BIOTIME_POSITIONS.value: convert_positions,
    PolledTable.AKUVOX_SCHEDULES.value: convert_schedules,
    PolledTable.BIOTIME_MOBILE.value: convert_mobile,
    PolledTable.BIOTIME_MANUAL_LOGS.value: convert_manual_logs,
    PolledTable.BIOTIME_TIMECARDS.value: convert_timecards,
}
INVENTORY: Final = frozenset(_CONVERTERS)


def convert_inventory(record: PolledRecord, on_failure: OnFailure) -> Iterator[Piece]:
    """One raw record whose table is one of INVENTORY. A row that cannot be understood is a dead letter, and so is a
    body that holds no rows; raises nothing but what `on_failure` raises."""
    rows = record.rows()
    if isinstance(rows, DeadRow):
        yield Piece(dead=[rows])
    else:
        yield from _CONVERTERS[record.table](record, rows, on_failure)
