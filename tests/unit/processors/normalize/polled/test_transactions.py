"""Rows of a BioTime server: whose they are, when they were, and what does not become a punch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from processors.devices.facts import DeviceFacts, Standing
from processors.devices.partition import DevicesPartition
from processors.errors import BrakesPulled
from processors.normalize.records import DevicePeriods
from schemas.codec import decode_event, encode_event
from schemas.deadletters import Reason
from schemas.devices import DeviceStatus, InputKind
from schemas.events import Punch, TimeFlag
from schemas.identity import EVIDENCE_SHIFT, TimeEvidence, punch_id
from schemas.polled import PolledTable
from schemas.registry import DevicePeriod
from tests.unit.processors.normalize.polled.polled import (
    RECEIVED,
    SERVER,
    in_zone,
    polled,
    transaction,
    transactions,
)
from tests.unit.processors.normalize.raw import Found
from wire.biotime.transactions import parse_transaction


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def one(row: dict[str, Any], **rest: Any) -> Punch:
    found = transactions(row, **rest)
    (punch,) = found.punches
    assert not found.dead
    return punch


def evidence(punch: Punch) -> TimeEvidence:
    return TimeEvidence(punch.rank >> EVIDENCE_SHIFT)


def test_where_it_was_read_from() -> None:
    found = transactions(transaction(id=7), transaction(id=8, terminal_sn="t2"), notes={"epoch": "3", "site": "pune"})
    first, second = found.punches
    assert (first.raw_topic, first.raw_partition, first.raw_offset) == ("raw.attendance", 3, 41)
    assert (first.raw_line, second.raw_line, first.request_id) == (1, 2, "worker-1-41")
    assert (first.source_ref, second.source_ref) == ("biotime:b1:3:7", "biotime:b1:3:8")
    assert (first.device, second.device, first.site, first.tenant) == ("T1", "T2", "pune", "demo")
    assert second.event_id == punch_id("demo", "T2", "123", "2026-03-02T08:00:05")


@pytest.mark.parametrize(
    ("device", "notes", "expected"),
    [
        (in_zone("Europe/Berlin"), {"offsets": "T1:19800"}, ("Europe/Berlin", "zone", 3600, "registry", "north")),
        (
            in_zone("Asia/Kolkata", clock="fixed:+06:00"),
            {},
            ("Asia/Kolkata", "fixed:+06:00", 21600, "registry", "north"),
        ),
        (DevicePeriods((), 0), {"offsets": "T2:0,t1:19800"}, ("Asia/Dubai", "fixed:+05:30", 19800, "learnt", "")),
        (DevicePeriods((), 0), {"offsets": "T1:-12600"}, ("Asia/Dubai", "fixed:-03:30", -12600, "learnt", "")),
        (DevicePeriods((), 0), {"offsets": "T1:99999"}, ("Asia/Dubai", "zone", 14400, "server_zone", "")),
        (DevicePeriods((), 0), {}, ("Asia/Dubai", "zone", 14400, "server_zone", "")),
        (DevicePeriods((), 0), {"zone": "Nowhere/At"}, ("UTC", "zone", 0, "assumed", "")),
    ],
)
def test_the_zone_of_a_terminal(
    device: DevicePeriods, notes: dict[str, str], expected: tuple[str, str, int, str, str]
) -> None:
    punch = one(transaction(upload_time=None), notes=notes, devices={"T1": device}, received_at=RECEIVED + 86_400_000)
    zone, clock, offset, basis, site = expected
    assert (punch.zone, punch.clock, punch.utc_offset_s) == (zone, clock, offset)
    assert (punch.extra["time_basis"], punch.site) == (basis, site)
    assert (TimeFlag.ZONE_ASSUMED in punch.time_flags) is (basis == "assumed")
    assert punch.local_time - punch.punch_at == offset * 1000


def test_a_time_before_the_registry_knew_the_terminal_falls_back_to_the_server() -> None:
    period = DevicePeriod(valid_from=ms("2026-03-02T05:00:00"), site="pune", tenant="demo", zone="Asia/Kolkata")
    punch = one(transaction(), devices={"T1": DevicePeriods((period,), 9)})
    assert (punch.zone, punch.site, punch.extra["time_basis"]) == ("Asia/Dubai", "", "server_zone")
    assert punch.registry_version == 9


@pytest.mark.parametrize(
    ("row", "device", "origin"),
    [
        ({"terminal_sn": "App", "source": 3}, SERVER, "mobile"),
        ({"terminal_sn": "", "source": 0}, SERVER, "manual"),
        ({"terminal_sn": "", "source": 3}, SERVER, "mobile"),
        ({"terminal_sn": None}, SERVER, "manual"),
        ({"terminal_sn": "T1", "source": 0}, "T1", "manual"),
        ({"terminal_sn": "ab c/d", "source": 1}, SERVER, "device"),
        ({"terminal_sn": " t1 ", "source": "1"}, "T1", "device"),
    ],
)
def test_whose_a_row_without_a_serial_is(row: dict[str, Any], device: str, origin: str) -> None:
    punch = one(transaction(**row))
    assert (punch.device, punch.extra["origin"], punch.is_attendance) == (device, origin, True)
    assert punch.event_id == punch_id("demo", device, "123", "2026-03-02T08:00:05")


def test_with_the_manual_log_reader_on_manual_rows_are_no_attendance() -> None:
    rows: list[dict[str, Any]] = [
        {"terminal_sn": "", "source": 0},
        {"source": 0},
        {"terminal_sn": "App", "source": 3},
        {"terminal_sn": "", "source": 3},
        {"source": 1},
    ]
    found = transactions(*(transaction(**row) for row in rows), notes={"manual": "1"})
    reasons = [(punch.is_attendance, punch.not_attendance_reason) for punch in found.punches]
    assert reasons == [(False, "manual_row")] * 2 + [(True, "")] * 3


def test_nobody_and_what_the_server_does_not_count() -> None:
    assert one(transaction(emp_code="000")).not_attendance_reason == "no_user"
    assert one(transaction(is_attendance=0)).not_attendance_reason == "not_attendance_at_source"
    assert one(transaction(is_attendance=None)).is_attendance


def test_unreadable_rows_are_put_aside_and_the_others_go_on() -> None:
    rows = [
        transaction(id=None), transaction(emp_code=" "), transaction(emp_code="9" * 65), "no object", None,
        transaction(punch_time="yesterday"), transaction(punch_time="1969-01-01 08:00:00"), transaction(id=502),
    ]  # fmt: skip
    found = polled(PolledTable.BIOTIME_TRANSACTIONS, rows)
    assert [(row.reason, row.line) for row in found.dead] == [
        (Reason.ID_MISSING, 1), (Reason.PIN_MISSING, 2), (Reason.PIN_TOO_LONG, 3), (Reason.NOT_A_ROW, 4),
        (Reason.NOT_A_ROW, 5), (Reason.TIME_UNREADABLE, 6), (Reason.TIME_UNREADABLE, 7),
    ]  # fmt: skip
    assert orjson.loads(found.dead[2].raw) == rows[2]
    assert not any("9999" in row.error for row in found.dead)
    assert [punch.source_ref for punch in found.punches] == ["biotime:b1:1:502"]


@pytest.mark.parametrize("body", [b"", b"<html>", b"7", b'"text"', b'[{"id":1},'])
def test_a_body_without_rows_is_one_dead_letter(body: bytes) -> None:
    (row,) = polled(PolledTable.BIOTIME_TRANSACTIONS, body).dead
    assert (row.reason, row.line, row.raw) == (Reason.UNKNOWN_FORMAT, 0, body)


def test_a_failure_of_ours_costs_one_row_and_is_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(row: Any) -> Any:
        if row["id"] == 2:
            raise RuntimeError("a secret")
        return parse_transaction(row)

    monkeypatch.setattr("processors.normalize.polled.transactions.parse_transaction", broken)
    heard: list[BaseException] = []
    found = transactions(*(transaction(id=number) for number in (1, 2, 3)), on_failure=heard.append)
    assert [(row.reason, row.line) for row in found.dead] == [(Reason.INTERNAL_ERROR, 2)]
    assert "secret" not in found.dead[0].error
    assert (len(found.punches), len(heard)) == (2, 1)

    def pull(error: BaseException) -> None:
        raise BrakesPulled("enough")

    with pytest.raises(BrakesPulled):
        transactions(transaction(id=2), on_failure=pull)


# Berlin's clocks went back on 2026-10-25 at 03:00: 02:00 to 03:00 came twice, at 00:00Z and at 01:00Z.
BERLIN = {"T1": in_zone("Europe/Berlin")}
BACKFILLED = ms("2026-11-20T00:00:00")


def repeated(upload_time: str | None, **rest: Any) -> Punch:
    row = transaction(punch_time="2026-10-25 02:30:00", upload_time=upload_time)
    rest = {"devices": BERLIN, "received_at": BACKFILLED, **rest}
    return one(row, **rest)


@pytest.mark.parametrize(
    ("upload_time", "at"),
    [("2026-10-25 00:30:05", "2026-10-25T00:30:00"), ("2026-10-25 01:30:05", "2026-10-25T01:30:00")],
)
def test_the_upload_tells_the_passes_of_a_repeated_hour_apart(upload_time: str, at: str) -> None:
    punch = repeated(upload_time, notes={"upload_zone": "UTC"})
    assert (punch.punch_at, punch.time_flags, evidence(punch)) == (ms(at), [], TimeEvidence.REAL_TIME)


def test_an_upload_before_the_second_pass_leaves_only_the_first() -> None:
    punch = repeated("2026-10-25 00:50:00", notes={"upload_zone": "UTC"})
    assert (punch.punch_at, evidence(punch)) == (ms("2026-10-25T00:30:00"), TimeEvidence.REAL_TIME)


@pytest.mark.parametrize("upload_time", [None, "2026-10-25 02:30:05", "2026-10-25 09:00:00", "nonsense"])
def test_what_is_no_evidence_leaves_the_earlier_instant_flagged(upload_time: str | None) -> None:
    """None said, itself in the repeated hour, hours later, unreadable."""
    punch = repeated(upload_time, notes={"zone": "Europe/Berlin"})
    assert (punch.punch_at, evidence(punch)) == (ms("2026-10-25T00:30:00"), TimeEvidence.DEFAULT)
    assert punch.time_flags == [TimeFlag.AMBIGUOUS_LOCAL_TIME]


def test_a_poll_in_time_settles_what_the_upload_cannot() -> None:
    received_at = ms("2026-10-25T00:31:00")
    punch = repeated("2026-10-25 02:30:05", notes={"zone": "Europe/Berlin"}, received_at=received_at)
    assert (punch.punch_at, evidence(punch)) == (ms("2026-10-25T00:30:00"), TimeEvidence.REAL_TIME)


def test_an_upload_after_our_own_receipt_is_no_evidence() -> None:
    punch = one(transaction(upload_time="2027-01-01 00:00:00"))
    assert (punch.time_flags, evidence(punch)) == ([], TimeEvidence.REAL_TIME)


def test_a_clock_that_was_ahead_is_known_by_the_upload_however_late_it_is_read() -> None:
    row = transaction(punch_time="2026-06-01 08:00:00", upload_time="2026-03-02 08:00:07")
    assert TimeFlag.FUTURE_PUNCH in one(row, received_at=BACKFILLED).time_flags
    assert one(transaction(upload_time=None), received_at=BACKFILLED).time_flags == []


def test_a_clock_that_was_far_ahead_lies_where_a_pushed_copy_lies_however_late_it_is_read() -> None:
    punch = one(transaction(punch_time="2026-06-01 08:00:00"), received_at=BACKFILLED)
    assert (punch.local_time, punch.local_text) == (0, "2026-06-01 08:00:00")
    assert TimeFlag.QUARANTINED in punch.time_flags


def test_a_cloud_server_has_its_uploads_in_utc() -> None:
    row = transaction(punch_time="2023-07-26 11:18:50", upload_time="2023-07-26 07:18:49", punch_state="255")
    punch = one(row, notes={"upload_zone": "UTC"})
    assert (punch.punch_at, punch.time_flags) == (ms("2023-07-26T07:18:50"), [])
    assert punch.extra["upload_lag_s"] == "-1"


def test_what_has_no_field_of_its_own_is_kept_and_where_somebody_stood_is_not() -> None:
    punch = one(
        transaction(
            punch_state="Check In", verify_type="Fingerprint", terminal_alias="Gate", area_alias="HQ", purpose=9,
            latitude="25.09", longitude="55.15", gps_location="Dubai", first_name="Ann", mask_flag="No", crc="0",
            work_code="17", source=1, temperature="36.60",
        )
    )  # fmt: skip
    assert (punch.state, punch.verify, punch.verify_word, punch.work_code) == (None, None, "", "17")
    assert punch.extra == {
        "time_basis": "server_zone", "origin": "device", "source": "1", "upload_time": "2026-03-02T08:00:07",
        "upload_lag_s": "2", "state_text": "Check In", "verify_text": "Fingerprint", "terminal_alias": "Gate",
        "area_alias": "HQ", "purpose": "9", "crc": "0", "mask": "false", "temperature": "36.6",
    }  # fmt: skip


def test_every_punch_can_be_read_back() -> None:
    for punch in transactions(transaction(), transaction(punch_state=None, work_code=None)).punches:
        assert decode_event(Punch, encode_event(punch)) == punch


def test_the_device_processor_hears_of_each_terminal_and_of_its_presence_nothing() -> None:
    found: Found = transactions(
        transaction(id=1),
        transaction(id=2, punch_time="2026-03-02 07:00:00", upload_time="2026-03-02 07:00:09"),
        transaction(id=3, terminal_sn="T2", upload_time=None),
        transaction(id=4, punch_time="bad"),
        devices={"T1": in_zone("Asia/Dubai")},
    )
    first, second = found.inputs
    assert [derived.topic for derived in found.derived] == ["punches"] * 3 + ["device.input"] * 2
    assert (first.kind, first.device, first.via, first.table) == (
        InputKind.UPLOAD,
        "T1",
        SERVER,
        "BIOTIME/TRANSACTIONS",
    )
    assert (first.rows, first.newest_at, first.seen_at) == (2, ms("2026-03-02T04:00:05"), ms("2026-03-02T04:00:07"))
    assert (first.at, first.edge, first.real_time, first.site) == (RECEIVED, "", False, "north")
    assert first.punches_by_hour == {"2026-03-02T08": 1, "2026-03-02T07": 1}
    assert (second.device, second.rows, second.seen_at, second.site) == ("T2", 1, None, "")


def test_a_terminal_that_is_only_polled_is_not_online_by_its_punches() -> None:
    partition = DevicesPartition({}, lambda serial, at: DeviceFacts(standing=Standing.NAMED))
    for offset, told in enumerate(transactions(transaction()).inputs):
        partition.apply(told, offset)
    tracked = partition.devices["T1"]
    assert (tracked.contact.status, tracked.contact.served_at) == (DeviceStatus.OFFLINE, None)
    assert (tracked.reported.last_punch_at, tracked.skew.samples) == (ms("2026-03-02T04:00:05"), ())


def test_a_long_body_comes_in_pieces_in_its_order() -> None:
    found = transactions(*(transaction(id=number) for number in range(1, 1202)))
    assert [punch.raw_line for punch in found.punches] == list(range(1, 1202))
    assert max(len(piece.events) for piece in found.pieces) == 500
