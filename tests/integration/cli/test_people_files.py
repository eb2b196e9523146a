"""Registry files of hours, people and rosters as typed, on a genuine Kafka: the documented examples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from runtime import topics
from runtime.key_files import new_key
from runtime.settings import Settings
from runtime.written_view import WrittenView
from schemas.audit import AuditEvent
from schemas.codec import decode_event, encode_event
from schemas.employees import Employee, Identity, employee_key, identity_partition_by
from schemas.timecards_input import PlannedShift, TimecardInput, timecards_key
from tests.integration.helpers import make_settings, producer

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Settings:
    new_key(tmp_path / "keys", "acme")
    settings = make_settings(stack, topic_prefix, "kafka.partitions=3", f"keys.folder={tmp_path / 'keys'}")
    await topics.apply(settings.kafka)
    return settings


@pytest.fixture
def run(settings: Settings) -> Run:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PUNCHSTREAM_")}
    environment |= {
        "PUNCHSTREAM_KAFKA__BOOTSTRAP": settings.kafka.bootstrap,
        "PUNCHSTREAM_KAFKA__TOPIC_PREFIX": settings.kafka.topic_prefix,
        "PUNCHSTREAM_KAFKA__PARTITIONS": "3",
        "PUNCHSTREAM_KEYS__FOLDER": str(settings.keys.folder),
        "PUNCHSTREAM_INGEST__DEFAULT_TENANT": "acme",
    }

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *map(str, arguments)],
            capture_output=True, text=True, timeout=60, cwd=ROOT, env=environment,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done

    return run


async def records(settings: Settings, topic: str) -> list[Any]:
    async with KafkaReader(settings.kafka) as reader:
        return [record async for record in reader.records(topic)]


async def test_the_documented_examples_from_the_registry_to_the_roster(
    settings: Settings, run: Run, tmp_path: Path
) -> None:
    refused = run("employees", "apply", EXAMPLES / "employees.yaml")
    assert refused.returncode == 1
    assert "unknown site 'berlin': the registry has none" in refused.stderr

    done = run("registry", "apply", EXAMPLES / "registry-timecards.yaml")
    assert done.returncode == 0, done.stderr
    assert run("registry", "diff", EXAMPLES / "registry-timecards.yaml").returncode == 0
    shown = run("registry", "get", "--kind", "policy", "night-crew", "--at", "2027-03-01")
    expected = 'night-crew: preset de, settings {"day_cut_min":720}, for groups night-crew, from 2027-01-01 '
    assert shown.stdout == f"{expected}(source: operator)\n"
    as_json = json.loads(run("registry", "get", "--kind", "calendar", "german-holidays", "--json").stdout)
    assert as_json["periods"][0]["holidays"]["2026-05-01"] == "Labour Day"
    (tmp_path / "exported.yaml").write_text(run("registry", "export").stdout)
    assert "0 new, 0 changed, 15 as they are" in run("registry", "diff", tmp_path / "exported.yaml").stdout
    (tmp_path / "twice.yaml").write_text("policies: [{id: other, preset: us_flsa, sites: [berlin]}]")
    refused = run("registry", "apply", tmp_path / "twice.yaml")
    assert refused.returncode == 1
    assert "policies germany and other are both for the site berlin at the same dates" in refused.stderr

    tried = run("employees", "apply", EXAMPLES / "employees.yaml", "--dry-run")
    assert "2 new, 0 changed, 0 as they are; 2 PINs new or changed" in tried.stdout
    assert await records(settings, "employees") == []
    done = run("employees", "apply", EXAMPLES / "employees.yaml", "--reason", "new hires")
    assert "4 records written" in done.stdout, done.stderr
    again = run("employees", "apply", EXAMPLES / "employees.yaml")
    assert "0 new, 0 changed, 2 as they are" in again.stdout
    assert "0 records written" in again.stdout
    people = {one.key: decode_event(Employee, one.value) for one in await records(settings, "employees")}
    assert people[employee_key("acme", "4711")].employment[1].schedule == "night"
    async with producer(settings, "identities", "timecards.input") as sender:
        for one in await records(settings, "identities"):
            identity = decode_event(Identity, one.value)
            assert one.partition == sender.partition("identities", identity_partition_by(identity))

    listed = json.loads(run("employees", "list", "--site", "fresno", "--json").stdout)
    assert [person["employee"] for person in listed] == ["4712"]
    shown = run("employees", "show", "4711")
    assert "employed: policy group night-crew, pay group monthly, schedule night" in shown.stdout
    assert "PIN 4711 of area:hall" in shown.stdout
    assert run("employees", "show", "nobody").returncode == 1
    (tmp_path / "people.yaml").write_text(run("employees", "export").stdout)
    assert len(yaml.safe_load((tmp_path / "people.yaml").read_text())["employees"]) == 2
    assert "0 records written" in run("employees", "apply", tmp_path / "people.yaml").stdout

    (tmp_path / "wrong.csv").write_text("employee,date,shifts\n9,2026-05-04,\n")
    assert "line 2: unknown employee 9 of tenant acme" in run("roster", "apply", tmp_path / "wrong.csv").stderr
    assert "nothing was written" in run("roster", "apply", EXAMPLES / "roster.csv", "--dry-run").stdout
    assert await records(settings, "timecards.input") == []
    done = run("roster", "apply", EXAMPLES / "roster.csv", "--reason", "May")
    assert "4 dates of 2 people" in done.stdout, done.stderr
    inputs = {one.key: one for one in await records(settings, "timecards.input")}
    assert inputs.keys() == {timecards_key("acme", "4711"), timecards_key("acme", "4712")}
    async with producer(settings, "timecards.input") as sender:
        assert all(one.partition == sender.partition("timecards.input", key) for key, one in inputs.items())
    roster = decode_event(TimecardInput, inputs[timecards_key("acme", "4712")].value).roster
    assert roster is not None
    assert roster.version == pytest.approx(inputs[timecards_key("acme", "4712")].timestamp, abs=60_000)
    assert roster.dates == {"2026-05-04": [PlannedShift(start="22:00", end="06:00", rest=30)], "2026-05-06": None}

    events = [decode_event(AuditEvent, one.value) for one in await records(settings, "audit")]
    told = {(one.action, one.target, one.reason, one.tenant, one.via) for one in events}
    assert told == {
        (action, who, why, "acme", "cli")
        for action, why in (("employee.change", "new hires"), ("roster.change", "May"))
        for who in ("4711", "4712")
    }
    hired = next(one for one in events if one.target == "4711" and one.action == "employee.change")
    assert hired.details["pins"] == "acme+area:hall+4711+"
    assert "Ada" not in orjson.dumps(hired.details).decode()


async def test_employment_added_to_a_connectors_record_stays_the_connectors(
    settings: Settings, run: Run, tmp_path: Path
) -> None:
    told = Employee(
        tenant="acme", employee="7", rank=5, first_name="Ann", source="connector", source_ref="biotime:b1:employee:7"
    )
    key = employee_key("acme", "7")
    async with producer(settings, "employees") as sender:
        await sender.send("employees", key, encode_event(told), partition_by=key)
    (tmp_path / "r.yaml").write_text("paygroups: [{id: monthly, cycle: month}]")
    assert run("registry", "apply", tmp_path / "r.yaml").returncode == 0
    (tmp_path / "p.csv").write_text("employee,employment.pay_group,employment.payroll_number\n7,monthly,0077\n")
    assert "0 new, 1 changed" in run("employees", "apply", tmp_path / "p.csv").stdout
    now = decode_event(Employee, (await records(settings, "employees"))[-1].value)
    assert (now.source, now.first_name, now.employment[0].payroll_number) == ("connector", "Ann", "0077")
    assert now.rank > told.rank
    view = WrittenView(settings.kafka, "employees", client_id="test")
    await view.start()
    try:
        written = view.get(key)
        assert written is not None
        assert (written.by, orjson.loads(written.employment)[0]["pay_group"]) == ("biotime:b1", "monthly")
        assert not view.says(key, encode_event(replace(now, employment=[])))
    finally:
        await view.stop()
