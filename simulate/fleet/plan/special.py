"""What goes other than planned, and when: some of it surely, the rest by chance."""

import datetime as dt
import random
from collections.abc import Mapping
from typing import Literal, NamedTuple

from simulate.fleet.plan.model import Person, Plan
from simulate.fleet.plan.people import of_schedule

Kind = Literal[
    "ordinary", "late", "early", "absent", "tapped twice", "tapped out twice", "forgets to clock out",
    "forgets to come back", "overtime", "no meal", "short meal", "weekend", "holiday work",
]  # fmt: skip
HOLIDAY = 9
"""Days after the first date: the Wednesday of the second week."""


class When(NamedTuple):
    employee: str
    day: int  # after the first date


_CHANCES: tuple[tuple[float, Kind], ...] = (
    (0.05, "late"), (0.04, "early"), (0.02, "absent"), (0.04, "tapped twice"), (0.02, "tapped out twice"),
)  # fmt: skip
_OF_LATER_WEEKS: tuple[tuple[float, Kind], ...] = ((0.03, "forgets to clock out"), (0.03, "forgets to come back"))
_AT_THE_SHORT: tuple[tuple[float, Kind], ...] = ((0.15, "no meal"), (0.15, "short meal"))


def forgetful(people: tuple[Person, ...]) -> When:
    """The forgotten clock-out of the first week, which is to be corrected."""
    return When(of_schedule(people, "crew-day")[0].employee, 1)


def surely(people: tuple[Person, ...]) -> Mapping[When, Kind]:
    """What happens in every plan. Lists of one are enough: those who are asked for behind the end come round again."""

    def who(schedule: Literal["crew-day", "crew-late", "crew-night", "crew-short"], number: int) -> str:
        found = of_schedule(people, schedule)
        return found[number % len(found)].employee

    overtime: dict[When, Kind] = {When(who("crew-late", 1), day): "overtime" for day in range(5)}
    return {
        **overtime,
        forgetful(people): "forgets to clock out",
        When(who("crew-day", 1), 4): "early",
        When(who("crew-day", 2), 3): "late",
        When(who("crew-night", 1), 4): "tapped out twice",
        When(who("crew-night", 0), 8): "forgets to clock out",
        When(who("crew-short", 0), 8): "forgets to clock out",
        When(who("crew-late", 0), 10): "forgets to come back",
        When(who("crew-day", 1), 10): "absent",
        When(who("crew-day", 2), 12): "weekend",
        When(who("crew-short", 1), HOLIDAY): "holiday work",
    }


def kind_of(plan: Plan, sure: Mapping[When, Kind], person: Person, date: dt.date, rng: random.Random) -> Kind | None:
    """How the date goes for somebody with a schedule; None: free, on weekends and on the holiday."""
    day = (date - plan.first).days
    if kind := sure.get(When(person.employee, day)):
        return kind
    if date.weekday() >= 5 or date == plan.holiday:
        return None
    chances = [*_CHANCES]
    if day >= 7:  # the first week is to be locked: what is forgotten there must be corrected
        chances += _OF_LATER_WEEKS[: 1 if person.group == "crew-alternate" else 2]
    if person.group == "crew-alternate":
        chances += _AT_THE_SHORT
    luck = rng.random()
    for chance, kind in chances:
        luck -= chance
        if luck < 0:
            return kind
    return "ordinary"
