"""`punchstream up` as a person runs it: it ends by itself with an account, and refuses what cannot work."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from deploy.local.fetch import default_cache_dir
from deploy.local.ports import is_free
from tests.integration.conftest import free_ports

COMMAND = (sys.executable, "-m", "cli.main")
ROOT = Path(__file__).parents[3]


def overrides(ports: list[int]) -> list[str]:
    edge, *health, clickhouse = ports
    values = [f"ingest.port={edge}", f"clickhouse.url=http://127.0.0.1:{clickhouse}"]
    names = ("ingest", "normalize", "track", "resolve", "derive", "sink", "connectors")
    values += [f"{name}.health_port={port}" for name, port in zip(names, health, strict=True)]
    values.append(f"kafka.bootstrap=127.0.0.1:{two_free_ports()}")
    return [part for value in values for part in ("--set", value)]


def two_free_ports() -> int:
    """The first of two neighbours, for Kafka and its controller."""
    while True:
        port = free_ports(1)[0]
        if is_free(port + 1):
            return port


@pytest.fixture
def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PUNCHSTREAM_CACHE": str(default_cache_dir())}


@pytest.mark.timeout(240)
def test_a_run_ends_with_a_clean_account_and_a_second_start_is_told(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    command = [*COMMAND, *overrides(free_ports(9)), "up", "--for", "6", "--terminals", "10", "--rate", "50"]
    running = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / ".local" / "up.lock").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        second = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
        assert second.returncode == 1
        assert "is up already" in second.stderr
        assert "Traceback" not in second.stderr
        output = running.communicate(timeout=180)[0]
    finally:
        running.kill()
    assert running.returncode == 0, output
    assert "punches made" in output
    summary = json.loads((tmp_path / ".local" / "run-summary.json").read_text())
    assert summary["made"] == summary["acknowledged"] == summary["in_kafka"] == summary["in_clickhouse"] > 50
    assert (summary["lost"], summary["doubled"]) == (0, 0)
    cards = summary["cards"]
    assert cards["agree"] == cards["planned"] > 400
    assert cards["differ"] == 0
    assert "cards: " in output
    for source in summary["sources"]:
        assert source["made"] == source["visible"] > 0, source
        assert (source["lost"], source["doubled"]) == (0, 0)
    both_ways = summary["sources"][1]
    assert both_ways["both_ways"] == both_ways["made"]
    left = [p for p in psutil.process_iter() if str(tmp_path) in " ".join(_command_line(p))]
    assert left == []


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.mark.timeout(240)
def test_a_killed_run_blocks_nothing_and_ctrl_c_drains(tmp_path: Path, environment: dict[str, str]) -> None:
    command = [*COMMAND, *overrides(free_ports(9)), "up", "--terminals", "10", "--rate", "50"]
    killed = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
    wait_for_line(killed, "running: terminals online 14 of 14")
    killed.kill()
    killed.communicate()
    again = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        wait_for_line(again, "running: terminals online 14 of 14")
        again.send_signal(signal.SIGINT)
        output = again.communicate(timeout=180)[0]
    finally:
        again.kill()
    assert again.returncode == 0, output
    summary = json.loads((tmp_path / ".local" / "run-summary.json").read_text())
    assert summary["acknowledged"] == summary["in_clickhouse"] > 0
    assert (summary["lost"], summary["doubled"]) == (0, 0)


def wait_for_line(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"the process ended without saying {text!r}")


def test_a_taken_port_is_named_with_its_holder(tmp_path: Path, environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [*COMMAND, *overrides([port, *free_ports(8)]), "up", "--for", "5"]
        refused = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1
    assert f"port {port}, wanted for devices, is taken by" in refused.stderr
    assert f"pid {os.getpid()}" in refused.stderr
