"""Time cards as a server makes them: errata B5."""

from __future__ import annotations

from typing import Any

from processors.normalize.records import Derived
from schemas.deadletters import Reason
from schemas.polled import PolledTable
from schemas.vendor_timecards import VendorTimecard
from tests.unit.processors.normalize.inventory.bodies import SERVER, polled
from tests.unit.processors.normalize.raw import RECEIVED

CARD: dict[str, Any] = {
    "uuid": "c1", "emp_code": "0123", "first_name": "Ann", "att_date": "01-03-2026", "weekday": "Sunday",
    "check_in": "08:00", "check_out": "17:00", "total_worked_hrs": "08:30", "late_in": "", "normal_ot": None,
    "paycode_15": "07:15", "paycode_16": "00:00", "timetable": "Day",
}  # fmt: skip


def cards(derived: list[Derived]) -> list[VendorTimecard]:
    return [one.event for one in derived if isinstance(one.event, VendorTimecard)]


def test_b5_every_paycode_is_kept() -> None:
    found = polled(PolledTable.BIOTIME_TIMECARDS, [CARD], report="total_time_cards")
    (derived,) = found.derived
    (card,) = cards(found.derived)
    assert (derived.topic, derived.partition_by) == ("timecards.vendor", SERVER.encode())
    assert (card.source, card.report, card.employee, card.work_date) == (
        SERVER,
        "total_time_cards",
        "0123",
        "2026-03-01",
    )
    assert (card.check_in, card.check_out) == ("08:00", "17:00")
    assert card.minutes == {"total_worked_hrs": 510}
    assert card.paycodes == {"paycode_15": 435, "paycode_16": 0}
    assert card.values == {"weekday": "Sunday", "timetable": "Day"}
    assert (card.raw_topic, card.raw_partition, card.raw_offset, card.raw_line) == ("raw.operations", 3, 41, 1)


def test_a_row_that_is_rewritten_is_the_same_and_the_later_counts() -> None:
    (first,) = cards(polled(PolledTable.BIOTIME_TIMECARDS, [CARD]).derived)
    changed = CARD | {"check_out": "18:00", "att_date": "2026-03-01"}
    (later,) = cards(polled(PolledTable.BIOTIME_TIMECARDS, [changed], received_at=RECEIVED + 1).derived)
    (other,) = cards(polled(PolledTable.BIOTIME_TIMECARDS, [CARD], report="totalTimeCardReportV2").derived)
    assert (first.event_id, first.work_date, first.report) == (later.event_id, later.work_date, "totalTimeCardReport")
    assert later.rank > first.rank
    assert other.event_id != first.event_id


def test_a_row_without_an_id_is_a_dead_letter() -> None:
    found = polled(PolledTable.BIOTIME_TIMECARDS, [CARD | {"uuid": ""}, CARD])
    assert ([row.reason for row in found.dead], len(found.derived)) == ([Reason.NOT_A_ROW], 1)
