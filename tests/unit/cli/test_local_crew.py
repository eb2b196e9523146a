"""What the crew's plan says to operators is what their files take."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from cli.employees_file import read_people
from cli.employees_plan import Names, plan_people
from cli.registry_file import parse_registry
from ingest.control.employees import KnownPeople
from schemas.registry_timecards import PayGroupRecord, PolicyRecord, ScheduleRecord
from simulate.fleet.plan.make import new_plan
from simulate.fleet.plan.records import employees_yaml, registry_yaml

NOW = int(dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC).timestamp())
PLAN = new_plan(1, "demo", 40, NOW)


def test_the_registry_takes_places_rules_and_schedules() -> None:
    records, problems = parse_registry([("crew.yaml", registry_yaml(PLAN))], {}, ())
    assert problems == []
    kinds = [record.kind for record in records]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "site": 2, "device": 4, "policy": 3, "calendar": 1, "schedule": 4, "paygroup": 1,
    }  # fmt: skip
    (paid,) = [record for record in records if isinstance(record, PolicyRecord) and record.id == "crew-paid"]
    assert paid.periods[0].groups == ("crew-paid",)
    assert paid.periods[0].settings["paid_break_max_min"] == 20
    (night,) = [record for record in records if isinstance(record, ScheduleRecord) and record.id == "crew-night"]
    assert [len(day) for day in night.periods[0].days] == [1, 1, 1, 1, 1, 0, 0]
    (group,) = [record for record in records if isinstance(record, PayGroupRecord)]
    assert (group.periods[0].cycle, group.periods[0].anchor) == ("week", PLAN.first)


def test_everybody_is_taken_and_nothing_is_unknown() -> None:
    registry, _ = parse_registry([("crew.yaml", registry_yaml(PLAN))], {}, ())
    entries, problems = read_people("employees.yaml", employees_yaml(PLAN))
    assert problems == []
    nobody = KnownPeople({}, {})
    changes, wrong = plan_people(entries, nobody, Names.of(registry), "demo", NOW * 1000)
    assert wrong == []
    assert len(changes) == len(PLAN.people)
    pins = {(one.scope, one.pin): one.employee for change in changes for one in change.identities}
    assert pins == {(f"device:{s}", person.pin): person.employee for person in PLAN.people for s in person.serials}
    _, wrong = plan_people([replace(entries[0], employment=())], nobody, Names.of([]), "demo", NOW * 1000)
    assert wrong != [], "a registry without the sites is noticed"
