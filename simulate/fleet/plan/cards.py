"""The cards that a plan comes to: plain arithmetic over what was punched. Nothing of it is taken from the system.

Minutes are whole: every punch counts from the minute that it lies in. What is paid follows the three policies that
records.py declares. An instant is only taken for past when the sites have told everything up to it (`told`).
"""

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Callable, Container
from typing import Final

from simulate.fleet.plan.model import Key, Person, Plan, PlannedDay, PlannedPunch, key_of
from simulate.fleet.plan.places import BY_SERIAL, instant, wall, zone_of
from simulate.fleet.plan.shift import PAID_BREAK, Worked, shift_of

NUMBERS: Final = (
    "worked", "reg", "ot1", "ot2", "ot3", "hol", "wkd", "night", "gross", "paid_break", "unpaid_break", "meal_auto",
    "late", "early", "absent",
)  # fmt: skip
WEEKLY_LIMIT: Final = 2400
MEAL_AFTER, MEAL_MINUTES = 360, 30
LATE_GRACE = EARLY_GRACE = 5
NIGHT_FROM, NIGHT_TO = 22 * 3600, 30 * 3600

Card = dict[str, int | list[str]]
CardKey = tuple[str, str]
Told = Callable[[frozenset[str]], float]
"""Epoch milliseconds up to which the terminals of all these sites have told everything."""


class _Day:
    def __init__(self) -> None:
        self.minutes: dict[str, int] = dict.fromkeys(NUMBERS, 0)
        self.codes: set[str] = set()


def expected_cards(plan: Plan, made: Container[Key] | None, told: Told, *, corrected: bool) -> dict[CardKey, Card]:
    """The cards with anything on them, by employee and date.

    made: the punches that count, of each person up to the first that is not there; None is all. told: how far sites
    are. corrected: with the plan's corrections.
    """
    cards: dict[CardKey, Card] = {}
    for person in plan.people:
        days = sorted((day for day in plan.days if day.employee == person.employee), key=_order)
        for date, day in _cards_of(plan, person, days, made, told, corrected).items():
            if day.codes or any(day.minutes.values()):
                cards[person.employee, date.isoformat()] = {**day.minutes, "exceptions": sorted(day.codes)}
    return cards


def _order(day: PlannedDay) -> int:
    return day.punches[0].at if day.punches else day.shift.start if day.shift else 0


def _cards_of(
    plan: Plan,
    person: Person,
    planned: list[PlannedDay],
    made: Container[Key] | None,
    told: Told,
    corrected: bool,
) -> dict[dt.date, _Day]:
    first_missing = next(
        (
            punch.at
            for day in planned
            for punch in day.punches
            if made is not None and key_of(person, punch) not in made
        ),
        math.inf,
    )
    punches = [[punch for punch in day.punches if punch.at < first_missing] for day in planned]
    if corrected:
        _correct(plan, person, planned, punches)
    passed = _passed(person, [punch for found in punches for punch in found], told)
    zone = zone_of(person.site)
    cards: dict[dt.date, _Day] = defaultdict(_Day)
    last = max((number for number, found in enumerate(punches) if found), default=-1)
    for number, (day, found) in enumerate(zip(planned, punches, strict=True)):
        for punch in found:
            if punch.again:
                cards[wall(punch.at, zone).date()].codes.add("DUPLICATE_PUNCH")
        work = shift_of([punch for punch in found if not punch.again], PAID_BREAK[person.group])
        card = cards[day.date]
        card.codes |= work.codes
        if work.open_since is not None and (number < last or passed > (work.open_since + 960) * 60_000):
            card.codes.add("MISSING_BREAK_IN" if work.on_break else "MISSING_OUT")
        _add(card, person, day, work)
        _measure(card, day, work, passed)
    _buckets(plan, cards)
    return cards


def _correct(plan: Plan, person: Person, planned: list[PlannedDay], punches: list[list[PlannedPunch]]) -> None:
    for correction in plan.corrections:
        for day, found in zip(planned, punches, strict=True):
            if (correction.employee, correction.date) == (person.employee, day.date):
                found.append(PlannedPunch(correction.at, correction.local, "", "out", correction.state))


def _passed(person: Person, punches: list[PlannedPunch], told: Told) -> float:
    """Epoch milliseconds up to which all is known of somebody: at home and where the punches were made."""
    sites = {person.site} | {BY_SERIAL[punch.serial].site.id for punch in punches if punch.serial}
    return told(frozenset(sites))


def _add(card: _Day, person: Person, day: PlannedDay, work: Worked) -> None:
    minutes = card.minutes
    gross = sum(end - start for start, end in work.work)
    paid = sum(end - start for start, end in work.paid)
    meal = 0
    if person.group == "crew-alternate" and gross + paid > MEAL_AFTER:
        meal = max(0, MEAL_MINUTES - work.unpaid)
    minutes["gross"] += gross
    minutes["paid_break"] += paid
    minutes["unpaid_break"] += work.unpaid
    minutes["meal_auto"] += meal
    minutes["worked"] += gross + paid - meal  # nobody with such a meal works at night
    minutes["night"] += _at_night(person, day.date, [*work.work, *work.paid])


def _at_night(person: Person, date: dt.date, times: list[tuple[int, int]]) -> int:
    zone, minutes = zone_of(person.site), 0
    for night in (date - dt.timedelta(days=1), date, date + dt.timedelta(days=1)):
        low, high = (instant(night, seconds, zone) // 60 for seconds in (NIGHT_FROM, NIGHT_TO))
        minutes += sum(max(0, min(end, high) - max(start, low)) for start, end in times)
    return minutes


def _measure(card: _Day, day: PlannedDay, work: Worked, passed: float) -> None:
    """Against the planned shift, when there is one."""
    if day.shift is None:
        return
    start, end = day.shift.start // 60, day.shift.end // 60
    is_over = passed > day.shift.end * 1000
    if work.first_in is None:
        if is_over:
            card.minutes["absent"] = end - start - day.shift.rest
            card.codes.add("ABSENT")
        return
    if work.first_in - start > LATE_GRACE:
        card.minutes["late"] = work.first_in - start
        card.codes.add("LATE")
    if work.last_out is not None and is_over and end - work.last_out > EARLY_GRACE:
        card.minutes["early"] = end - work.last_out
        card.codes.add("EARLY_LEAVE")


def _buckets(plan: Plan, cards: dict[dt.date, _Day]) -> None:
    """Holiday, weekend, then regular until the week (from Monday) has its 40 hours, the rest overtime."""
    before: dict[dt.date, int] = defaultdict(int)
    for date in sorted(cards):
        minutes = cards[date].minutes
        worked, week = minutes["worked"], date - dt.timedelta(days=date.weekday())
        if date == plan.holiday:
            minutes["hol"] = worked
        elif date.weekday() >= 5:
            minutes["wkd"] = worked
        else:
            minutes["reg"] = min(worked, max(0, WEEKLY_LIMIT - before[week]))
            minutes["ot1"] = worked - minutes["reg"]
        before[week] += worked
