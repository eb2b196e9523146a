"""Terminals behind a server: F05, F23."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.deadletters import Reason
from schemas.devices import InputKind
from schemas.polled import PolledTable
from tests.unit.processors.normalize.inventory.bodies import SERVER, polled
from tests.unit.processors.normalize.raw import RECEIVED

TERMINAL: dict[str, Any] = {
    "id": 5, "sn": "t1", "ip_address": "172.30.7.162", "alias": "Gate", "terminal_name": "K40", "fw_ver": "Ver 8.0",
    "push_ver": None, "state": 1, "terminal_tz": 8, "area": {"id": 1, "area_code": "1", "area_name": "Hall"},
    "last_activity": "2026-03-01 12:20:05", "user_count": 7, "fp_count": 0, "face_count": None,
    "transaction_count": "10", "push_time": "1901-01-01 00:00:00", "transfer_time": "00:00;14:05",
    "transfer_interval": 1, "is_attendance": 1, "area_name": "Hall",
}  # fmt: skip


def test_f23_what_a_server_says_of_a_terminal() -> None:
    (told,) = polled(PolledTable.BIOTIME_TERMINALS, [TERMINAL]).inputs
    assert (told.kind, told.device, told.via, told.at) == (InputKind.TERMINAL, "T1", SERVER, RECEIVED)
    assert (told.seen_at, told.newest_at) == (RECEIVED - 40 * 60_000, None)
    assert (told.utc_offset_s, told.tz_conflict, told.edge) == (None, False, "")
    assert told.options == {
        "UserCount": "7", "TransactionCount": "10", "FWVersion": "Ver 8.0", "IPAddress": "172.30.7.162",
        "~DeviceName": "K40", "alias": "Gate", "area": "Hall", "area_code": "1", "state": "1", "terminal_tz": "8",
        "transfer_time": "00:00;14:05", "transfer_interval": "1", "is_attendance": "true", "terminal_id": "5",
    }  # fmt: skip


def test_its_times_are_the_servers_clock() -> None:
    row = TERMINAL | {"push_time": "2026-03-01 08:00:00"}
    (told,) = polled(PolledTable.BIOTIME_TERMINALS, [row], upload_zone="UTC").inputs
    eight = int(datetime(2026, 3, 1, 8, tzinfo=UTC).timestamp() * 1000)
    assert (told.newest_at, told.seen_at) == (eight, RECEIVED + 200 * 60_000)
    (told,) = polled(PolledTable.BIOTIME_TERMINALS, [row], zone="Nowhere/No").inputs
    assert (told.newest_at, told.seen_at) == (None, None)


def test_f05_offset_and_conflict_come_with_the_notes() -> None:
    rows = [TERMINAL, TERMINAL | {"sn": "T2"}]
    first, second = polled(PolledTable.BIOTIME_TERMINALS, rows, offsets="T2:19800", conflicts="T1").inputs
    assert (first.utc_offset_s, first.tz_conflict) == (None, True)
    assert (second.utc_offset_s, second.tz_conflict) == (19_800, False)


def test_the_registry_tells_its_site() -> None:
    (told,) = polled(PolledTable.BIOTIME_TERMINALS, [TERMINAL | {"sn": "t9"}]).inputs
    assert (told.device, told.site, told.zone) == ("T9", "north", "Asia/Dubai")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (TERMINAL | {"sn": ""}, Reason.ID_MISSING),
        (TERMINAL | {"sn": "a b"}, Reason.ID_MISSING),
        (TERMINAL | {"id": None}, Reason.NOT_A_ROW),
        ("T1", Reason.NOT_A_ROW),
    ],
)
def test_a_row_that_cannot_be_read_does_not_stop_the_others(row: Any, reason: Reason) -> None:
    found = polled(PolledTable.BIOTIME_TERMINALS, [row, TERMINAL])
    assert ([dead.reason for dead in found.dead], len(found.inputs)) == ([reason], 1)
