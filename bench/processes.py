"""Processes that are measured: started on given cores, asked for their metrics and their CPU time, stopped."""

from __future__ import annotations

import os
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.process import PidFile, ServerProcess

_START_SECONDS = 60.0
_STOP_SECONDS = 40.0
_ASK_SECONDS = 30.0  # how long one does not answer is measured, too
# An answer costs the process some milliseconds of CPU, which are measured with the rest.
_LOOK_SECONDS = 0.2


class TooSlow(Exception):
    """Something was not done within its deadline: the message says what, and where the log is."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A counter of a process and its CPU time so far, read at one moment (monotonic seconds)."""

    at: float
    count: float
    cpu_seconds: float


class Measured:
    """One process; `marker` is the argument that no other process has."""

    def __init__(self, name: str, arguments: tuple[str, ...], marker: str, health_port: int, folder: Path) -> None:
        self.name = name
        self._command = (sys.executable, "-m", *arguments)
        self._url = f"http://127.0.0.1:{health_port}"
        self.log = folder / f"{name}.log"
        self._process = ServerProcess(name, folder / f"{name}.pid", marker, self.log)
        self._running: PidFile | None = None

    def start(self) -> None:
        """Returns when it says that it is ready."""
        self._running = self._process.start(self._command, {})
        self._process.wait_ready(self._running, self._ready, _START_SECONDS, self.log)

    def stop(self) -> None:
        self._process.stop(_STOP_SECONDS)
        self._running = None

    @property
    def pid(self) -> int:
        if self._running is None:
            raise ValueError(f"{self.name} is not running")
        return self._running.pid

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    def read(self, metric: str) -> Reading:
        """`metric` is a counter's name without the suffix `_total`, or `name/label` for its samples with that label."""
        text = self._ask("/metrics")
        name, _, label = metric.partition("/")
        count = 0.0
        for family in text_string_to_metric_families(text):
            if family.name == name:
                count = sum(
                    s.value for s in family.samples if s.name == f"{name}_total" and label in (*s.labels.values(), "")
                )
        return Reading(time.monotonic(), count, self.cpu_seconds())

    def sample(self, name: str) -> float:
        """The sum of the samples of this full name: of a gauge, a counter, or the count or sum of a histogram."""
        families = text_string_to_metric_families(self._ask("/metrics"))
        return float(sum(s.value for family in families for s in family.samples if s.name == name))

    def wait_for(self, metric: str, count: float, seconds: float) -> Reading:
        """The first reading of at least `count`. Raises TooSlow."""
        deadline = time.monotonic() + seconds
        while (reading := self.read(metric)).count < count:
            if time.monotonic() > deadline:
                raise TooSlow(
                    f"{self.name}: {metric} is {reading.count:.0f}, not {count:.0f}, after {seconds:.0f} s; its log is "
                    f"{self.log}"
                )
            time.sleep(_LOOK_SECONDS)
        return reading

    def _ready(self) -> bool:
        try:
            self._ask("/readyz")
        except OSError:  # no answer yet, or 503
            return False
        return True

    def _ask(self, path: str) -> str:
        with urllib.request.urlopen(f"{self._url}{path}", timeout=_ASK_SECONDS) as answer:  # noqa: S310 - always http
            return str(answer.read().decode())


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its threads."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """What is started inside runs on this core alone: children inherit it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def moved(pid: int, core: int) -> Iterator[None]:
    """A process that runs already keeps to this core for a while, with all its threads."""
    before = os.sched_getaffinity(0)
    _move(pid, {core})
    try:
        yield
    finally:
        _move(pid, before)


def _move(pid: int, cores: set[int]) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            os.sched_setaffinity(int(thread.name), cores)
        except ProcessLookupError:
            continue  # a thread that ended meanwhile
