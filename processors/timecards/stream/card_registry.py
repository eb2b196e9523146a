"""The registry as cards need it: an immutable snapshot of policies, calendars, schedules, pay groups, sites, devices.

Made anew when one of these changed; what was worked out for people (facts.py) lives and goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any

import orjson

from processors.timecards.engine.zones import ZONE_ERRORS, zone_of
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


class UnusableRecord(ValueError):
    """A policy that cannot be loaded, a site in no known zone; it is refused where it is written, so this is one of an
    older version, or of a machine with other time zone data. key: `kind+id`."""

    def __init__(self, record: Record, reason: str) -> None:
        super().__init__(f"{record.kind} {record.id}: {reason}")
        self.key = f"{record.kind}+{record.id}"


@dataclass(frozen=True, slots=True, eq=False)
class CardRegistry:
    """version: of the registry; digest: of all that hours depend on in it; policies: by tenant, "" for all tenants.
    known: what facts.py worked out."""

    version: int
    policies: Mapping[str, tuple[PolicyPeriod, ...]]
    calendars: tuple[CalendarPeriod, ...]
    schedules: Mapping[str, tuple[SchedulePeriod, ...]]
    pay_groups: Mapping[str, PayGroupRecord]
    sites: Mapping[str, tuple[SitePeriod, ...]]
    devices: Mapping[str, tuple[DevicePeriod, ...]]
    digest: str = ""
    known: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[tuple[Record, int]], version: int) -> CardRegistry:
        """From records with their registry versions (offset + 1), which go into the policy versions of cards.

        Raises UnusableRecord naming the record: leave it out, and say so.
        """
        policies: dict[str, list[PolicyPeriod]] = {}
        calendars: list[CalendarPeriod] = []
        schedules, pay_groups, sites, devices = {}, {}, {}, {}
        digest = sha256()
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
                continue
            elif isinstance(record, SiteRecord):
                sites[record.id] = _in_known_zones(record)
            elif isinstance(record, DeviceRecord):
                devices[record.id] = record.periods
            else:
                continue
            digest.update(f"{record.kind}+{record.id}".encode() + card_facts(record))
        by_tenant = {tenant: tuple(periods) for tenant, periods in policies.items()}
        made = digest.hexdigest()[:32]
        return cls(version, by_tenant, tuple(calendars), schedules, pay_groups, sites, devices, made)

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


def card_facts(record: Record) -> bytes:
    """What cards depend on, as JSON. Devices are changed often (keys, options, tags), and no card by that."""
    facts: Any = record
    if isinstance(record, DeviceRecord):
        facts = [
            (one.valid_from, one.valid_to, one.site, one.tenant, one.zone, one.clock, one.state_map, one.direction)
            for one in record.periods
        ]
    elif isinstance(record, SiteRecord):
        facts = [(one.valid_from, one.valid_to, one.zone) for one in record.periods]
    return orjson.dumps(facts, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS)


def _policies(record: PolicyRecord, version: int) -> list[tuple[str, PolicyPeriod]]:
    made: list[tuple[str, PolicyPeriod]] = []
    for period in record.periods:
        policy, text = _load(record, period), f"{record.id}@{version}"
        dates: dict[str, Any] = {"valid_from": period.valid_from, "valid_to": period.valid_to, "version": text}
        named = [("site", one) for one in period.sites]
        named += [("group", one) for one in period.groups]
        named += [("employee", one) for one in period.employees]
        for level, of in named or [("tenant" if period.tenant else "everybody", "")]:
            made.append((period.tenant, PolicyPeriod(level=level, of=of, policy=policy, **dates)))  # type: ignore[arg-type]  # all four are levels
    return made


def _load(record: PolicyRecord, period: PolicyOf) -> Policy:
    if period.preset and period.preset not in PRESETS:
        raise UnusableRecord(record, f"preset {period.preset!r} is none of {', '.join(PRESETS)}")
    base = PRESETS[period.preset] if period.preset else {}
    try:
        return load_policy({**base, **period.settings})
    except PolicyError as error:
        raise UnusableRecord(record, str(error)) from error


def _in_known_zones(record: SiteRecord) -> tuple[SitePeriod, ...]:
    for period in record.periods:
        try:
            zone_of(period.zone)
        except ZONE_ERRORS as error:
            raise UnusableRecord(record, f"{period.zone!r} is no zone of this machine's time zone data") from error
    return record.periods


def _calendars(record: CalendarRecord) -> list[CalendarPeriod]:
    """`""` is every site."""
    return [
        CalendarPeriod(
            site=site, dates=frozenset(period.holidays), valid_from=period.valid_from, valid_to=period.valid_to
        )
        for period in record.periods
        for site in period.sites or ("",)
    ]
