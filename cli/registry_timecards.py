"""What hours depend on, in registry files: policies, holiday calendars, schedules, pay groups. Pure.

Their rows hold by work dates (`valid_from: 2026-01-01`), and stand in YAML only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, cast, get_args

from cli.registry_histories import parse_date
from cli.registry_policies import ALLOWED, ID, PolicyReader
from cli.registry_rows import Row
from cli.registry_schedules import ScheduleReader, schedule_entry
from cli.yaml_values import ValueWrong, pairs, text_of, words_of
from schemas.registry import Record, SiteRecord
from schemas.registry_timecards import (
    CalendarPeriod,
    CalendarRecord,
    DatedPeriod,
    PayCycle,
    PayGroupPeriod,
    PayGroupRecord,
    PolicyPeriod,
    PolicyRecord,
    SchedulePeriod,
    ScheduleRecord,
    TimecardRecord,
)

SECTIONS: Final[dict[str, type[TimecardRecord]]] = {
    "policies": PolicyRecord,
    "calendars": CalendarRecord,
    "schedules": ScheduleRecord,
    "paygroups": PayGroupRecord,
}
_LAST_ANCHOR_DAY: Final = 28
_MAX_CODE: Final = 64


class TimecardReader(PolicyReader, ScheduleReader):
    def timecard_records(
        self, rows: list[Row], sites: Mapping[str, SiteRecord], policies: Iterable[PolicyRecord]
    ) -> list[Record]:
        """The records of the rows of these kinds, in the order of SECTIONS. policies: those that the registry has."""

        def of(kind: type[TimecardRecord]) -> list[Row]:
            return [row for row in rows if row.kind == kind.kind]

        def calendar(row: Row) -> CalendarPeriod:
            return self._calendar(row, sites)

        calendars = self.histories(of(CalendarRecord), "id", ID, ALLOWED, calendar, str)
        groups = self.histories(of(PayGroupRecord), "id", ID, ALLOWED, self._pay_group, str)
        return [
            *self.policies(of(PolicyRecord), sites, policies),
            *(CalendarRecord(id_, periods) for id_, periods in calendars.items()),
            *self.schedules(of(ScheduleRecord)),
            *(PayGroupRecord(id_, periods) for id_, periods in groups.items()),
        ]

    def _calendar(self, row: Row, sites: Mapping[str, SiteRecord]) -> CalendarPeriod:
        valid_from, valid_to = self.dates(row)
        holidays: dict[date, str] = {}
        names: tuple[str, ...] = ()
        try:
            if (node := row.nodes.get("holidays")) is None:
                self.wrong(row, "holidays is missing: a mapping of dates to names")
            else:
                for text, name in pairs(node, "holidays"):
                    if (day := parse_date(text)) is None:
                        raise ValueWrong(name, f"holidays: {text[:80]!r} is no date such as 2026-12-25")
                    holidays[day] = text_of(name, f"the name of {text}")
            names = words_of(row.nodes.get("sites"), "sites")
        except ValueWrong as error:
            self.wrong_at(row, error.line, str(error))
        for site in names:
            if site not in sites:
                self.wrong(row, f"unknown site {site!r}: no file and no record of the registry has it", "sites")
        return CalendarPeriod(valid_from=valid_from, valid_to=valid_to, holidays=holidays, sites=names)

    def _pay_group(self, row: Row) -> PayGroupPeriod:
        plain = PayGroupPeriod()
        valid_from, valid_to = self.dates(row)
        values = row.values
        cycle = values.get("cycle", plain.cycle)
        anchor = self.date(row, "anchor")
        if cycle not in get_args(PayCycle):
            self.wrong(row, f"cycle {cycle[:80]!r} is none of {', '.join(get_args(PayCycle))}", "cycle")
        if cycle == "half_month" and anchor is not None:
            self.wrong(row, "half_month begins on the 1st and the 16th: leave anchor out", "anchor")
        if cycle == "month" and anchor is not None and anchor.day > _LAST_ANCHOR_DAY:
            self.wrong(
                row, f"a month cannot begin on the {anchor.day}th: not every month has one (28 at most)", "anchor"
            )
        tenant, code = values.get("tenant", ""), values.get("company_code", "")
        if tenant and not ID.fullmatch(tenant):
            self.wrong(row, f"tenant {tenant[:80]!r} is not made of {ALLOWED}", "tenant")
        if len(code) > _MAX_CODE:
            self.wrong(row, f"company_code has more than {_MAX_CODE} characters", "company_code")
        return PayGroupPeriod(
            valid_from=valid_from, valid_to=valid_to, tenant=tenant, name=self.name(row), cycle=cast(PayCycle, cycle),
            anchor=anchor or plain.anchor, needs_approval=self.truth(row, "needs_approval"), company_code=code,
        )  # fmt: skip


def timecard_sections(records: Iterable[Record]) -> dict[str, list[dict[str, Any]]]:
    """The sections of a YAML file that read back to these records; those without one are left out."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        for section, kind in SECTIONS.items():
            if isinstance(record, kind):
                rows = [{"id": record.id, **_entry(period), **_validity(period)} for period in record.periods]
                sections.setdefault(section, []).extend(rows)
    return {section: sections[section] for section in SECTIONS if section in sections}


def _entry(period: DatedPeriod) -> dict[str, Any]:
    if isinstance(period, SchedulePeriod):
        return schedule_entry(period)
    if isinstance(period, CalendarPeriod):
        holidays = {day.isoformat(): name for day, name in sorted(period.holidays.items())}
        return {"holidays": holidays, **({"sites": list(period.sites)} if period.sites else {})}
    assert isinstance(period, PolicyPeriod | PayGroupPeriod)
    plain, entry = type(period)(), dict[str, Any]()
    names = ("preset", "settings", "tenant", "sites", "groups", "employees")
    if isinstance(period, PayGroupPeriod):
        names = ("name", "tenant", "cycle", "anchor", "needs_approval", "company_code")
    for name in names:
        value = getattr(period, name)
        if value != getattr(plain, name):
            entry[name] = (
                value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
            )
    return entry


def _validity(period: DatedPeriod) -> dict[str, str]:
    bounds = {"valid_from": period.valid_from, "valid_to": period.valid_to}
    return {name: day.isoformat() for name, day in bounds.items() if day is not None}
