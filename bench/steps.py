"""One step of the pipeline benchmark: terminals at one rate for a while, what arrives, what it costs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import psutil

from bench.processes import TooSlow
from bench.stats import growth

_LOOK_SECONDS: Final = 0.5
# The first part of a step is not measured: queues fill, flush times spread.
_SETTLE_SHARE: Final = 1 / 3
_LEAST_REACHED: Final = 0.95
# A pipeline that keeps up is one flush (1.2 s) and a batch or two behind when the terminals stop; one that falls behind
# by a twentieth of a 20 s step needs a second more. Slopes of what is behind say less: rows appear in lumps.
MOST_DRAIN_SECONDS: Final = 2.5
_DRAIN_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Fleet:
    """Which terminals; all steps share one ledger, so that one account covers them."""

    url: str
    ledger: Path
    terminals: int
    people: int
    rows: int

    def command(self, rate: str, seconds: float) -> list[str]:
        return [
            sys.executable, "-m", "cli.main", "simulate", "fleet",
            "--url", self.url,
            "--terminals", str(self.terminals),
            "--people", str(self.people),
            "--rows-per-body", str(self.rows),
            "--rate", rate,
            "--for", f"{seconds}",
            "--drain-seconds", "30",
            "--ledger", str(self.ledger),
        ]  # fmt: skip

    def status(self) -> dict[str, Any]:
        """Of the fleet that runs; empty before it has written one."""
        try:
            status: dict[str, Any] = orjson.loads((self.ledger / "status.json").read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return {}
        return status


@dataclass(frozen=True, slots=True)
class Step:
    """Rates are punches per second over the measured part of the step.

    behind_per_second: growth of what is acknowledged and not visible. drained_seconds: from the stop of the terminals
    to the last punch visible. over_all: all punches of the step over the time until the last one was visible.
    cpu_per_million: CPU seconds of each process per million punches of the step.
    """

    name: str
    rate: str
    acknowledged_per_second: float
    visible_per_second: float
    behind_per_second: float
    ack_p50_ms: float
    ack_p95_ms: float
    drained_seconds: float
    over_all: float
    sustained: bool
    cpu_per_million: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Sample:
    at: float
    acknowledged: int
    visible: int


def drive(
    name: str, rate: str, seconds: float, fleet: Fleet, visible: Callable[[], int], cpu: Callable[[], dict[str, float]]
) -> Step:
    """Run the fleet at this rate (punches/s, or `max`) and wait until all that it sent is visible. Raises TooSlow."""
    before, cpu_before = visible(), cpu()
    (fleet.ledger / "status.json").unlink(missing_ok=True)
    with subprocess.Popen(fleet.command(rate, seconds), stdout=subprocess.DEVNULL) as process:  # noqa: S603 - fixed, no shell
        watched = psutil.Process(process.pid)
        samples, fleet_cpu = _watch(fleet, watched, visible, seconds)
        status = fleet.status()
        fleet_cpu_end = _cpu(watched)
        process.wait(_DRAIN_SECONDS)
    stopped = time.monotonic()
    total = fleet.status()["acknowledged"] - before
    _wait_visible(visible, before + total)
    ended = time.monotonic()
    millions = total / 1e6
    spent = {part: (after - cpu_before[part]) / millions for part, after in cpu().items()}
    measured = [sample for sample in samples if sample.at - samples[0].at >= _SETTLE_SHARE * seconds]
    first, last = measured[0], measured[-1]
    acknowledged = (last.acknowledged - first.acknowledged) / (last.at - first.at)
    behind = growth([(sample.at, sample.acknowledged - sample.visible) for sample in measured])
    reached = rate == "max" or acknowledged >= _LEAST_REACHED * float(rate)
    return Step(
        name=name,
        rate=rate,
        acknowledged_per_second=acknowledged,
        visible_per_second=(last.visible - first.visible) / (last.at - first.at),
        behind_per_second=behind,
        ack_p50_ms=status["ack_ms"]["p50"],
        ack_p95_ms=status["ack_ms"]["p95"],
        drained_seconds=ended - stopped,
        over_all=total / (ended - samples[0].at),
        sustained=reached and ended - stopped <= MOST_DRAIN_SECONDS,
        cpu_per_million={**spent, "terminals": (fleet_cpu_end - fleet_cpu) / millions},
    )


def _watch(
    fleet: Fleet, process: psutil.Process, visible: Callable[[], int], seconds: float
) -> tuple[list[_Sample], float]:
    """Samples from the first punch on until the fleet stops; and its CPU time before the first one."""
    deadline = time.monotonic() + _DRAIN_SECONDS
    while not (status := fleet.status()) or status["online"] == 0:
        if time.monotonic() > deadline:
            raise TooSlow("the simulated terminals did not come online")
        time.sleep(0.02)
    spent = _cpu(process)
    samples = []
    started = time.monotonic()
    while time.monotonic() - started < seconds and (status := fleet.status()).get("state") == "running":
        # The status is written twice a second: its own time belongs to its numbers, and the rows are counted now.
        samples.append(_Sample(time.monotonic(), status["acknowledged"], visible()))
        time.sleep(_LOOK_SECONDS)
    return samples, spent


def _wait_visible(visible: Callable[[], int], wanted: int) -> None:
    deadline = time.monotonic() + _DRAIN_SECONDS
    while (found := visible()) < wanted:
        if time.monotonic() > deadline:
            raise TooSlow(
                f"{wanted - found} punches are not visible {_DRAIN_SECONDS:.0f} s after the terminals stopped"
            )
        time.sleep(0.05)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
