"""A server process is found again, stopped gracefully first, and never mistaken for somebody else's."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from deploy.local.errors import StartFailed
from deploy.local.process import PidFile, ServerProcess

SLEEP = "import time; time.sleep(60)"
# says that it is ready only when its handler is set
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); open('ready', 'w').close(); time.sleep(60)"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess("Thing", tmp_path / "pid.json", f"--home={tmp_path}", tmp_path / "thing.out")
    yield server
    server.stop(0.0)


def start(server: ServerProcess, program: str) -> PidFile:
    return server.start([sys.executable, "-c", program, server.marker], {"client": 1234})


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.01)


def test_a_started_server_is_found_with_its_ports_and_stopped(server: ServerProcess) -> None:
    assert server.find() is None
    running = start(server, SLEEP)
    assert server.find() == running
    assert running.ports == {"client": 1234}
    assert os.getsid(running.pid) == running.pid  # Ctrl-C in our terminal does not reach it
    assert server.stop(20.0) is signal.SIGTERM
    assert not psutil.pid_exists(running.pid)
    assert server.find() is None
    assert not server.pid_path.exists()
    assert server.stop(20.0) is None


def test_a_server_that_ignores_sigterm_is_killed(server: ServerProcess) -> None:
    running = start(server, STUBBORN)
    wait_for((server.pid_path.parent / "ready").exists)
    started = time.monotonic()
    assert server.stop(0.3) is signal.SIGKILL
    assert time.monotonic() - started >= 0.3
    assert not psutil.pid_exists(running.pid)


@pytest.mark.parametrize("age_s", [0.0, 3600.0])
def test_a_stale_pid_file_never_leads_to_a_stranger(server: ServerProcess, age_s: float) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as stranger:
        started_at = psutil.Process(stranger.pid).create_time() - age_s
        server.pid_path.write_text(json.dumps(asdict(PidFile(stranger.pid, started_at))))
        assert server.find() is None
        assert server.stop(1.0) is None
        assert stranger.poll() is None
        stranger.kill()


def test_a_start_time_of_long_ago_is_another_process(server: ServerProcess) -> None:
    running = start(server, SLEEP)
    assert server.is_running(running)
    assert not server.is_running(replace(running, started_at=running.started_at - 3600))


@pytest.mark.parametrize("content", [None, b"", b'{"pid": 1', b'{"colour": "red"}'])
def test_without_a_readable_pid_file_the_server_is_found_by_its_marker(
    server: ServerProcess, content: bytes | None
) -> None:
    running = start(server, SLEEP)
    if content is None:
        server.pid_path.unlink()
    else:
        server.pid_path.write_bytes(content)
    found = server.find()
    assert found is not None
    assert found.pid == running.pid
    assert server.stop(20.0)
    assert not psutil.pid_exists(running.pid)


def test_ports_are_known_even_when_the_starter_died_before_it_wrote_the_pid(server: ServerProcess) -> None:
    running = start(server, SLEEP)
    server.pid_path.write_text(json.dumps(asdict(PidFile(0, 0.0, {"client": 1234}))))
    found = server.find()
    assert found is not None
    assert (found.pid, found.ports) == (running.pid, {"client": 1234})


def test_a_server_that_ends_while_starting_leaves_its_last_words(server: ServerProcess) -> None:
    running = start(server, "raise SystemExit('no such disk')")
    with pytest.raises(StartFailed, match=r"Thing ended while starting(?s:.*)no such disk"):
        server.wait_ready(running, lambda: False, 20.0, server.pid_path.parent / "thing.log")


def test_a_server_that_never_answers_is_given_up(server: ServerProcess) -> None:
    running = start(server, SLEEP)
    with pytest.raises(StartFailed, match="did not answer within 0 s"):
        server.wait_ready(running, lambda: False, 0.2, server.pid_path.parent / "thing.log")


def test_a_command_without_the_marker_is_refused(server: ServerProcess) -> None:
    with pytest.raises(ValueError, match="marker"):
        server.start([sys.executable, "-c", SLEEP], {})
