"""The commands for corrections and approvals as typed, by two people, on a genuine Kafka."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.stack import LocalStack
from runtime import topics
from runtime.key_files import new_key
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from schemas.codec import encode_event
from schemas.employees import Employee, employee_key
from schemas.registry import SitePeriod, SiteRecord
from tests.integration.helpers import make_settings, producer

ROOT = Path(__file__).parents[3]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
async def run(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Run:
    new_key(tmp_path / "keys", "default")
    settings = make_settings(stack, topic_prefix, "kafka.partitions=2", f"keys.folder={tmp_path / 'keys'}")
    await topics.apply(settings.kafka)
    await write_changes(
        settings.kafka, compare_records([], [SiteRecord("berlin", (SitePeriod(zone="Europe/Berlin"),))])
    )
    await put_employees(settings, "4711", "4712")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PUNCHSTREAM_")}
    environment |= {
        "PUNCHSTREAM_KAFKA__BOOTSTRAP": settings.kafka.bootstrap,
        "PUNCHSTREAM_KAFKA__TOPIC_PREFIX": settings.kafka.topic_prefix,
        "PUNCHSTREAM_KAFKA__PARTITIONS": "2",
        "PUNCHSTREAM_KEYS__FOLDER": str(settings.keys.folder),
    }

    def run(who: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *arguments], capture_output=True, text=True, timeout=60, cwd=ROOT,
            env={**environment, "LOGNAME": who},
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


async def put_employees(settings: Settings, *codes: str) -> None:
    async with producer(settings, "employees") as sender:
        for code in codes:
            one = Employee(tenant="default", employee=code, rank=1, site="berlin", source="operator")
            key = employee_key(one.tenant, one.employee)
            await sender.send("employees", key, encode_event(one), partition_by=key)


async def test_one_asks_another_approves(run: Run) -> None:
    added = run(
        "ada", "corrections", "add", "4711", "2026-11-20 08:00", "--state", "in", "--reason", "forgot", "--json"
    )
    assert added.returncode == 0, added.stderr
    (correction,) = json.loads(added.stdout)
    assert (correction["status"], correction["state"], correction["requested_by"]) == ("pending", 0, "ada")
    refused = run("ada", "corrections", "approve", correction["correction_id"])
    assert (refused.returncode, "asked for by ada" in refused.stdout) == (1, True)
    assert "1 done, 0 refused" in run("bo", "corrections", "approve", correction["correction_id"]).stdout
    listed = run("bo", "corrections", "list", "--employee", "4711")
    assert "approved" in listed.stdout
    assert "add 2026-11-20 08:00:00 Europe/Berlin state 0 at berlin" in listed.stdout
    for arguments, says in (
        (("add", "4711", "2026-10-25 02:30", "--reason", "r"), "occurred twice"),
        (("add", "4711", "2026-11-20 08:00", "--state", "up", "--reason", "r"), "--state up"),
        (("leave", "4711", "tomorrow", "60", "--reason", "r"), "is no date"),
        (("bulk", "--of-site", "berlin", "--reason", "r"), "say one of"),
        (("approve",), "say which"),
    ):
        wrong = run("ada", "corrections", *arguments)
        assert wrong.returncode in (1, 2)
        assert says in wrong.stderr, arguments


async def test_many_at_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "who.txt").write_text("# night crew\n4711\n\n4712\n9999\n")
    bulk = ("corrections", "bulk", "--employees", str(tmp_path / "who.txt"), "--leave", "2026-11-20", "--minutes", "60",
            "--leave-code", "outage", "--reason", "sent home")  # fmt: skip
    preview = run("ada", *bulk, "--preview")
    assert (preview.returncode, "2 of 3" in preview.stdout) == (0, True)
    assert "leave 2026-11-20 60 min outage" in preview.stdout
    assert "no employee 9999" in preview.stdout
    written = json.loads(run("ada", *bulk, "--yes", "--json").stdout)
    assert run("ada", *bulk, "--yes").returncode == 1  # all are asked for already
    approved = json.loads(run("bo", "corrections", "approve", "--batch", written["batch"], "--json").stdout)
    assert [(one["employee"], one["status"]) for one in approved] == [("4711", "approved"), ("4712", "approved")]
    none = run("bo", "approvals", "approve", "4711", "--from", "2026-11-20")
    assert (none.returncode, "0 done, 0 refused" in none.stdout) == (0, True)
    named = run("bo", "approvals", "approve", "4711", "--from", "2026-11-20", "--version", "3")
    assert (named.returncode, "no card of this date" in named.stdout) == (1, True)
    assert "0 decisions" in run("bo", "approvals", "list", "--employee", "4711").stdout
