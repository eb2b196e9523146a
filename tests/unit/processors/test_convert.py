"""From one upload to punches and dead letters."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.brakes import Brakes
from processors.errors import BrakesPulled
from processors.normalize import convert
from processors.normalize.convert import Converted, convert_attendance
from processors.normalize.records import DevicePeriods, RawUpload
from schemas.codec import decode_event
from schemas.deadletters import Reason
from schemas.events import Punch, TimeFlag
from schemas.headers import RawHeaders
from schemas.identity import TimeEvidence, punch_id
from schemas.registry import DevicePeriod

RECEIVED = 1_772_355_605_000  # 2026-03-01T09:00:05Z
BERLIN = DevicePeriods((DevicePeriod(site="berlin", tenant="demo", zone="Europe/Berlin"),), 7)
UNKNOWN = DevicePeriods((), 0)


def raise_it(error: BaseException) -> None:
    raise error


def converted(
    body: bytes,
    device: DevicePeriods = BERLIN,
    received_at: int = RECEIVED,
    on_failure: Callable[[BaseException], None] = raise_it,
) -> Converted:
    headers = RawHeaders("TST1", "demo", "ATTLOG", received_at, "edge-1", "edge-1-1")
    pieces = list(convert_attendance(RawUpload(headers, body, 3, 41), device, "Asia/Dubai", on_failure))
    return Converted(
        [punch for piece in pieces for punch in piece.punches], [row for piece in pieces for row in piece.dead]
    )


def punches(body: bytes, device: DevicePeriods = BERLIN, received_at: int = RECEIVED) -> list[Punch]:
    return [decode_event(Punch, record.value) for record in converted(body, device, received_at).punches]


def test_a_row_becomes_a_punch_that_leads_back_to_its_bytes() -> None:
    (punch,) = punches(b"00017\t2026-03-01 10:00:00\t0\t15\t9001\t0\t0\n")
    assert punch.event_id == punch_id("demo", "TST1", "17", "2026-03-01T10:00:00")
    assert (punch.tenant, punch.device, punch.site, punch.pin) == ("demo", "TST1", "berlin", "00017")
    assert (punch.local_text, punch.punch_at, punch.utc_offset_s) == ("2026-03-01 10:00:00", RECEIVED - 5000, 3600)
    assert punch.local_time - punch.punch_at == 3_600_000
    assert (punch.state, punch.verify, punch.work_code) == (0, 15, "9001")
    assert (punch.raw_topic, punch.raw_partition, punch.raw_offset, punch.raw_line) == ("raw.attendance", 3, 41, 1)
    assert (punch.is_attendance, punch.registry_version, punch.time_flags) == (True, 7, [])


def test_the_value_fits_the_published_schema_and_the_key_is_the_id() -> None:
    schema = json.loads((Path(convert.__file__).parents[2] / "schemas/json/punches.json").read_text())
    rows = (
        b"1\t2026-03-01 10:00:00\t0\t15\n"
        b"2\t2026-03-01 10:00:01\t255\t1\t\t0\t0\t0\t36.6\t\xff\n"
        b"3\t2099-03-01 10:00:01\tx\ty\tw\t0\t0\t1\t2\t3\t4\t5\t6\t1.0\t2.0\t3.0\n"
    )
    result = converted(rows)
    assert len(result.punches) == 3
    for record in result.punches:
        value = json.loads(record.value)
        jsonschema.validate(value, schema)
        assert set(value) == set(schema["properties"])
        assert record.key.decode() == value["event_id"]


def test_a_bad_row_never_takes_a_good_one_with_it() -> None:
    result = converted(
        b"1\t2026-03-01 10:00:00\t0\t1\n2\t1971--10--29 -23:-27:-54\t0\t1\nrubbish\n3\t2026-03-01 10:00:01\n"
    )
    assert [decode_event(Punch, record.value).pin for record in result.punches] == ["1", "3"]
    assert sorted((row.reason, row.line, row.raw) for row in result.dead) == [
        (Reason.NOT_A_ROW, 3, b"rubbish"),
        (Reason.TIME_UNREADABLE, 2, b"2\t1971--10--29 -23:-27:-54\t0\t1"),
    ]


def test_a_long_body_comes_in_pieces_and_complete() -> None:
    body = b"".join(b"%d\t2026-03-01 10:00:00\t0\t1\n" % number for number in range(1, 5002))
    headers = RawHeaders("TST1", "demo", "ATTLOG", RECEIVED, "edge-1", "edge-1-1")
    pieces = list(convert_attendance(RawUpload(headers, body, 3, 41), BERLIN, "UTC", raise_it))
    assert max(len(piece.punches) for piece in pieces) == 2000
    lines = [decode_event(Punch, punch.value).raw_line for piece in pieces for punch in piece.punches]
    assert lines == list(range(1, 5002))


def test_a_pin_of_5000_characters_is_a_dead_letter_with_its_bytes() -> None:
    line = b"9" * 5000 + b"\t2026-03-01 10:00:00\t0\t1"
    (row,) = converted(line + b"\n").dead
    assert (row.reason, row.raw) == (Reason.PIN_TOO_LONG, line)


@pytest.mark.parametrize(
    ("text", "flag"), [("1970-01-01 00:00:01", TimeFlag.PAST_PUNCH), ("2099-01-01 00:00:00", TimeFlag.FUTURE_PUNCH)]
)
def test_a_wrong_clock_is_stored_flagged_and_quarantined(text: str, flag: TimeFlag) -> None:
    (punch,) = punches(f"7\t{text}\t0\t1\n".encode())
    assert flag in punch.time_flags
    assert TimeFlag.QUARANTINED in punch.time_flags
    assert (punch.local_time, punch.local_text) == (0, text)
    assert punch.event_id == punch_id("demo", "TST1", "7", text.replace(" ", "T"))


def test_a_clock_a_day_ahead_is_flagged_but_not_quarantined() -> None:
    (punch,) = punches(b"7\t2026-03-02 10:00:00\t0\t1\n")
    assert punch.time_flags == [TimeFlag.FUTURE_PUNCH]
    assert punch.local_time != 0


def test_every_way_of_writing_a_pin_is_one_punch() -> None:
    ids = {
        punch.event_id
        for punch in punches(b"17\t2026-03-01 10:00:00\n0017\t2026-03-01 10:00:00\t1\t1\n 17 \t2026-03-01 10:00:00\n")
    }
    assert len(ids) == 1


def test_the_copy_seen_in_real_time_wins_over_the_one_from_a_backlog() -> None:
    row = b"17\t2026-03-01 10:00:00\t0\t1\n"
    (live,), (late,) = punches(row), punches(row, received_at=RECEIVED + 86_400_000)
    assert live.event_id == late.event_id
    assert live.rank > late.rank
    assert live.rank >> 62 == TimeEvidence.REAL_TIME


def test_copies_of_equal_standing_have_equal_ranks_whenever_they_came() -> None:
    row = b"17\t2026-03-01 08:00:00\t0\t1\n"
    assert punches(row)[0].rank == punches(row, received_at=RECEIVED + 60_000)[0].rank


def test_an_unknown_device_is_read_in_the_assumed_zone_and_says_so() -> None:
    (punch,) = punches(b"17\t2026-03-01 13:00:00\t0\t1\n", UNKNOWN)
    assert (punch.zone, punch.site, punch.time_flags) == ("Asia/Dubai", "", [TimeFlag.ZONE_ASSUMED])
    assert punch.punch_at == RECEIVED - 5000


def test_facts_are_taken_as_of_the_punch() -> None:
    moved_at = 1_772_323_200_000  # 2026-03-01T00:00:00Z
    device = DevicePeriods(
        (
            DevicePeriod(None, moved_at, site="berlin", tenant="demo", zone="Europe/Berlin"),
            DevicePeriod(moved_at, None, site="pune", tenant="demo", zone="Asia/Kolkata", clock="fixed:+05:30"),
        ),
        9,
    )
    before, after = punches(b"1\t2026-02-20 10:00:00\n1\t2026-03-01 10:00:00\n", device)
    assert (before.site, before.utc_offset_s) == ("berlin", 3600)
    assert (after.site, after.utc_offset_s, after.clock) == ("pune", 19_800, "fixed:+05:30")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"0\t2026-03-01 10:00:00\t0\t1\n", "no_user"),
        (b"4711\t2026-03-01 10:00:00\t0\t3\t4711\t255\t0\n", "unregistered_card"),
    ],
)
def test_rows_of_nobody_are_events_but_no_attendance(row: bytes, reason: str) -> None:
    (punch,) = punches(row)
    assert (punch.is_attendance, punch.not_attendance_reason) == (False, reason)


def test_unknown_columns_are_kept_by_name() -> None:
    (punch,) = punches(b"1\t2026-03-01 10:00:00\t0\t1\t0\t0\t\t0\t36.6\n")
    assert punch.extra == {"reserved1": "0", "tail1": "0", "tail2": "36.6"}


@given(st.binary(max_size=400))
def test_any_bytes_give_every_line_as_a_punch_or_a_dead_letter(body: bytes) -> None:
    result = converted(body)
    lines = len([line for line in body.split(b"\n") if line.strip(b" \t\r\0\x0b\x0c")])
    whole = any(row.line == 0 for row in result.dead)
    assert whole or len(result.punches) + len(result.dead) == lines
    for record in result.punches:
        decode_event(Punch, record.value)


def test_a_failure_of_our_own_on_one_row_is_told_and_put_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    real = convert._punch

    def fails_on_two(row: object, *rest: object) -> object:
        if getattr(row, "pin", "") == "2":
            raise ZeroDivisionError("seeded")
        return real(row, *rest)  # type: ignore[arg-type]  # passed through unchanged

    monkeypatch.setattr(convert, "_punch", fails_on_two)
    told: list[BaseException] = []
    result = converted(
        b"1\t2026-03-01 10:00:00\n2\t2026-03-01 10:00:00\n3\t2026-03-01 10:00:00\n", on_failure=told.append
    )
    assert len(result.punches) == 2
    assert [row.reason for row in result.dead] == [Reason.INTERNAL_ERROR]
    assert str(told[0]).startswith("ZeroDivisionError at test_convert.py:")
    assert "seeded" not in result.dead[0].error


def test_brakes_stop_after_more_than_20_failures_in_a_row() -> None:
    brakes = Brakes()
    for _ in range(20):
        brakes.failed(ValueError("x"))
    with pytest.raises(BrakesPulled, match="21 rows in a row"):
        brakes.failed(ValueError("x"))


def test_brakes_stop_at_more_than_5_percent_of_the_last_1000() -> None:
    brakes = Brakes()
    for _ in range(50):
        brakes.failed(ValueError("x"))
        brakes.passed(10)
    with pytest.raises(BrakesPulled, match="51 of the last 1000"):
        brakes.failed(ValueError("x"))


def test_brakes_forget_what_is_more_than_1000_rows_ago() -> None:
    brakes = Brakes()
    for _ in range(500):
        brakes.failed(ValueError("x"))
        brakes.passed(20)
