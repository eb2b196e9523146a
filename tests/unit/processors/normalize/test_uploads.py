"""Uploads summed for the device processor."""

from __future__ import annotations

from dataclasses import fields

import orjson

from processors.normalize.convert import convert_attendance
from processors.normalize.records import RawUpload
from processors.normalize.uploads import UploadSums
from schemas.codec import decode_event
from schemas.devices import DeviceInput, InputKind
from schemas.headers import RawHeaders
from tests.unit.processors.normalize.raw import RECEIVED, UTC_SITE, fail

DAY = 86_400_000


def add(sums: UploadSums, body: bytes, serial: str = "TST1", received_at: int = RECEIVED, query: str = "") -> None:
    headers = RawHeaders(serial, "demo", "ATTLOG", received_at, "edge-1", "r", "/iclock/cdata", query)
    upload = RawUpload(headers, body, 2, 9)
    sums.add(upload, UTC_SITE, [piece.upload for piece in convert_attendance(upload, UTC_SITE, "UTC", fail)])


def told(sums: UploadSums) -> list[DeviceInput]:
    return [decode_event(DeviceInput, record.value) for record in sums.records()]


def test_bodies_of_a_device_are_one_record_with_the_last_stamp() -> None:
    sums = UploadSums()
    add(sums, b"1\t2026-03-01 09:00:00\t0\t1\n2\t2026-03-01 08:59:59\t0\t1\n", query="SN=TST1&table=ATTLOG&Stamp=5")
    add(sums, b"3\t2026-03-01 09:00:04\t0\t1\n", query="SN=TST1&table=ATTLOG&Stamp=2026-03-01T09%3A00%3A04")
    add(sums, b"", serial="TST2", query="SN=TST2&Stamp=0")
    one, other = told(sums)
    assert (one.kind, one.device, one.table, one.rows) == (InputKind.UPLOAD, "TST1", "ATTLOG", 3)
    assert (one.stamp, one.newest_at, one.real_time) == ("2026-03-01T09:00:04", RECEIVED - 1000, True)
    assert one.punches_by_hour == {"2026-03-01T08": 1, "2026-03-01T09": 2}
    assert (one.at, one.site, one.raw_topic, one.raw_partition, one.raw_offset) == (
        RECEIVED, "north", "raw.attendance", 2, 9,
    )  # fmt: skip
    assert (other.device, other.rows, other.stamp, other.real_time, other.newest_at) == ("TST2", 0, "0", False, None)


def test_a_backlog_is_no_real_time_be_it_old_or_long() -> None:
    old, long, ahead = UploadSums(), UploadSums(), UploadSums()
    add(old, b"1\t2026-03-01 08:50:00\t0\t1\n")
    add(long, b"".join(b"%d\t2026-03-01 09:00:00\n" % pin for pin in range(1, 12)))
    add(ahead, b"1\t2026-03-01 14:00:00\t0\t1\n")
    assert [told(sums)[0].real_time for sums in (old, long, ahead)] == [False, False, True]
    assert told(ahead)[0].newest_at == RECEIVED - 5000 + 5 * 3_600_000


def test_hours_long_ago_are_not_counted_one_by_one() -> None:
    sums = UploadSums()
    add(sums, b"1\t2020-01-01 08:00:00\n1\t2031-01-01 08:00:00\n1\t2026-02-28 08:00:00\n")
    assert told(sums)[0].punches_by_hour == {"2026-02-28T08": 1}
    assert told(sums)[0].rows == 3


def test_the_record_is_what_the_type_says() -> None:
    sums = UploadSums()
    add(sums, b"1\t2026-03-01 09:00:00\t0\t1\n")
    (record,) = sums.records()
    assert set(orjson.loads(record.value)) == {field.name for field in fields(DeviceInput)}
    assert record.device == b"TST1"
