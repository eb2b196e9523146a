"""The sources of the partitions that are this worker's, each with its runner; the rest of the estate is other workers'.

A rebalance ends all of them, waits until nothing is under way, takes the state over anew (which fences whoever had it)
and starts those that are ours then. A runner that fails ends the process: only errors of the state and fatal ones do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, Protocol

from connectors.errors import Fatal
from connectors.health import Health
from connectors.metrics import LAG_SECONDS, SOURCES, VENDORS, vendor_of
from connectors.runner import SourceRunner
from connectors.state import GroupCommit
from connectors.vendors import KnownSource
from schemas.polled import SourceStatus

log = logging.getLogger(__name__)

# Together below the least session time-out: who takes longer to let go is thrown out of the group.
REBALANCE_GRACE_SECONDS: Final = 2.0
_CANCEL_SECONDS: Final = 3.0
_SETTLE_SECONDS: Final = 3.0
_LOOK_SECONDS: Final = 0.5


class Owned(Protocol):
    """What is used of runtime.keyed_state.KeyedState."""

    async def assigned(self, partitions: Sequence[int]) -> None: ...


class Worker:
    """`partition_of` tells the partition of a source's key, `start` makes a source's runner. `runners` by key."""

    def __init__(
        self,
        sources: Sequence[KnownSource],
        state: Owned,
        group: GroupCommit,
        *,
        partition_of: Callable[[str], int],
        make_runner: Callable[[KnownSource, int], SourceRunner],
    ) -> None:
        self._sources = sources
        self._state = state
        self._group = group
        self._partition_of = partition_of
        self._make_runner = make_runner
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._is_ending = False
        self._failure: BaseException | None = None
        self.runners: dict[str, SourceRunner] = {}

    async def take_over(self, partitions: Sequence[int]) -> None:
        """These are ours from now on. Raises StateUnreadable."""
        if self._is_ending:
            return
        await self._state.assigned(partitions)
        for source in self._sources:
            partition = self._partition_of(source.key)
            if partition in partitions:
                runner = self.runners[source.key] = self._make_runner(source, partition)
                task = self._tasks[source.key] = asyncio.create_task(runner.run())
                task.add_done_callback(self._ended)
        log.info("polling %d of %d sources, partitions %s", len(self.runners), len(self._sources), list(partitions))

    async def let_go(self, grace_seconds: float = REBALANCE_GRACE_SECONDS) -> None:
        """Returns when nothing is under way. Raises Fatal when something does not end."""
        tasks, self._tasks = self._tasks, {}
        runners, self.runners = self.runners, {}
        for runner in runners.values():
            runner.stop()
        if tasks:
            _, late = await asyncio.wait(tasks.values(), timeout=grace_seconds)
            for task in late:
                task.cancel()
            if late:
                _, stuck = await asyncio.wait(late, timeout=_CANCEL_SECONDS)
                names = ", ".join(key for key, task in tasks.items() if task in stuck)
                if names:
                    raise Fatal(f"{names}: does not end when it is cancelled, and must not go on: the process ends")
        await self._group.settle(_SETTLE_SECONDS)

    async def end(self, grace_seconds: float) -> None:
        """The process ends: whatever the group assigns from now on is not begun."""
        self._is_ending = True
        await self.let_go(grace_seconds)

    async def watch(self) -> None:
        """For ever, until something failed: raises it. Also looks whether commands wait."""
        while True:
            if failure := self._failure or self._group.failure:
                raise failure
            for runner in self.runners.values():
                runner.look_for_commands()
            await asyncio.sleep(_LOOK_SECONDS)

    def hinted(self, key: str, hint: Mapping[str, str]) -> bool:
        """False for a source that is not ours."""
        runner = self.runners.get(key)
        if runner is None:
            return False
        runner.hinted(hint)
        return True

    def bind_gauges(self, clock: Callable[[], float]) -> None:
        """Counted when somebody asks."""
        for vendor in VENDORS:
            LAG_SECONDS.labels(vendor).set_function(partial(self._lag, vendor, clock))
            for status in SourceStatus:
                SOURCES.labels(vendor, status.value).set_function(partial(self._count, vendor, status))

    def _health_of(self, vendor: str) -> list[Health]:
        return [runner.health for key, runner in self.runners.items() if vendor_of(key) == vendor]

    def _lag(self, vendor: str, clock: Callable[[], float]) -> float:
        now = clock()
        return max((health.lag(now) or 0.0 for health in self._health_of(vendor)), default=0.0)

    def _count(self, vendor: str, status: SourceStatus) -> float:
        return sum(health.status is status for health in self._health_of(vendor))

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = self._failure or error
