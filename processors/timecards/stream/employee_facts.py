"""What cards need of an employee's record, small enough to be kept with everybody's state."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from schemas.employees import Employee

NO_PAY_GROUP: Final = "default"  # of people without pay group and home site


class EmploymentFacts(NamedTuple):
    """As schemas.employees.Employment; dates are `YYYY-MM-DD`, "" is without end."""

    valid_from: str
    valid_to: str
    site: str
    policy_group: str
    pay_group: str
    schedule: str
    employer: str
    payroll_number: str

    def covers(self, day: date) -> bool:
        text = day.isoformat()
        return (not self.valid_from or self.valid_from <= text) and (not self.valid_to or text < self.valid_to)


class EmployeeFacts(NamedTuple):
    """As schemas.employees.Employee."""

    rank: int
    site: str = ""
    department: str = ""
    position: str = ""
    enable_attendance: bool | None = None
    enable_overtime: bool | None = None
    enable_holiday: bool | None = None
    employment: tuple[EmploymentFacts, ...] = ()

    @classmethod
    def of(cls, record: Employee) -> EmployeeFacts:
        employment = tuple(
            EmploymentFacts(
                one.valid_from, one.valid_to, one.site, one.policy_group, one.pay_group, one.schedule, one.employer,
                one.payroll_number,
            )
            for one in record.employment
        )  # fmt: skip
        return cls(
            record.rank, record.site, record.department, record.position, record.enable_attendance,
            record.enable_overtime, record.enable_holiday, employment,
        )  # fmt: skip


class EmploymentOn(NamedTuple):
    """How somebody is employed on one date."""

    site: str
    policy_group: str
    pay_group: str
    schedule: str
    employer: str
    payroll_number: str


def employment_on(record: EmployeeFacts | None, employee: str, fallback_site: str, day: date) -> EmploymentOn:
    """Of a date that no employment covers, and of somebody without a record, the rest says it: home site, department,
    the employee code. fallback_site: where somebody without a home site punches."""
    covering = None if record is None else next((one for one in record.employment if one.covers(day)), None)
    return employment_in(record, employee, fallback_site, covering)


def employment_in(
    record: EmployeeFacts | None, employee: str, fallback_site: str, covering: EmploymentFacts | None
) -> EmploymentOn:
    """As `employment_on`, of the employment that covers the date, None when none does."""
    home = (record.site if record else "") or fallback_site
    group = record.department if record else ""
    if covering is None:
        return EmploymentOn(home, group, home or NO_PAY_GROUP, "", "", employee)
    site = covering.site or home
    return EmploymentOn(
        site, covering.policy_group or group, covering.pay_group or site or NO_PAY_GROUP, covering.schedule,
        covering.employer, covering.payroll_number or employee,
    )  # fmt: skip
