"""Makes a plan, and goes on with it: the same seed, first date and starts make the same plan."""

import datetime as dt
import random
from dataclasses import replace

from simulate.fleet.plan.days import scheduled_day
from simulate.fleet.plan.model import Person, Plan, PlannedCorrection, PlannedDay
from simulate.fleet.plan.people import live_of, people_of, traveller_of
from simulate.fleet.plan.places import SITES, instant, local_text, zone_of
from simulate.fleet.plan.special import HOLIDAY, forgetful, kind_of, surely
from simulate.fleet.plan.unscheduled import live_day, travelling_day

WEEKS_BEFORE = 2
DAYS_AHEAD = 3
_CORRECTED_SECONDS = 17 * 3600 + 2 * 60


def new_plan(seed: int, tenant: str, crew: int, now: int) -> Plan:
    """A plan of two whole weeks before this one and some days ahead; now: epoch seconds."""
    today = _utc_date(now)
    first = today - dt.timedelta(days=today.weekday() + 7 * WEEKS_BEFORE)
    people = people_of(seed, crew)
    plan = Plan(seed, tenant, first, first + dt.timedelta(days=HOLIDAY), first, people)
    plan = extended(plan, now)
    return replace(plan, corrections=(_correction(plan),))


def extended(plan: Plan, now: int) -> Plan:
    """With the dates up to some days ahead; the plan itself when they are there."""
    until = _utc_date(now) + dt.timedelta(days=DAYS_AHEAD)
    if until <= plan.until:
        return plan
    days = list(plan.days)
    dates = [plan.until + dt.timedelta(days=day) for day in range((until - plan.until).days)]
    for person in plan.people:
        days += [day for date in dates if (day := _day(plan, person, date)) is not None]
    return replace(plan, until=until, days=tuple(days))


def started(plan: Plan, start: int) -> Plan:
    """With the days of the live people around a start of the fleet (epoch seconds)."""
    last: dict[str, int] = {}
    for day in plan.days:
        if day.punches:
            last[day.employee] = max(last.get(day.employee, 0), day.punches[-1].at)
    found = (
        live_day(person, number, start, last.get(person.employee)) for number, person in enumerate(live_of(plan.people))
    )
    return replace(plan, days=(*plan.days, *(day for day in found if day is not None)))


def _day(plan: Plan, person: Person, date: dt.date) -> PlannedDay | None:
    rng = random.Random(f"{plan.seed}:{person.employee}:{date}")
    if person == traveller_of(plan.people):
        return travelling_day(person, date, rng)
    if not person.schedule:
        return None
    kind = kind_of(plan, surely(plan.people), person, date, rng)
    return None if kind is None else scheduled_day(person, date, kind, rng)


def _correction(plan: Plan) -> PlannedCorrection:
    who = forgetful(plan.people)
    person = next(person for person in plan.people if person.employee == who.employee)
    date = plan.first + dt.timedelta(days=who.day)
    at = instant(date, _CORRECTED_SECONDS, zone_of(person.site))
    local = local_text(person.serials[0], at)
    return PlannedCorrection(person.employee, date, at, local, SITES[person.site].zone, person.site)


def _utc_date(at: int) -> dt.date:
    return dt.datetime.fromtimestamp(at, dt.UTC).date()
