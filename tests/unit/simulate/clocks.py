"""Clocks for tests: time that stands still, time that runs fast, and waiting for a condition."""

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise

from simulate.fleet.clock import Timer


class FrozenClock:
    """The wall clock stands still; waits are real."""

    def __init__(self, now: float = 1_793_000_000.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return time.monotonic()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(seconds, callback)


class FastClock:
    """Everything runs so many times faster. asked: every wait that somebody asked for, in seconds of this clock."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._started = time.monotonic()
        self.asked: list[float] = []

    def now(self) -> float:
        return 1_793_000_000.0 + self.monotonic()

    def monotonic(self) -> float:
        return (time.monotonic() - self._started) * self._speed

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        self.asked.append(seconds)
        return asyncio.get_running_loop().call_later(seconds / self._speed, callback)


async def until(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Wait for a condition; fail with `what` when it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.005)


def gaps(times: list[float]) -> list[float]:
    """The differences between neighbours."""
    return [after - before for before, after in pairwise(times)]
