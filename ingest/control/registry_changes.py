"""What an operator's word does to a device's record in the registry. Pure; times are epoch milliseconds UTC.

Facts hold as of punch time, and a clock brings what it kept for months: periods therefore leave no gap behind the last
one, and a device that is new is where it is since ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ingest.control.errors import ControlRefused
from schemas.registry import DevicePeriod, DeviceRecord

# Facts that punches are read with: from when on they changed matters. All others are of now alone.
DATED: Final = frozenset(("site", "zone", "clock", "verify_map", "state_map", "direction"))
UNDATED: Final = frozenset(("tags", "link", "charset", "ack_profile", "options", "transaction_capacity"))


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a device is, and whose."""

    site: str
    zone: str
    tenant: str
    tags: tuple[str, ...] = ()
    clock: str = "zone"


def period_at(record: DeviceRecord | None, at: int) -> DevicePeriod | None:
    return next((period for period in record.periods if period.covers(at)), None) if record else None


def approved(record: DeviceRecord | None, serial: str, placement: Placement, at: int) -> DeviceRecord:
    """The device is served at its place: since ever, or from where its last period ended.

    One that was refused takes the place for as long as it was refused, too. Raises ControlRefused: it is served.
    """
    new = DevicePeriod(
        site=placement.site, zone=placement.zone, tenant=placement.tenant, tags=placement.tags, clock=placement.clock
    )
    return _joined(record, serial, new, at)


def refused(record: DeviceRecord | None, serial: str, tenant: str, at: int) -> DeviceRecord:
    """The device is kept out by name from now on. Raises ControlRefused: it is kept out already."""
    if record is None:
        return DeviceRecord(serial, (DevicePeriod(tenant=tenant, admission="refuse"),))
    period = period_at(record, at)
    if period is None:
        _refuse_later_periods(record, at)
        start = record.periods[-1].valid_to
        kept_out = replace(record.periods[-1], valid_from=start, valid_to=None, admission="refuse")
        return _with(record, *record.periods, kept_out)
    if period.admission == "refuse":
        raise ControlRefused(f"device {serial} is refused already")
    return _split(record, period, replace(period, admission="refuse"), at)


def retired(record: DeviceRecord | None, serial: str, at: int) -> DeviceRecord:
    """Its last period ends now. Raises ControlRefused: it is in no use."""
    period = _in_use(record, serial, at)
    assert record is not None
    _refuse_later_periods(record, at)
    end = at if period.valid_from is None else max(at, period.valid_from + 1)
    return _with(record, *(replace(p, valid_to=end) if p is period else p for p in record.periods))


def replaced(
    record: DeviceRecord | None, serial: str, new_record: DeviceRecord | None, new_serial: str, at: int
) -> tuple[DeviceRecord, DeviceRecord]:
    """The old device's record, ended, and that of the new one in its place.

    What is the box's own and not the place's stays behind: code maps and capacity. Raises ControlRefused.
    """
    if serial == new_serial:
        raise ControlRefused(f"device {serial} cannot replace itself")
    period = _in_use(record, serial, at)
    new = replace(
        period, valid_from=None, valid_to=None, verify_map={}, state_map={}, transaction_capacity=None, replaces=serial
    )
    return retired(record, serial, at), _joined(new_record, new_serial, new, at)


def changed(
    record: DeviceRecord | None, serial: str, facts: Mapping[str, Any], at: int, *, since_ever: bool = False
) -> DeviceRecord:
    """Other facts from now on; `since_ever` says that those of DATED always were so (a correction), as far as the
    period of now reaches back. Raises ControlRefused."""
    period = _in_use(record, serial, at)
    assert record is not None
    dated = {name: value for name, value in facts.items() if name in DATED}
    undated = {name: value for name, value in facts.items() if name in UNDATED}
    if unknown := sorted(set(facts) - DATED - UNDATED):
        raise ControlRefused(f"{', '.join(unknown)} cannot be changed in this way")
    if undated:
        record = _with(
            record,
            *(p if p.valid_to is not None and p.valid_to <= at else replace(p, **undated) for p in record.periods),
        )
        period = replace(period, **undated)
    if not dated or replace(period, **dated) == period:
        return record
    if since_ever:
        return _with(record, *(replace(p, **dated) if p.covers(at) else p for p in record.periods))
    return _split(record, period, replace(period, **dated), at)


def _joined(record: DeviceRecord | None, serial: str, new: DevicePeriod, at: int) -> DeviceRecord:
    if record is None or not record.periods:
        return DeviceRecord(serial, (replace(new, valid_from=None, valid_to=None),))
    period = period_at(record, at)
    if period is None:
        _refuse_later_periods(record, at)
        return _with(record, *record.periods, replace(new, valid_from=record.periods[-1].valid_to, valid_to=None))
    if period.admission != "refuse":
        raise ControlRefused(f"device {serial} is served already, at site {period.site!r}")
    taken = replace(new, valid_from=period.valid_from, valid_to=period.valid_to)
    return _with(record, *(taken if p is period else p for p in record.periods))


def _split(record: DeviceRecord, period: DevicePeriod, new: DevicePeriod, at: int) -> DeviceRecord:
    """`period` until now, `new` from now to where it ended."""
    parts: list[DevicePeriod] = []
    for one in record.periods:
        if not one.covers(at):
            parts.append(one)
            continue
        if one.valid_from is None or one.valid_from < at:
            parts.append(replace(period, valid_to=at))
        parts.append(replace(new, valid_from=at))
    return _with(record, *parts)


def _in_use(record: DeviceRecord | None, serial: str, at: int) -> DevicePeriod:
    period = period_at(record, at)
    if period is None or period.admission == "refuse":
        raise ControlRefused(f"device {serial} is not in use: approve it first")
    return period


def _refuse_later_periods(record: DeviceRecord, at: int) -> None:
    if any(period.valid_from is not None and period.valid_from > at for period in record.periods):
        raise ControlRefused(
            f"device {record.id} has periods that begin later: change it by a registry file (punchstream registry)"
        )


def _with(record: DeviceRecord, *periods: DevicePeriod) -> DeviceRecord:
    return DeviceRecord(record.id, periods)
