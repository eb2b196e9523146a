"""The command as such: what it imports, how it tells errors, where its settings come from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.errors import NotFound
from cli.main import ERROR_MODULES, is_ours
from deploy.local.errors import PortTaken
from runtime.errors import SettingsError
from simulate.fleet.errors import FatalError

ROOT = Path(__file__).parents[3]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PUNCHSTREAM_")}
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        capture_output=True, text=True, timeout=60, cwd=ROOT, env={**clean, **environment},
    )  # fmt: skip


def test_no_part_is_imported_before_its_command_runs() -> None:
    code = (
        "import sys, cli.main\n"
        "parts = ('runtime', 'ingest', 'processors', 'sinks', 'simulate', 'deploy', 'schemas', 'wire',\n"
        "         'faust', 'aiohttp', 'aiokafka', 'clickhouse_connect', 'pydantic', 'yaml')\n"
        "print([name for name in sys.modules if name.split('.')[0] in parts])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_an_error_is_one_sentence_and_exit_code_1() -> None:
    done = run("--set", "kafka.bootstrap=127.0.0.1:1", "topics", "plan")
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("punchstream: Kafka at 127.0.0.1:1: ")


@pytest.mark.parametrize("command", [("registry", "export"), ("topics", "check"), ("topics", "apply")])
def test_kafka_that_is_not_there_is_named(command: tuple[str, ...]) -> None:
    done = run("--set", "kafka.bootstrap=127.0.0.1:1", *command)
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_tree_of_errors_is_ours_and_no_other_is() -> None:
    ours: list[BaseException] = [SettingsError(""), NotFound(""), PortTaken(""), FatalError("")]
    others: list[BaseException] = [ValueError(""), OSError(""), KeyboardInterrupt()]
    assert [is_ours(error) for error in ours] == [True] * 4
    assert [is_ours(error) for error in others] == [False] * 3


def test_the_trees_are_where_the_packages_keep_them() -> None:
    found = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for package in ("cli", "connectors", "deploy", "ingest", "processors", "runtime", "simulate", "sinks", "wire")
        for path in (ROOT / package).rglob("errors.py")
    }
    assert found <= ERROR_MODULES


def test_version() -> None:
    done = run("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("punchstream ")


def test_flags_win_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('log_level = "ERROR"\n[kafka]\npartitions = 7\nbootstrap = "kafka:1"\n')
    done = run("--config", str(file), "--set", "kafka.partitions=9", "--set", "log_level=DEBUG", "settings", "show")
    lines = done.stdout.splitlines()
    assert {"kafka.partitions = 9", 'kafka.bootstrap = "kafka:1"', 'log_level = "DEBUG"'} <= set(lines)


def test_flags_win_over_the_environment() -> None:
    done = run("--set", "kafka.partitions=9", "settings", "show", PUNCHSTREAM_KAFKA__PARTITIONS="7")
    assert "kafka.partitions = 9" in done.stdout.splitlines()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--set", "kafka.colour=red"), "kafka.colour: unknown key"),
        (("--set", "nowhere.x=1"), "there is no section nowhere"),
        (("--set", "kafka.partitions"), "write section.key=value"),
        (("--set", "kafka.partitions=few"), "kafka.partitions"),
        (("--config", "/nowhere/settings.toml"), "/nowhere/settings.toml"),
    ],
)
def test_settings_that_cannot_be_are_named(arguments: tuple[str, ...], named: str) -> None:
    done = run(*arguments, "settings", "show")
    assert done.returncode == 1
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_the_fleet_refuses_what_makes_no_sense(tmp_path: Path) -> None:
    done = run("simulate", "fleet", "--terminals", "0", "--ledger", str(tmp_path / "fleet"))
    assert done.returncode == 1
    assert "terminals is 0" in done.stderr
    assert run("simulate", "fleet", "--rate", "fast").returncode == 2


def test_a_stack_that_is_down(tmp_path: Path) -> None:
    data_dir = str(tmp_path / "stack")
    assert run("stack", "status", "--data-dir", data_dir).returncode == 1
    assert run("stack", "down", "--data-dir", data_dir).stdout == "nothing was running\n"
    assert run("stack", "wipe", "--yes", "--data-dir", data_dir).stdout == f"there is nothing in {data_dir}\n"
    # without a yes nothing is removed
    assert run("stack", "wipe", "--data-dir", data_dir).returncode == 1
