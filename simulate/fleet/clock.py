"""Time as the fleet uses it, behind a small protocol so that tests can put their own in its place."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call that is due later and can be called off."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """now: seconds since 1970 UTC. monotonic: seconds that never jump. call_later: a callback after some seconds."""

    def now(self) -> float: ...

    def monotonic(self) -> float: ...

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer: ...


class SystemClock:
    """The machine's clock; to be used inside a running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        return self._loop.call_later(seconds, callback)


class Bell:
    """One sleeper that wakes after a time, or as soon as somebody rings. Far cheaper than Event with wait_for."""

    __slots__ = ("_clock", "_sleeper")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sleeper: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Wake the sleeper, if there is one."""
        if self._sleeper is not None and not self._sleeper.done():
            self._sleeper.set_result(None)

    async def sleep(self, seconds: float) -> None:
        """Sleep for at most so many seconds."""
        self._sleeper = asyncio.get_running_loop().create_future()
        timer = self._clock.call_later(max(0.0, seconds), self.ring)
        try:
            await self._sleeper
        finally:
            timer.cancel()
            self._sleeper = None
