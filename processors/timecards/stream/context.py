"""What all employees of a partition share: registry, pay periods, event time, the stream's clock; and what follows from
them for one of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.cards import About
from processors.timecards.stream.derivation import Derivation
from processors.timecards.stream.employee_facts import EmploymentOn, employment_on
from processors.timecards.stream.event_time import EventTime
from processors.timecards.stream.facts import Facts, facts_of
from processors.timecards.stream.header import Header
from processors.timecards.stream.periods import KnownPeriod, Periods
from processors.timecards.stream.publishing import Circumstances
from processors.timecards.stream.working_copy import WorkingCopy
from runtime.version import VERSION


@dataclass(slots=True)
class Context:
    """clock: greatest instant that any input told, epoch ms."""

    registry: CardRegistry
    times: EventTime
    periods: Periods
    clock: int = 0

    def facts(self, copy: WorkingCopy, registry: CardRegistry | None = None) -> Facts:
        return self.facts_of(copy.tenant, copy.employee, copy.header, registry)

    def facts_of(self, tenant: str, employee: str, header: Header, registry: CardRegistry | None = None) -> Facts:
        first = header.first_place
        site, zone = (first.site, first.zone) if first is not None else ("", "")
        return facts_of(registry or self.registry, tenant, employee, header.employee, site, zone)

    def period_of(self, copy: WorkingCopy, day: date) -> KnownPeriod | None:
        """That a date is paid in, as far as anything was said of it."""
        if not self.periods:
            return None
        return self.periods.of_date(copy.tenant, _employed(copy, day).pay_group, day)

    def about(self, copy: WorkingCopy, day: date, week: date, facts: Facts, found: Derivation | None = None) -> About:
        plans = [plan for plan in found.plans if plan.date == day] if found is not None else []
        codes = found.leave_codes.get(day, {}) if found is not None else {}
        record, terms = copy.header.employee, facts.terms_on(day)
        return About(copy.tenant, copy.employee, day, week, record, _employed(copy, day), terms, plans, codes)

    def circumstances(self, facts: Facts, day: date, event_time: int) -> Circumstances:
        return Circumstances(self.clock, event_time or None, facts.terms_on(day).policy_version, VERSION)


def _employed(copy: WorkingCopy, day: date) -> EmploymentOn:
    first = copy.header.first_place
    return employment_on(copy.header.employee, copy.employee, first.site if first is not None else "", day)
