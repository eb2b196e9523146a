"""The fixtures of spec/connectors.md (c) that are about events: F01 to F19, A01 to A10, as rows become them.

Ids are DESIGN 2.3's; what the fixtures call `biotime:...` and `akuvox:...` is `source_ref`. Server b1 and the station
are in Dubai.
"""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.device_events import AccessKind
from schemas.events import Punch, TimeFlag
from schemas.identity import event_id, punch_id
from schemas.polled import PolledTable
from tests.unit.processors.normalize.polled.polled import (
    SERVER,
    STATION,
    doorlog,
    polled,
    transaction,
    transactions,
)
from tests.unit.processors.normalize.raw import Found
from wire.akuvox.envelope import parse_answer
from wire.akuvox.redaction import code_hash, hash_code
from wire.akuvox.rows import log_page
from wire.biotime.codes import state_word
from wire.biotime.envelope import parse_page

KEY = b"the tenant's key"
F01 = (
    b'{"count":1,"next":null,"code":0,"data":[{"id":501,"emp":null,"emp_code":"0123","punch_time":"2026-03-02 08:00:05"'
    b',"punch_state":"0","verify_type":1,"terminal_sn":"T1","upload_time":"2026-03-02 08:00:07"}]}'
)
A01 = (
    b'{"retcode":0,"action":"get","message":"OK","data":{"num":2,"item":[{"ID":"43","Date":"2026-01-15","Time":'
    b'"10:00:00","Name":"Bob","Code":"5678","Type":"Card","Relay":"2","Status":"Failed","AccessMode":"1"},{"ID":"42",'
    b'"Date":"2026-01-15","Time":"09:30:00","Name":"Alice","Code":"1234","Type":"PIN","Relay":"1","Status":"Succ"}]}}'
)


def utc(punch: Punch) -> str:
    return datetime.fromtimestamp(punch.punch_at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def only_punch(found: Found) -> Punch:
    (punch,) = found.punches
    assert not found.dead
    return punch


def station_rows(answer: bytes) -> Found:
    """As the connector does it: oldest first, codes hashed."""
    rows = [hash_code(row, KEY)[0] for row in reversed(log_page(parse_answer(answer)).rows)]
    return doorlog(rows, received_at=1_768_464_010_000)  # 2026-01-15T08:00:10Z


def test_f01_a_fresh_transaction() -> None:
    punch = only_punch(transactions(*parse_page(200, "application/json", F01).rows))
    assert punch.event_id == punch_id("demo", "T1", "0123", "2026-03-02T08:00:05")
    assert (punch.source, punch.source_ref) == ("poll", "biotime:b1:1:501")
    assert (punch.pin, punch.device, punch.local_text) == ("0123", "T1", "2026-03-02 08:00:05")
    assert (state_word(punch.state), punch.verify_word) == ("check in", "fingerprint")
    assert (utc(punch), punch.extra["time_basis"], punch.time_flags) == ("2026-03-02T04:00:05Z", "server_zone", [])
    assert (punch.extra["upload_time"], punch.extra["upload_lag_s"]) == ("2026-03-02T08:00:07", "2")


def test_f02_codes_as_numbers_or_text_and_what_was_measured() -> None:
    row = transaction(punch_state=1, verify_type="15", temperature="36.6", is_mask="Yes")
    punch = only_punch(transactions(row))
    assert (state_word(punch.state), punch.verify_word) == ("check out", "face")
    assert (punch.extra["temperature"], punch.extra["mask"]) == ("36.6", "true")


def test_f03_255_is_not_tracked_and_not_measured() -> None:
    row = transaction(punch_state="255", verify_type=4, temperature=255, is_mask=255)
    punch = only_punch(transactions(row))
    assert (punch.state, state_word(punch.state), punch.verify, punch.verify_word) == (255, "", 4, "badge")
    assert not {"temperature", "mask"} & set(punch.extra)


def test_f05_a_terminal_whose_zone_setting_contradicts_its_punches() -> None:
    punch = only_punch(transactions(transaction(), notes={"conflicts": "T1"}))
    assert (utc(punch), punch.time_flags) == ("2026-03-02T04:00:05Z", [TimeFlag.TZ_CONFLICT])


def test_f07_two_terminals_in_one_second_are_two_punches() -> None:
    found = transactions(
        transaction(id=601, punch_state="0", terminal_sn="T1"), transaction(id=602, punch_state="1", terminal_sn="T2")
    )
    assert [punch.source_ref for punch in found.punches] == ["biotime:b1:1:601", "biotime:b1:1:602"]
    assert len({punch.event_id for punch in found.punches}) == 2


def test_f10_a_clock_ahead_is_flagged_and_hides_nothing() -> None:
    found = transactions(
        transaction(id=710, punch_time="2027-04-05 09:00:00", upload_time="2026-03-02 09:00:02"),
        transaction(id=711),
        received_at=1_772_427_610_000,  # 2026-03-02T05:00:10Z
    )
    ahead, right = found.punches
    assert TimeFlag.FUTURE_PUNCH in ahead.time_flags
    assert (utc(ahead), ahead.local_text) == ("2027-04-05T05:00:00Z", "2027-04-05 09:00:00")
    assert (right.time_flags, found.dead) == ([], [])


def test_f19_a_manual_row() -> None:
    row = transaction(
        terminal_sn="", source=0, upload_time="2026-03-02 15:08:10", punch_time="2026-03-01 08:00:00", id=2001
    )
    punch = only_punch(transactions(row, received_at=1_772_449_700_000))
    assert (punch.device, punch.extra["origin"], punch.time_flags) == (SERVER, "manual", [TimeFlag.LATE])
    assert punch.event_id == punch_id("demo", SERVER, "0123", "2026-03-01T08:00:00")
    assert (punch.is_attendance, int(punch.extra["upload_lag_s"]) // 3600) == (True, 31)


def test_a01_granted_and_denied() -> None:
    found = station_rows(A01)
    first, second = found.access
    assert (first.index, first.granted, first.verify_word, first.door) == ("42", True, "pin", "1")
    assert (second.index, second.granted, second.verify_word, second.door) == ("43", False, "card", "2")
    assert [event.extra["code_hash"] for event in found.access] == [code_hash("1234", KEY), code_hash("5678", KEY)]
    assert first.event_id == event_id("demo", STATION, "door", "1", "42")
    assert first.extra["source_ref"] == f"{STATION}:1:door:42"
    assert (first.local_text, first.happened_at) == ("2026-01-15 09:30:00", 1_768_455_000_000)
    assert (found.dead, found.punches) == ([], [])


def test_a02_codes_as_numbers_and_another_date() -> None:
    row = {"ID": "7", "Date": "20241230", "Time": "09:30:00", "Type": "4", "Status": "0"}
    (event,) = doorlog([row]).access
    assert (event.verify_word, event.granted, event.verify) == ("face", True, "4")
    assert datetime.fromtimestamp(event.local_time / 1000, UTC).date().isoformat() == "2024-12-30"


def test_a07_the_same_second_and_name_twice() -> None:
    row = {"Date": "2026-01-15", "Time": "09:30:00", "Name": "Alice", "Type": "Face", "Status": "Succ"}
    found = doorlog([{**row, "ID": "50"}, {**row, "ID": "51"}])
    assert len({event.event_id for event in found.access}) == 2


def test_a10_a_call() -> None:
    who = "192.168.1.98@192.168.1.98"
    row = {"Type": "Received", "Num": who, "LocalIdentity": who, "Date": "2026-01-15", "Time": "05:55:59", "ID": "23"}
    (event,) = polled(PolledTable.AKUVOX_CALLLOG, [row]).access
    assert (event.kind, event.word, event.extra["peer"]) == (AccessKind.CALL, "received", "192.168.1.98")
    assert event.event_id == event_id("demo", STATION, "call", "1", "23")
    assert event.extra["source_ref"] == f"{STATION}:1:call:23"
