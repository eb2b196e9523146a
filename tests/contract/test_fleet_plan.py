"""What the simulated crew's plan comes to, by the simulator's own arithmetic, and by the engine: they are the same."""

from __future__ import annotations

import datetime as dt
import math
from random import Random
from typing import Any

import pytest
import yaml

from processors.timecards.engine.card import Card
from processors.timecards.engine.derive import derive
from processors.timecards.engine.inputs import Inputs, PunchInput, Terms
from processors.timecards.engine.inputs import Plan as EnginePlan
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.policies import load_policy
from simulate.fleet.plan.cards import NUMBERS, Told, expected_cards
from simulate.fleet.plan.make import extended, new_plan, started
from simulate.fleet.plan.model import Key, Person, Plan, key_of
from simulate.fleet.plan.places import BY_SERIAL, wall, zone_of
from simulate.fleet.plan.records import employees_yaml, registry_yaml

INFO = frozenset(("MANUAL_PUNCH", "LATE_ARRIVING", "HOLIDAY_WORK", "MULTI_SITE", "TRANSFER", "POST_LOCK_CHANGE"))
STARTS = (
    "2026-11-21T18:00:00", "2026-01-05T00:00:30", "2026-03-09T13:10:00", "2026-03-30T05:59:00", "2026-04-12T21:00:00",
    "2026-11-01T06:30:00", "2026-11-09T23:45:00", "2026-10-25T01:20:00", "2026-12-31T22:15:00",
)  # fmt: skip
"""UTC; among them the days after the clocks change in Europe and in America, and the days themselves."""


def plan_at(start: str, seed: int, crew: int = 40) -> tuple[Plan, int]:
    now = int(dt.datetime.fromisoformat(start).replace(tzinfo=dt.UTC).timestamp())
    return started(new_plan(seed, "demo", crew, now), now), now


def engine_cards(
    plan: Plan, made: set[Key] | None, told: float, *, corrected: bool = False
) -> dict[tuple[str, str], dict[str, Any]]:
    """The engine is given what the operator's files and the terminals say, no more."""
    registry, employees = yaml.safe_load(registry_yaml(plan)), yaml.safe_load(employees_yaml(plan))["employees"]
    found = {}
    for person, record in zip(plan.people, employees, strict=True):
        for card in _derived(plan, registry, record["employment"][0], person, made, told, corrected):
            row = {name: card.minutes.get(name, 0) for name in NUMBERS}
            codes = sorted({exception.code for exception in card.exceptions} - INFO)
            if codes or any(row.values()):
                found[person.employee, card.work_date.isoformat()] = {**row, "exceptions": codes}
    return found


def _derived(
    plan: Plan,
    registry: dict[str, Any],
    employment: dict[str, Any],
    person: Person,
    made: set[Key] | None,
    told: float,
    corrected: bool,
) -> list[Card]:
    policy = next(one for one in registry["policies"] if employment["policy_group"] in one["groups"])
    zone = next(site["zone"] for site in registry["sites"] if site["id"] == employment["site"])
    holidays = frozenset(map(dt.date.fromisoformat, registry["calendars"][0]["holidays"]))
    days = [day for day in plan.days if day.employee == person.employee]
    punches = [
        PunchInput(
            "/".join(key_of(person, punch)),
            punch.at * 1000,
            _offset(punch.serial, punch.at),
            BY_SERIAL[punch.serial].site.zone,
            punch.state,
            serial=punch.serial,
            pin=person.pin,
            site=BY_SERIAL[punch.serial].site.id,
        )
        for day in days
        for punch in day.punches
        if made is None or key_of(person, punch) in made
    ]
    Random(person.employee).shuffle(punches)
    inputs = Inputs(
        employee=person.employee,
        terms=(Terms(load_policy(policy["settings"]), zone, holidays=holidays),),
        punches=tuple(punches),
        corrections=tuple(_corrections(plan, person)) if corrected else (),
        plans=tuple(_plans(plan, registry, employment, holidays)),
        event_time_ms=None if told == math.inf else int(told),
    )
    return derive(inputs)


def _plans(
    plan: Plan, registry: dict[str, Any], employment: dict[str, Any], holidays: frozenset[dt.date]
) -> list[EnginePlan]:
    schedule = next((one for one in registry["schedules"] if one["id"] == employment.get("schedule")), None)
    if schedule is None:
        return []
    anchor = dt.date.fromisoformat(schedule["anchor"])
    plans = []
    for number in range((plan.until - anchor).days):
        date = anchor + dt.timedelta(days=number)
        for text in schedule["days"][number % 7] if date not in holidays else ():
            times, _, rest = text.partition("/")
            begin, _, end = times.partition("-")
            plans.append(EnginePlan(date, begin, end, rest=int(rest)))
    return plans


def _corrections(plan: Plan, person: Person) -> list[Correction]:
    return [
        Correction(
            correction_id=f"{number:032x}", version=2, tenant=plan.tenant, employee=person.employee,
            operation=CorrectionOperation.ADD, status=CorrectionStatus.APPROVED, local_text=one.local, zone=one.zone,
            punch_at=one.at * 1000, state=one.state, site=one.site, decided_at=1, source="operator",
        )
        for number, one in enumerate(plan.corrections)
        if one.employee == person.employee
    ]  # fmt: skip


def _offset(serial: str, at: int) -> int:
    offset = wall(at, zone_of(BY_SERIAL[serial].site.id)).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def made_until(plan: Plan, at: int) -> set[Key]:
    people = {person.employee: person for person in plan.people}
    return {key_of(people[day.employee], punch) for day in plan.days for punch in day.punches if punch.at <= at}


def everywhere(told: float) -> Told:
    return lambda _: told


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_whole_plan(start: str, seed: int) -> None:
    plan, _ = plan_at(start, seed)
    for corrected in (False, True):
        expected = expected_cards(plan, None, everywhere(math.inf), corrected=corrected)
        assert expected == engine_cards(plan, None, math.inf, corrected=corrected)
        assert len(expected) > 400


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("seconds", [0, 25, 60, 4000, 40_000])
def test_as_of_a_stop(start: str, seconds: int) -> None:
    """Some seconds after the start; the terminals have told everything up to a quarter of an hour before."""
    plan, now = plan_at(start, 3, crew=16)
    made, told = made_until(plan, now + seconds), (now + seconds - 900) * 1000.0
    assert expected_cards(plan, made, everywhere(told), corrected=True) == engine_cards(
        plan, made, told, corrected=True
    )


def test_nothing_is_over_before_the_terminals_said_so() -> None:
    plan, now = plan_at(STARTS[0], 4)
    made = made_until(plan, now)
    expected = expected_cards(plan, made, everywhere(0), corrected=False)
    assert expected == engine_cards(plan, made, 0)
    assert not any("ABSENT" in card["exceptions"] for card in engine_cards(plan, made, 0).values())


def test_started_again_days_later() -> None:
    plan, now = plan_at(STARTS[2], 5, crew=20)
    for days in (1, 3, 9):
        again = now + days * 86_400 + 3600
        plan = started(extended(plan, again), again)
        made, told = made_until(plan, again + 60), (again - 900) * 1000.0
        assert expected_cards(plan, made, everywhere(told), corrected=True) == engine_cards(
            plan, made, told, corrected=True
        )
