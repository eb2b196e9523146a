"""The crew's plan: what happens in it, what it comes to, and how it is punched."""

import asyncio
import datetime as dt
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from simulate.fleet.errors import FatalError
from simulate.fleet.ledger import read_ledger
from simulate.fleet.plan.cards import expected_cards
from simulate.fleet.plan.file import open_plan, read_plan, write_plan
from simulate.fleet.plan.make import extended, new_plan, started
from simulate.fleet.plan.model import Plan, PlannedPunch, key_of
from simulate.fleet.plan.people import live_of
from simulate.fleet.plan.places import BY_SERIAL, TERMINALS, is_told_apart, zone_of
from simulate.fleet.plan.shift import shift_of
from simulate.fleet.run import FleetResult, run_fleet
from simulate.fleet.settings import FleetSettings
from tests.unit.simulate.clocks import until
from tests.unit.simulate.edge import Edge

NOW = int(dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC).timestamp())


def crew(count: int = 40, seed: int = 1, now: int = NOW) -> Plan:
    return started(new_plan(seed, "demo", count, now), now)


def punch(minute: int, role: str, serial: str = TERMINALS[0].serial) -> PlannedPunch:
    return PlannedPunch(minute * 60 + 59, "", serial, role, 0)  # type: ignore[arg-type]  # one of the roles


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [16, 40])
def test_everything_happens_in_every_plan(seed: int, count: int) -> None:
    plan = crew(count, seed)
    assert plan.first == dt.date(2026, 11, 2)
    assert {day.kind for day in plan.days} >= {
        "ordinary", "late", "early", "absent", "tapped out twice", "forgets to clock out", "forgets to come back",
        "overtime", "weekend", "holiday work", "travels", "away", "arrives", "on break", "leaves",
    }  # fmt: skip
    cards = expected_cards(plan, None, lambda _: math.inf, corrected=False)
    codes = Counter(code for card in cards.values() for code in card["exceptions"])  # type: ignore[union-attr]  # a list
    assert codes.keys() == {"LATE", "EARLY_LEAVE", "ABSENT", "DUPLICATE_PUNCH", "MISSING_OUT", "MISSING_BREAK_IN"}
    for name in ("reg", "ot1", "hol", "wkd", "night", "paid_break", "unpaid_break", "meal_auto", "late", "early"):
        assert any(card[name] for card in cards.values()), name
    for card in cards.values():
        number = {name: value for name, value in card.items() if isinstance(value, int)}
        assert number["worked"] == sum(number[name] for name in ("reg", "ot1", "ot2", "ot3", "hol", "wkd"))
        assert number["worked"] == number["gross"] + number["paid_break"] - number["meal_auto"]


def test_the_correction_takes_away_all_that_keeps_the_first_week_from_being_locked() -> None:
    plan = crew()
    week = {(plan.first + dt.timedelta(days=day)).isoformat() for day in range(7)}

    def blocked(corrected: bool) -> list[tuple[str, str]]:
        cards = expected_cards(plan, None, lambda _: math.inf, corrected=corrected)
        return [k for k, card in cards.items() if k[1] in week and "MISSING" in str(card["exceptions"])]

    assert blocked(False) == [(one.employee, one.date.isoformat()) for one in plan.corrections] != []
    assert blocked(True) == []


def test_only_live_punches_lie_close_to_the_start_of_a_run() -> None:
    plan = crew()
    soon = [day for day in plan.days for punch in day.punches if NOW < punch.at < NOW + 60]
    assert {day.employee for day in soon} >= {person.employee for person in live_of(plan.people)}


@pytest.mark.parametrize("day", ["2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01"])
def test_no_wall_time_comes_twice(day: str) -> None:
    now = int(dt.datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp())
    for start in range(now, now + 86_400, 3600):
        plan = crew(16, now=start)
        late = [punch for one in plan.days for punch in one.punches]
        assert all(is_told_apart(punch.at, zone_of(BY_SERIAL[punch.serial].site.id)) for punch in late)


def test_going_on_changes_nothing_of_what_was_planned() -> None:
    plan = crew()
    later = started(extended(plan, NOW + 5 * 86_400), NOW + 5 * 86_400)
    assert later.days[: len(plan.days)] == plan.days
    assert started(later, NOW + 5 * 86_400 + 60) == later, "the live people are still there"
    keys = Counter(
        key_of(person, punch)
        for person in later.people
        for day in later.days
        if day.employee == person.employee
        for punch in day.punches
    )
    assert max(keys.values()) == 1


def test_a_shift_by_hand() -> None:
    whole = shift_of([punch(0, "in"), punch(100, "break"), punch(130, "back"), punch(200, "out")], 20)
    assert (whole.work, whole.paid, whole.unpaid, whole.codes) == ([(0, 100), (130, 200)], [(100, 120)], 10, set())
    assert (whole.first_in, whole.last_out, whole.open_since) == (0, 200, None)
    forgotten = shift_of([punch(0, "in"), punch(100, "break"), punch(200, "out")], 20)
    assert (forgotten.work, forgotten.unpaid, forgotten.codes) == ([(0, 100)], 0, {"MISSING_BREAK_IN"})
    again = shift_of([punch(0, "in"), punch(100, "out"), punch(130, "in")], 20)
    assert (again.work, again.unpaid, again.open_since, again.last_out) == ([(0, 100)], 30, 130, None)


def test_what_is_not_over_is_not_missing() -> None:
    plan = crew()
    made = {
        key_of(person, punch)
        for person in plan.people
        for day in plan.days
        if day.employee == person.employee
        for punch in day.punches
        if punch.at <= NOW
    }
    early = expected_cards(plan, made, lambda _: 0.0, corrected=False)
    assert not any("ABSENT" in str(card["exceptions"]) for card in early.values())
    later = expected_cards(plan, made, lambda _: NOW * 1000.0, corrected=False)
    assert any("ABSENT" in str(card["exceptions"]) for card in later.values())


def test_a_plan_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    plan = open_plan(tmp_path, crew=16, seed=3, tenant="demo", now=NOW)
    assert read_plan(tmp_path) == plan == open_plan(tmp_path, crew=16, seed=3, tenant="demo", now=NOW + 86_400)
    rows = [orjson.loads(line) for line in (tmp_path / "cards.jsonl").read_bytes().splitlines()]
    assert {row["corrected"] for row in rows} == {True, False}
    with pytest.raises(FatalError, match="16 people of demo by seed 3"):
        open_plan(tmp_path, crew=17, seed=3, tenant="demo", now=NOW)
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(FatalError, match="is no plan"):
        read_plan(tmp_path)
    assert read_plan(tmp_path / "nowhere") is None


class Steered:
    """A wall clock that is set by hand; waits are the loop's."""

    def __init__(self, now: float) -> None:
        self.at = now

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def call_later(self, seconds: float, callback):  # type: ignore[no-untyped-def]  # as Clock has it
        return asyncio.get_running_loop().call_later(min(seconds, 0.01), callback)


def of_crew(edge: Edge) -> list[tuple[str, str, str]]:
    return [key for key in edge.accepted if key[0].startswith("CREW")]


async def test_the_backlog_goes_up_in_bodies_of_many_rows_and_then_the_day_goes_on_live(tmp_path: Path) -> None:
    edge, clock, stop = Edge(), Steered(NOW), asyncio.Event()
    async with edge.serving():
        settings = FleetSettings(edge.url, tmp_path, terminals=2, rate=5.0, crew=16, time_scale=0.01)
        fleet = asyncio.create_task(run_fleet(settings, stop, clock))
        await until(lambda: len(read_ledger(tmp_path).acked & set(of_crew(edge))) > 300, "the backlog")
        await until(lambda: not _due(tmp_path, edge, NOW), "all of it")
        bodies = [upload for upload in edge.uploads if upload.serial.startswith("CREW")]
        assert max(len(upload.rows) for upload in bodies) >= 30
        clock.at = NOW + 60
        await until(lambda: not _due(tmp_path, edge, NOW + 60), "the first minute")
        stop.set()
        result: FleetResult = await asyncio.wait_for(fleet, 30)
    assert result.terminals == 2 + len(TERMINALS)
    assert result.waiting == 0
    plan = read_plan(tmp_path)
    assert plan is not None
    assert not any(at > NOW + 60 for at in _times(plan, set(of_crew(edge))))
    assert any(at > NOW for at in _times(plan, set(of_crew(edge))))
    order: dict[str, list[str]] = {}
    for serial, _, second in dict.fromkeys(of_crew(edge)):
        order.setdefault(serial, []).append(second)
    assert all(seconds == sorted(seconds) for seconds in order.values())


async def _run(folder: Path, now: int) -> Edge:
    """A whole run at one moment."""
    edge, stop = Edge(), asyncio.Event()
    async with edge.serving():
        settings = FleetSettings(edge.url, folder, terminals=1, rate=1.0, crew=16, time_scale=0.01)
        fleet = asyncio.create_task(run_fleet(settings, stop, Steered(now)))
        await until(lambda: not _due(folder, None, now), "all that is due")
        stop.set()
        await asyncio.wait_for(fleet, 30)
    return edge


async def test_who_is_started_again_goes_on_and_sends_nothing_else(tmp_path: Path) -> None:
    edges = [await _run(tmp_path, now) for now in (NOW, NOW + 7200)]
    assert not set(edges[0].accepted) & set(edges[1].accepted)
    ledger = read_ledger(tmp_path)
    assert ledger.made == ledger.acked
    plan = read_plan(tmp_path)
    assert plan is not None
    assert {key for key in ledger.made if key[0].startswith("CREW")} == _keys(plan, NOW + 7200)
    uploads = [upload for edge in edges for upload in edge.uploads if upload.serial.startswith("CREW")]
    states = {row.split("\t")[2] for upload in uploads for row in upload.rows}
    assert states == {"0", "1", "2", "3", "255"}


def _due(folder: Path, edge: Edge | None, now: int) -> set[tuple[str, str, str]]:
    """What is to have come by then, and has not."""
    plan = read_plan(folder)
    if plan is None or not (folder / "made.tsv").exists():
        return {("", "", "")}
    return _keys(plan, now) - (set(edge.accepted) if edge else read_ledger(folder).acked)


def _keys(plan: Plan, now: int) -> set[tuple[str, str, str]]:
    people = {person.employee: person for person in plan.people}
    return {key_of(people[day.employee], punch) for day in plan.days for punch in day.punches if punch.at <= now}


def _times(plan: Plan, keys: set[tuple[str, str, str]]) -> list[int]:
    people = {person.employee: person for person in plan.people}
    found = [(key_of(people[day.employee], punch), punch.at) for day in plan.days for punch in day.punches]
    assert keys <= {key for key, _ in found}
    return [at for key, at in found if key in keys]


def test_a_fleet_without_a_crew_is_as_before(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match="crew is 5"):
        FleetSettings("http://127.0.0.1:1", tmp_path, crew=5)
    plan = new_plan(1, "demo", 16, NOW)
    write_plan(tmp_path, replace(plan, tenant="other"))
    with pytest.raises(FatalError, match="people of other"):
        open_plan(tmp_path, crew=16, seed=1, tenant="demo", now=NOW)
