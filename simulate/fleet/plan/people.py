"""Who the crew is: people with schedules, one who travels, and some whose day lies around the start of a run."""

import random

from simulate.fleet.people import FIRST, LAST
from simulate.fleet.plan.model import Group, Person, Schedule
from simulate.fleet.plan.places import BOSTON, HAMBURG, TERMINALS

LIVE = 6
"""The last of them: their day lies around the start."""

_SCHEDULES: tuple[tuple[Schedule, Group], ...] = (
    ("crew-day", "crew-unpaid"),
    ("crew-late", "crew-unpaid"),
    ("crew-night", "crew-paid"),
    ("crew-short", "crew-alternate"),
)


def people_of(seed: int, count: int) -> tuple[Person, ...]:
    """The crew, by seed: schedules in turn, then the traveller, then the live ones."""
    rng = random.Random(f"{seed}:crew")
    people = []
    for number in range(1, count + 1):
        schedule, group = _SCHEDULES[(number - 1) % len(_SCHEDULES)]
        site = (HAMBURG, BOSTON)[(number - 1) // len(_SCHEDULES) % 2]
        serials: tuple[str, ...] = (rng.choice([each.serial for each in TERMINALS if each.site == site]),)
        if number == count - LIVE:
            site, schedule, group = HAMBURG, "", "crew-unpaid"
            serials = (TERMINALS[0].serial, TERMINALS[2].serial)
        elif number > count - LIVE:
            site = (HAMBURG, BOSTON)[number % 2]
            schedule, group = "", "crew-paid"
            serials = (TERMINALS[number % 2 * 2].serial,)
        names = rng.choice(FIRST), rng.choice(LAST)
        people.append(Person(f"C{number:03d}", str(number), *names, site.id, group, schedule, serials))
    return tuple(people)


def of_schedule(people: tuple[Person, ...], schedule: Schedule) -> list[Person]:
    return [person for person in people if person.schedule == schedule]


def traveller_of(people: tuple[Person, ...]) -> Person:
    return people[-LIVE - 1]


def live_of(people: tuple[Person, ...]) -> tuple[Person, ...]:
    return people[-LIVE:]
