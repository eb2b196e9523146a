"""A server process that outlives the command that started it, found again by its pid file, never taken for another."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import psutil

from deploy.local.errors import StartFailed, StopFailed

# A process's start time is derived from the boot time, which moves by up to seconds when the clock is set.
START_TIME_TOLERANCE_S = 5.0
KILL_DEADLINE_S = 10.0
SETTLE_DEADLINE_S = 10.0

# "changing": just starting, or ended and the kernel still takes back what it held; settles in milliseconds as a rule
Sight = Literal["alive", "changing", "gone"]

# The servers that this process started: asked now and then, so that an ended one does not stay as a zombie.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class PidFile:
    """What is kept of a running server: its pid, its start time (seconds since the epoch) and its ports by purpose."""

    pid: int
    started_at: float
    ports: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ServerProcess:
    """A server by its name, its pid file, and one argument of its command line that no other process has."""

    name: str
    pid_path: Path
    marker: str
    output_path: Path

    def find(self) -> PidFile | None:
        """The running server, or None. A pid that now belongs to somebody else counts as not running.

        A server that is just ending is waited for: until it is gone it holds its ports and files.
        A server whose pid file was never written (the command died right after the start) is found by its marker.
        """
        known = self._read()
        if known is not None and self._wait_while(known, {"changing"}, SETTLE_DEADLINE_S) == "alive":
            return known
        for process in psutil.process_iter():
            try:
                if self.marker in process.cmdline() and process.uids().real == os.getuid():
                    return PidFile(process.pid, process.create_time(), known.ports if known else {})
            except psutil.Error:
                continue  # it ended meanwhile, or is not for this user to see: in both cases not ours
        return None

    def is_running(self, running: PidFile) -> bool:
        """True while the process that `start` or `find` returned is alive."""
        return self._look_at(running) == "alive"

    def start(self, command: Sequence[str], ports: Mapping[str, int]) -> PidFile:
        """Start in a session of its own, so that Ctrl-C in the caller's terminal does not reach it; write the pid file.

        The working directory is the one of the pid file. Until it runs, the file holds pid 0 and the ports.
        """
        if self.marker not in command:
            raise ValueError(f"the command line of {self.name} must hold its marker {self.marker}")
        self._write(PidFile(0, 0.0, dict(ports)))
        with self.output_path.open("wb") as output:
            child = subprocess.Popen(  # noqa: S603 - our own fixed command, no shell
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.pid_path.parent,
                start_new_session=True,
            )
        _children[child.pid] = child
        try:
            started_at = psutil.Process(child.pid).create_time()
        except psutil.NoSuchProcess:
            started_at = time.time()
        running = PidFile(child.pid, started_at, dict(ports))
        self._write(running)
        self._wait_while(running, {"changing"}, SETTLE_DEADLINE_S)  # until find() elsewhere sees its marker
        return running

    def wait_ready(self, running: PidFile, ready: Callable[[], bool], deadline_s: float, log_path: Path) -> None:
        """Return when `ready` does; raise StartFailed when the process ends first or `deadline_s` seconds pass."""
        deadline = time.monotonic() + deadline_s
        while not ready():
            if self._look_at(running) == "gone":
                raise StartFailed(f"{self.name} ended while starting. {self._last_words(log_path)}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{self.name} did not answer within {deadline_s:.0f} s. {self._last_words(log_path)}")
            time.sleep(0.05)

    def stop(self, deadline_s: float) -> signal.Signals | None:
        """SIGTERM, then SIGKILL after `deadline_s` seconds; the one that ended it, or None when it was not running.

        The pid file is removed. Raises StopFailed.
        """
        running = self.find()
        if running is None:
            self.pid_path.unlink(missing_ok=True)
            return None
        for number, patience_s in ((signal.SIGTERM, deadline_s), (signal.SIGKILL, KILL_DEADLINE_S)):
            if self._signal_and_wait(running, number, patience_s):
                self.pid_path.unlink(missing_ok=True)
                return number
        raise StopFailed(f"{self.name}, pid {running.pid}, is still there after SIGKILL; is its disk hanging?")

    def _signal_and_wait(self, running: PidFile, number: signal.Signals, patience_s: float) -> bool:
        try:
            os.kill(running.pid, number)
        except ProcessLookupError:
            return True
        return self._wait_while(running, {"alive", "changing"}, patience_s) == "gone"

    def _wait_while(self, known: PidFile, sights: set[Sight], patience_s: float) -> Sight:
        deadline = time.monotonic() + patience_s
        while (sight := self._look_at(known)) in sights and time.monotonic() < deadline:
            time.sleep(0.02)
        return sight

    def _look_at(self, known: PidFile) -> Sight:
        child = _children.get(known.pid)
        if child is not None and child.poll() is not None:
            del _children[known.pid]
            return "gone"
        threads = 1
        try:
            process = psutil.Process(known.pid)
            if abs(process.create_time() - known.started_at) > START_TIME_TOLERANCE_S:
                return "gone"
            threads = process.num_threads()
            command = process.cmdline()
        except psutil.ZombieProcess:
            # Our own child is gone when poll() says so. Another's may stay a zombie for ever: there its threads tell.
            return "changing" if child is not None or threads > 1 else "gone"
        except psutil.Error:
            return "gone"
        if not command:  # on its way in, or out: its memory is given back, its files and ports perhaps not yet
            return "changing"
        return "alive" if self.marker in command else "gone"

    def _read(self) -> PidFile | None:
        try:
            return PidFile(**json.loads(self.pid_path.read_bytes()))
        except (FileNotFoundError, ValueError, TypeError):
            return None  # none, or half written by a machine that went down: the marker still finds the process

    def _write(self, running: PidFile) -> None:
        draft = self.pid_path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(running)))
        draft.replace(self.pid_path)

    def _last_words(self, log_path: Path) -> str:
        for path in (self.output_path, log_path):
            lines = path.read_text(errors="replace").splitlines()[-8:] if path.exists() else []
            if lines:
                return f"Last lines of {path}:\n  " + "\n  ".join(lines)
        return f"It left no word in {self.output_path}."
