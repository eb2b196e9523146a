"""What holds for an employee when: policies, home sites and holiday calendars, each effective-dated, as `Terms`.

Source: spec/timecards.md B2: everybody, everybody of the tenant, site, policy group, employee; the most specific wins.
Dates are those of the home zone; `valid_to` is exclusive, None is without end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, TypeVar

from processors.timecards.engine.inputs import Terms
from schemas.policies import Policy

Level = Literal["everybody", "tenant", "site", "group", "employee"]
_LEVELS: tuple[Level, ...] = ("everybody", "tenant", "site", "group", "employee")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """When something holds."""

    valid_from: date | None = None
    valid_to: date | None = None

    def covers(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement(Dated):
    """Where the employee is at home: the site with its IANA zone, and the policy group."""

    site: str
    zone: str
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPeriod(Dated):
    """A policy of everybody or a whole tenant (`of` is empty), of a site, a policy group or an employee (its id)."""

    level: Level
    of: str
    policy: Policy
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPeriod(Dated):
    """The holidays of a site, or of all ("") as a calendar had them at that time."""

    site: str
    dates: frozenset[date] = field(default_factory=frozenset)


class NoPlacement(ValueError):
    """Nobody says where the employee is at home: without a zone no day has bounds."""


_T = TypeVar("_T", bound=Dated)


def terms_of(
    employee: str,
    placements: Sequence[Placement],
    policies: Sequence[PolicyPeriod],
    calendars: Sequence[CalendarPeriod] = (),
) -> tuple[Terms, ...]:
    """One `Terms` for each stretch of dates in which nothing changes; the default policy where nobody gives one.

    Of two placements, and of two policies of one level, that cover a date the one with the later valid_from counts;
    calendars add up. Stretches that say the same are one. Dates without a placement are left out. Raises NoPlacement
    when there is none at all.
    """
    if not placements:
        raise NoPlacement(f"employee {employee}: no site with a zone; add one to the employee's record")
    bounds = _bounds((*placements, *policies, *calendars))
    terms: list[Terms] = []
    for start, end in zip((None, *bounds), (*bounds, None), strict=True):
        day = start or date.min
        placement = _latest(one for one in placements if one.covers(day))
        if placement is None:
            continue
        chosen = _most_specific(employee, placement, [one for one in policies if one.covers(day)])
        holidays = [one.dates for one in calendars if one.site in ("", placement.site) and one.covers(day)]
        stretch = Terms(
            chosen.policy if chosen else Policy(),
            placement.zone,
            start,
            end,
            frozenset().union(*holidays),
            chosen.version if chosen else "",
            placement.site,
        )
        if (
            terms
            and terms[-1].valid_to == start
            and replace(stretch, valid_from=terms[-1].valid_from) == replace(terms[-1], valid_to=end)
        ):
            terms[-1] = replace(terms[-1], valid_to=end)
        else:
            terms.append(stretch)
    return tuple(terms)


def _most_specific(employee: str, placement: Placement, policies: Iterable[PolicyPeriod]) -> PolicyPeriod | None:
    subjects = {
        "everybody": "", "tenant": "", "site": placement.site, "group": placement.group, "employee": employee,
    }  # fmt: skip
    fitting = [one for one in policies if subjects[one.level] == one.of]
    level = max((_LEVELS.index(one.level) for one in fitting), default=None)
    return None if level is None else _latest(one for one in fitting if one.level == _LEVELS[level])


def _latest(periods: Iterable[_T]) -> _T | None:
    return max(periods, key=lambda one: one.valid_from or date.min, default=None)


def _bounds(periods: Iterable[Dated]) -> list[date]:
    return sorted({bound for one in periods for bound in (one.valid_from, one.valid_to) if bound is not None})
