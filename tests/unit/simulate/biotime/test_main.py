"""The server as a process."""

import json
import signal
import subprocess
import sys
from pathlib import Path


def _start(folder: Path, *options: str) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-m",
        "cli.main",
        "simulate",
        "biotime",
        "--ledger",
        str(folder),
        "--port",
        "0",
        *options,
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_says_where_it_is_and_ends_in_time(tmp_path: Path) -> None:
    process = _start(tmp_path, "--dialect", "biotimecloud", "--preload", "20", "--for", "0.3", "--json")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    start, end = (json.loads(line) for line in out.splitlines())
    assert start["url"].startswith("http://127.0.0.1:")
    assert (start["rows"], end["rows"], start["dialect"]) == (20, 20, "biotimecloud")


def test_it_stops_when_asked(tmp_path: Path) -> None:
    process = _start(tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("biotime at http://127.0.0.1:")
    assert process.stdout.readline().startswith("user admin, password secret; control at http://127.0.0.1:")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("0 transactions, greatest id 0, epoch 1: ")


def test_a_mistake_is_one_sentence(tmp_path: Path) -> None:
    process = _start(tmp_path, "--dialect", "x")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert err.startswith("punchstream: simulate biotime: options: dialect: ")
    assert len(err.splitlines()) == 1
