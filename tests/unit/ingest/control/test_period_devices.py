"""Which devices may still hold punches of a period: watermarks against the period's end where they are, and gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ingest.control.period_devices import (
    device_hindrances,
    devices_of,
    earliest_start,
    end_of,
    gap_hindrances,
    latest_day_cut,
)
from schemas.device_events import AccessEvent, AccessKind
from schemas.devices import DeviceState, DeviceStatus
from schemas.polled import SourceStatus
from schemas.registry import DevicePeriod, DeviceRecord, Record, SitePeriod, SiteRecord
from schemas.registry_timecards import PolicyPeriod, PolicyRecord
from tests.unit.ingest.control.samples import device_state

LAST = date(2026, 2, 28)
HOUR = 3_600_000


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


NOW = at("2026-03-03T00:00")
END = at("2026-02-28T23:00")  # midnight of Berlin
SITES = [
    SiteRecord("berlin", (SitePeriod(zone="Europe/Berlin"),)),
    SiteRecord("boston", (SitePeriod(zone="America/New_York"),)),
]


def device(serial: str, site: str = "berlin", tenant: str = "default", **facts: Any) -> DeviceRecord:
    return DeviceRecord(serial, (DevicePeriod(site=site, tenant=tenant, zone="UTC", **facts),))


def hindered(
    records: Sequence[Record], states: Sequence[DeviceState], sites: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    devices = devices_of([*SITES, *records], states, tenant="default", sites=sites, last=LAST, now=NOW)
    return [(one.device, one.detail) for one in device_hindrances(devices)]


def test_a_watermark_past_the_end_settles_a_device_whatever_became_of_it() -> None:
    told = device_state("A1", DeviceStatus.OFFLINE, watermark=END)
    assert hindered([device("A1")], [told]) == []
    ((serial, detail),) = hindered([device("A1")], [device_state("A1", watermark=END - 1)])
    assert (serial, "up to 2026-02-28 22:59Z only, needed is 2026-02-28 23:00Z; online since" in detail) == ("A1", True)


def test_without_a_watermark_it_may_hold_a_backlog_though_it_is_online() -> None:
    found = dict(hindered([device("A1"), device("B2")], [device_state("A1")]))
    assert found["A1"].startswith("A1 at berlin never told a watermark")
    assert found["B2"].endswith("it was never seen")


def test_the_end_is_that_of_the_sites_zone_and_of_the_latest_day_cut() -> None:
    boston = [device("A1", "boston")]
    assert hindered(boston, [device_state("A1", watermark=at("2026-03-01T05:00"))]) == []
    assert len(hindered(boston, [device_state("A1", watermark=at("2026-03-01T04:59"))])) == 1
    cut = PolicyRecord(
        "night", (PolicyPeriod(settings={"day_cut_min": 240}), PolicyPeriod(tenant="x", settings={"day_cut_min": 600}))
    )
    assert latest_day_cut([cut], "default") == 240
    assert len(hindered([device("A1"), cut], [device_state("A1", watermark=END + 4 * HOUR - 1)])) == 1
    assert hindered([device("A1"), cut], [device_state("A1", watermark=END + 4 * HOUR)]) == []


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (device("A1", tenant="other"), None),
        (device("A1", admission="refuse"), None),
        (device("A1", valid_to=NOW - 1), None),
        (None, device_state("A1", tenant="other")),
        (None, device_state("A1", DeviceStatus.PENDING)),
        (None, device_state("biotime:hq", source_status=SourceStatus.OK)),
    ],
)
def test_devices_that_do_not_count(record: DeviceRecord | None, state: DeviceState | None) -> None:
    assert hindered([record] if record else [], [state] if state else []) == []


def test_devices_that_the_registry_does_not_name_count_when_they_are_served_or_told_a_watermark() -> None:
    station = device_state("akuvox:0C11", source_status=SourceStatus.OK, watermark=END - 1, site="berlin")
    assert [serial for serial, _ in hindered([], [device_state("A1"), station])] == ["A1", "akuvox:0C11"]


def test_only_devices_of_named_sites() -> None:
    both = [device("A1"), device("B2", "boston")]
    assert [serial for serial, _ in hindered(both, [], ("boston",))] == ["B2"]


def gap(happened_at: int, received_at: int, **facts: Any) -> AccessEvent:
    common: dict[str, Any] = {
        "v": 1, "event_id": "0" * 32, "rank": 1, "tenant": "default", "device": "akuvox:0C11", "site": "berlin",
        "received_at": received_at, "raw_topic": "raw.attendance", "raw_partition": 0, "raw_offset": 0, "raw_line": 1,
        "request_id": "r", "parser_version": 1, "registry_version": 1,
        "extra": {"log": "doorlog", "why": "overwritten"}, "local_time": 0, "local_text": "",
        "happened_at": happened_at, "utc_offset_s": 0, "zone": "UTC", "clock": "zone", "time_flags": [],
        "kind": AccessKind.GAP, "pin": "", "has_card": False, "code": None, "word": "", "door": "", "in_out": None,
        "verify": "", "verify_word": "", "index": "", "granted": None, "punch_id": "", "sensor": "", "relay": "",
        "alarm": "",
    }  # fmt: skip
    return AccessEvent(**{**common, **facts})


def test_a_gap_hinders_when_its_rows_may_be_of_the_period() -> None:
    station = device_state("akuvox:0C11", source_status=SourceStatus.OK, watermark=NOW, site="berlin")
    devices = devices_of(SITES, [station], tenant="default", sites=(), last=LAST, now=NOW)
    start = earliest_start(date(2026, 2, 15))
    assert start < end_of(date(2026, 2, 14), "Pacific/Kiritimati", 0)

    def found(one: AccessEvent) -> list[str]:
        return [hindrance.detail for hindrance in gap_hindrances(devices, [one, one], start)]

    (detail,) = found(gap(END - 1, NOW))
    assert "lost between 2026-02-28 22:59Z and 2026-03-03 00:00Z: overwritten" in detail
    assert found(gap(start - HOUR, start)) != []
    assert found(gap(END, NOW)) == []
    assert found(gap(start - HOUR, start - 1)) == []
    assert found(gap(END - 1, NOW, extra={"log": "calllog"})) == []
    assert found(gap(END - 1, NOW, device="akuvox:0C12")) == []
