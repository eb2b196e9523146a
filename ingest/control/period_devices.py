"""Which devices may still hold punches of a pay period. Pure; times are epoch milliseconds UTC.

A watermark past the end of the period's last day (in the site's zone, with the latest day cut of the tenant's policies)
settles a device, whatever became of it since; without one it may hold a backlog, also when it is online. Counts are not
compared here: a watermark is given only when nothing is pending by the device's own count (DESIGN 5), and what a clock
holds goes back further than any period.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ingest.control.period_models import PeriodHindrance
from schemas.device_events import AccessEvent
from schemas.devices import DeviceState, DeviceStatus
from schemas.registry import DeviceRecord, Record, SiteRecord, period_at
from schemas.registry_timecards import PolicyRecord

_MINUTE_MS: Final = 60_000
_DOOR_LOG: Final = "doorlog"  # the log that punches come from


@dataclass(frozen=True, slots=True)
class PeriodDevice:
    """A device that counts; end: of the period where it is, epoch ms."""

    serial: str
    site: str
    end: int
    state: DeviceState | None


def devices_of(
    records: Collection[Record],
    states: Iterable[DeviceState],
    *,
    tenant: str,
    sites: Collection[str],
    last: date,
    now: int,
) -> list[PeriodDevice]:
    """The devices of a tenant that are served now (of these sites; of all when none is named), by serial.

    Those that the registry does not name count when they told a watermark or are served all the same; retired and
    refused ones have left.
    """
    known = {state.device: state for state in states}
    named = {record.id: record for record in records if isinstance(record, DeviceRecord)}
    zones = {
        record.id: held.zone
        for record in records
        if isinstance(record, SiteRecord) and (held := period_at(record.periods, now)) is not None
    }
    day_cut = latest_day_cut(records, tenant)
    found = []
    for serial in sorted(named.keys() | known.keys()):
        state, record = known.get(serial), named.get(serial)
        if record is not None:
            held_now = period_at(record.periods, now)
            if held_now is None or held_now.admission == "refuse" or held_now.tenant != tenant:
                continue
            site, zone = held_now.site, held_now.zone
        else:
            if state is None or state.tenant != tenant or not _counts(state):
                continue
            site, zone = state.site, "UTC"
        if not sites or site in sites:
            found.append(PeriodDevice(serial, site, end_of(last, zones.get(site, zone), day_cut), state))
    return found


def device_hindrances(devices: Iterable[PeriodDevice]) -> list[PeriodHindrance]:
    """One for each that has not told everything up to the period's end."""
    found = []
    for device in devices:
        watermark = device.state.watermark if device.state else None
        if watermark is None or watermark < device.end:
            told = f"has told everything up to {_text(watermark)} only" if watermark else "never told a watermark"
            found.append(_hindrance(device, f"{told}, needed is {_text(device.end)}; {_status(device.state)}"))
    return found


def gap_hindrances(devices: Iterable[PeriodDevice], gaps: Iterable[AccessEvent], start: int) -> list[PeriodHindrance]:
    """One for each door log that lost rows which may be of the period: they lie between the last row that was known
    (happened_at) and the reading that found the gap. start: of the period, epoch ms."""
    by_serial = {device.serial.upper(): device for device in devices}
    found = {}
    for gap in gaps:
        device = by_serial.get(gap.device.upper())
        if device is None or gap.extra.get("log") != _DOOR_LOG:
            continue
        if gap.happened_at < device.end and gap.received_at >= start:
            told = f"rows of its log were lost between {_text(gap.happened_at)} and {_text(gap.received_at)}"
            found[gap.event_id] = _hindrance(device, f"{told}: {gap.extra.get('why', '')}")
    return list(found.values())


def end_of(last: date, zone: str, day_cut_min: int) -> int:
    """When the last work date is over in that zone: midnight after it, or its day cut when that is later."""
    midnight = datetime.combine(last + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    return round(midnight.timestamp() * 1000) + max(0, day_cut_min) * _MINUTE_MS


def earliest_start(first: date) -> int:
    """Before this the first work date has begun nowhere on earth, whatever its day cut."""
    return end_of(first - timedelta(days=2), "Pacific/Kiritimati", 0)


def latest_day_cut(records: Iterable[Record], tenant: str) -> int:
    """The greatest day_cut_min of the policies that may hold for people of a tenant."""
    cuts = [
        period.settings.get("day_cut_min", 0)
        for record in records
        if isinstance(record, PolicyRecord)
        for period in record.periods
        if period.tenant in ("", tenant)
    ]
    return max((cut for cut in cuts if isinstance(cut, int)), default=0)


def _counts(state: DeviceState) -> bool:
    if state.status is DeviceStatus.PENDING:
        return False
    return state.source_status is None or state.watermark is not None


def _hindrance(device: PeriodDevice, detail: str) -> PeriodHindrance:
    where = f"{device.serial} at {device.site}" if device.site else device.serial
    return PeriodHindrance(code="DEVICE", device=device.serial, detail=f"{where} {detail}")


def _status(state: DeviceState | None) -> str:
    return f"{state.status} since {_text(state.status_since)}" if state else "it was never seen"


def _text(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M}Z"
