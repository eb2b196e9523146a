"""The registry as cards need it: an immutable snapshot of policies, calendars, schedules, pay groups, sites, devices.

Made anew when one of these changed; what was worked out for people (facts.py) lives and goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from processors.timecards.terms import CalendarPeriod, PolicyPeriod
from schemas.pay_calendar import pay_period_of
from schemas.policies import Policy, PolicyError, load_policy
from schemas.policy_presets import PRESETS
from schemas.registry import DevicePeriod, DeviceRecord, Record, SitePeriod, SiteRecord, period_at
from schemas.registry_timecards import (
    CalendarRecord,
    PayGroupRecord,
    PolicyRecord,
    SchedulePeriod,
    ScheduleRecord,
)
from schemas.registry_timecards import PolicyPeriod as PolicyOf


class UnusablePolicy(ValueError):
    """A policy record that cannot be loaded; it is refused where it is written, so this is one of an older version."""

    def __init__(self, record_id: str, reason: str) -> None:
        super().__init__(f"policy {record_id}: {reason}")
        self.record_id = record_id


@dataclass(frozen=True, slots=True, eq=False)
class CardRegistry:
    """version: of the registry; policies: by tenant, "" for all tenants. known: what facts.py worked out."""

    version: int
    policies: Mapping[str, tuple[PolicyPeriod, ...]]
    calendars: tuple[CalendarPeriod, ...]
    schedules: Mapping[str, tuple[SchedulePeriod, ...]]
    pay_groups: Mapping[str, PayGroupRecord]
    sites: Mapping[str, tuple[SitePeriod, ...]]
    devices: Mapping[str, tuple[DevicePeriod, ...]]
    known: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[tuple[Record, int]], version: int) -> CardRegistry:
        """From records with their registry versions (offset + 1), which go into the policy versions of cards.

        Raises UnusablePolicy naming the record: leave it out, and say so.
        """
        policies: dict[str, list[PolicyPeriod]] = {}
        calendars: list[CalendarPeriod] = []
        schedules, pay_groups, sites, devices = {}, {}, {}, {}
        for record, at in sorted(records, key=lambda pair: (pair[0].kind, pair[0].id)):
            if isinstance(record, PolicyRecord):
                for tenant, period in _policies(record, at):
                    policies.setdefault(tenant, []).append(period)
            elif isinstance(record, CalendarRecord):
                calendars += _calendars(record)
            elif isinstance(record, ScheduleRecord):
                schedules[record.id] = record.periods
            elif isinstance(record, PayGroupRecord):
                pay_groups[record.id] = record
            elif isinstance(record, SiteRecord):
                sites[record.id] = record.periods
            elif isinstance(record, DeviceRecord):
                devices[record.id] = record.periods
        by_tenant = {tenant: tuple(periods) for tenant, periods in policies.items()}
        return cls(version, by_tenant, tuple(calendars), schedules, pay_groups, sites, devices)

    def policies_of(self, tenant: str) -> tuple[PolicyPeriod, ...]:
        return (*self.policies.get("", ()), *(self.policies.get(tenant, ()) if tenant else ()))

    def site_periods(self, site: str) -> tuple[SitePeriod, ...]:
        return self.sites.get(site, ())

    def device_at(self, serial: str, at_ms: int) -> DevicePeriod | None:
        """What holds of a device at an instant, epoch ms."""
        return period_at(self.devices.get(serial, ()), at_ms)

    def pay_period_of(self, tenant: str, pay_group: str, day: date) -> tuple[date, date]:
        """First and last date, both inclusive, of the group's period that a date is in."""
        return pay_period_of(self.pay_groups.get(pay_group), tenant, day)


def _policies(record: PolicyRecord, version: int) -> list[tuple[str, PolicyPeriod]]:
    made: list[tuple[str, PolicyPeriod]] = []
    for period in record.periods:
        policy, text = _load(record.id, period), f"{record.id}@{version}"
        dates: dict[str, Any] = {"valid_from": period.valid_from, "valid_to": period.valid_to, "version": text}
        named = [("site", one) for one in period.sites]
        named += [("group", one) for one in period.groups]
        named += [("employee", one) for one in period.employees]
        for level, of in named or [("tenant" if period.tenant else "everybody", "")]:
            made.append((period.tenant, PolicyPeriod(level=level, of=of, policy=policy, **dates)))  # type: ignore[arg-type]  # all four are levels
    return made


def _load(record_id: str, period: PolicyOf) -> Policy:
    if period.preset and period.preset not in PRESETS:
        raise UnusablePolicy(record_id, f"preset {period.preset!r} is none of {', '.join(PRESETS)}")
    base = PRESETS[period.preset] if period.preset else {}
    try:
        return load_policy({**base, **period.settings})
    except PolicyError as error:
        raise UnusablePolicy(record_id, str(error)) from error


def _calendars(record: CalendarRecord) -> list[CalendarPeriod]:
    """`""` is every site."""
    return [
        CalendarPeriod(
            site=site, dates=frozenset(period.holidays), valid_from=period.valid_from, valid_to=period.valid_to
        )
        for period in record.periods
        for site in period.sites or ("",)
    ]
