"""The commands as a user types them, on the genuine Kafka and ClickHouse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from deploy.local.stack import LocalStack

ROOT = Path(__file__).parents[3]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(stack: LocalStack, topic_prefix: str, database: str) -> Run:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PUNCHSTREAM_")}
    environment |= {
        "PUNCHSTREAM_KAFKA__BOOTSTRAP": stack.bootstrap,
        "PUNCHSTREAM_KAFKA__TOPIC_PREFIX": topic_prefix,
        "PUNCHSTREAM_CLICKHOUSE__URL": stack.clickhouse_url,
        "PUNCHSTREAM_CLICKHOUSE__DATABASE": database,
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments],
            capture_output=True, text=True, timeout=60, cwd=ROOT, env=environment,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done

    return run


def test_topics(run: Run) -> None:
    assert run("topics", "check").returncode == 1
    planned = run("topics", "plan", "--json")
    assert {change["action"] for change in json.loads(planned.stdout)} == {"create"}
    assert run("topics", "apply").returncode == 0
    assert run("topics", "check").returncode == 0
    refused = run("--set", "kafka.partitions=8", "topics", "apply")
    assert refused.returncode == 1
    assert "4 partitions are there and 8 are asked for" in refused.stderr


def test_the_registry_from_a_file_and_back(run: Run, tmp_path: Path) -> None:
    file, changed = tmp_path / "fleet.yaml", tmp_path / "changed.yaml"
    file.write_text(run("simulate", "fleet-registry", "--terminals", "20").stdout)
    run("topics", "apply")
    dry = run("registry", "apply", str(file), "--dry-run")
    assert (dry.returncode, "nothing was written" in dry.stdout) == (0, True)
    assert run("registry", "diff", str(file)).returncode == 1
    assert run("registry", "apply", str(file)).stdout.endswith("\n23 records written\n")
    assert run("registry", "apply", str(file)).stdout.endswith("\n0 records written\n")

    exported = tmp_path / "export.yaml"
    exported.write_text(run("registry", "export").stdout)
    assert run("registry", "diff", str(exported)).returncode == 0

    document = yaml.safe_load(file.read_text())
    document["devices"] = [{**document["devices"][0], "clock": "fixed:+01:00"}]
    changed.write_text(yaml.safe_dump(document))
    (change,) = [
        change
        for change in json.loads(run("registry", "apply", "--json", str(changed)).stdout)
        if change["action"] != "same"
    ]
    assert (change["id"], change["action"]) == ("SIM00000001", "changed")
    assert "clock fixed:+01:00" in run("registry", "get", "sim00000001").stdout
    # what the second file does not name is still there
    assert "clock zone" in run("registry", "get", "SIM00000002", "--at", "2026-01-01T00:00:00Z").stdout


def test_a_file_with_mistakes_changes_nothing(run: Run, tmp_path: Path) -> None:
    run("topics", "apply")
    file = tmp_path / "r.csv"
    file.write_text("serial,site,tenant\nSIM1,nowhere,demo\nS/1,nowhere,demo\n")
    done = run("registry", "apply", str(file))
    assert done.returncode == 1
    assert f"{file} line 2: unknown site 'nowhere'" in done.stderr
    assert f"{file} line 3: serial 'S/1'" in done.stderr
    assert yaml.safe_load(run("registry", "export").stdout) == {"sites": [], "devices": []}
    unknown = run("registry", "get", "SIM1")
    assert (unknown.returncode, unknown.stderr) == (1, "punchstream: the registry does not name the device SIM1\n")


def test_migrations(run: Run) -> None:
    assert run("migrate", "status").returncode == 1
    assert "CREATE TABLE" in run("migrate", "plan").stdout
    assert run("migrate", "apply").returncode == 0
    steps = json.loads(run("migrate", "status", "--json").stdout)
    assert steps
    assert all(step["applied"] for step in steps)
    assert run("migrate", "apply").stdout == "the tables are up to date\n"
    assert run("migrate", "revert", "--to", "0").returncode == 1  # nobody said yes
    assert run("migrate", "status").returncode == 0
    assert run("migrate", "revert", "--to", "0", "--yes").returncode == 0
    assert not any(step["applied"] for step in json.loads(run("migrate", "status", "--json").stdout))
