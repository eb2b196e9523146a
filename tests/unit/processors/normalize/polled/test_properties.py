"""What holds for every row: one punch by two ways is one id, copies merge alike in any order, nothing escapes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.normalize.convert import convert_attendance
from processors.normalize.records import RawUpload
from schemas.codec import decode_event, encode_event
from schemas.events import Punch
from schemas.headers import RawHeaders
from schemas.identity import EVIDENCE_SHIFT, SourceRank
from schemas.polled import PolledTable
from tests.unit.processors.normalize.polled.polled import SERVER, STATION, UNKNOWN, in_zone, polled, transactions
from tests.unit.processors.normalize.raw import fail

ZONES: Final = ("Asia/Dubai", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
# Any second, and often one of a night on which some of these zones go back or forward.
SECONDS = st.one_of(
    st.integers(0, 86_400 * 3650).map(lambda s: datetime(2016, 1, 1, tzinfo=UTC) + timedelta(seconds=s)),
    st.integers(0, 7200).map(lambda s: datetime(2026, 10, 25, 1, tzinfo=UTC) + timedelta(seconds=s)),
    st.integers(0, 7200).map(lambda s: datetime(2026, 11, 1, 1, tzinfo=UTC) + timedelta(seconds=s)),
    st.integers(0, 7200).map(lambda s: datetime(2026, 3, 29, 1, tzinfo=UTC) + timedelta(seconds=s)),
)
PINS = st.integers(0, 99_999).map(str)
STATES = st.sampled_from(["0", "1", "4", "255"])


def pushed(pin: str, at: datetime, state: str, zone: str, received_at: int) -> Punch:
    body = f"{pin}\t{at:%Y-%m-%d %H:%M:%S}\t{state}\t15\t0\n".encode()
    headers = RawHeaders("T1", "demo", "ATTLOG", received_at, "edge-1", "r")
    (piece,) = convert_attendance(RawUpload(headers, body, 0, 0), in_zone(zone), "UTC", fail)
    (record,) = piece.punches
    return decode_event(Punch, record.value)


def read(
    pin: str, at: datetime, state: str, zones: Sequence[str], lag_s: int, received_at: int, registry: bool
) -> Punch:
    upload_time = at + timedelta(seconds=lag_s)
    row = {
        "id": 9, "emp_code": pin, "punch_time": f"{at:%Y-%m-%d %H:%M:%S}", "punch_state": state, "verify_type": "15",
        "terminal_sn": "t1", "upload_time": f"{upload_time:%Y-%m-%d %H:%M:%S}",
    }  # fmt: skip
    devices = {"T1": in_zone(zones[0])} if registry else {}
    notes = {"zone": zones[1], "upload_zone": zones[2]}
    (punch,) = transactions(row, notes=notes, devices=devices, received_at=received_at).punches
    return punch


def best(copies: Sequence[Punch]) -> Punch:
    """As ClickHouse and the engine merge them, in the order in which they come."""
    kept = copies[0]
    for copy in copies[1:]:
        kept = copy if copy.rank > kept.rank else kept
    return kept


@given(
    PINS, SECONDS, STATES, STATES, st.integers(0, 4), st.lists(st.sampled_from(ZONES), min_size=4, max_size=4),
    st.integers(-30, 400_000), st.integers(-50_000, 90_000_000), st.booleans(),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_one_punch_by_push_and_by_server_is_one_id_and_merges_alike_in_any_order(
    pin: str, at: datetime, state: str, edited: str, zeros: int, zones: list[str], lag_s: int, age_s: int, known: bool
) -> None:
    received_at = int(at.timestamp() + age_s) * 1000
    copies = [
        pushed(pin, at, state, zones[3], int(at.timestamp()) * 1000),
        pushed("0" * zeros + pin, at, state, zones[3], received_at),
        read("0" * zeros + pin, at, edited, zones, lag_s, received_at, known),
        read(pin, at, edited, zones, lag_s + 86_400, received_at, known),
    ]
    assert len({copy.event_id for copy in copies}) == 1
    winners = {best(order).rank for order in permutations(copies)}
    assert winners == {max(copy.rank for copy in copies)}
    equal_evidence = {copy.rank >> EVIDENCE_SHIFT for copy in copies}
    if len(equal_evidence) == 1:
        assert best(copies).source == "push"
    assert {copy.rank >> 60 & 3 for copy in copies[2:]} == {SourceRank.POLL}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["id", "emp_code", "punch_time", "upload_time", "punch_state", "verify_type", "terminal_sn", "source",
     "temperature", "ID", "Date", "Time", "Name", "Type", "Status", "Relay", "@user", "@occurrence", "@at",
     "Num", "event", "userid", "time", "log", "last_known", "num", "device", "watermark"]
)  # fmt: skip
VALUES = JSON | st.sampled_from(["2026-03-02 08:00:05", "2026-03-02", "08:00:05", "1", 1, "Card", "Succ", "App", "T1"])
ROWS = st.lists(JSON | st.dictionaries(FIELDS, VALUES, min_size=1), max_size=4)


@given(st.sampled_from([table for table in PolledTable if table.topic == "raw.attendance"]), ROWS, st.text(max_size=20))
@settings(max_examples=250, deadline=None)
def test_any_rows_become_events_that_can_be_read_back_and_every_row_is_accounted_for(
    table: PolledTable, rows: list[Any], odd: str
) -> None:
    notes = {"punches": "*:alternate", "zone": odd or "UTC", "offsets": f"T1:{odd}"}
    found = polled(table, orjson.dumps(rows), notes=notes, source=SERVER if "BIOTIME" in table else STATION)
    for derived in found.derived:
        assert decode_event(type(derived.event), encode_event(derived.event)) == derived.event
    lines = {derived.line for derived in found.derived if derived.topic != "device.input"} | {
        row.line for row in found.dead
    }
    if table is not PolledTable.WATERMARKS:
        assert lines == set(range(1, len(rows) + 1))


@given(st.sampled_from([table for table in PolledTable if table.topic == "raw.attendance"]), st.binary(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_put_aside_whole_or_row_by_row(table: PolledTable, body: bytes) -> None:
    polled(table, body, notes={"epoch": "9" * 30, "punches": urlencode({"a": "b"})}, devices={"T1": UNKNOWN})
