"""Two workers and the parts behind them as processes, the killer of workers, and how much memory all of them take."""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psutil

from cli.parts import Part, make_parts
from cli.supervisor import Keeper, Supervisor
from runtime.settings import Settings

WORKERS = 2
BEHIND = ("sink", "track", "normalize")
KILL_EVERY_SECONDS = 20.0
GROWTH_LIMIT = 1.10
_READY_SECONDS = 90.0
_LOOK_SECONDS = 0.2
_STOP_SECONDS = 60.0
_MiB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kill:
    """at_ms: epoch milliseconds. away_seconds: how long it stayed away; above the session time-out others take over."""

    at_ms: int
    worker: str
    away_seconds: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident MiB of a process: medians of the first and last third of its samples, and the greatest. A worker is
    another process after each kill; its samples are told together."""

    first: float
    last: float
    most: float

    @property
    def is_flat(self) -> bool:
        return self.last <= self.first * GROWTH_LIMIT


class Workers:
    """`settings` name the sources; every part gets its own file of settings below `folder`. ports: of the workers."""

    def __init__(self, settings: Settings, folder: Path, ports: Sequence[int]) -> None:
        self.kills: list[Kill] = []
        self._settings = settings
        self._folder = folder
        self._ports = ports
        parts = {part.name: part for part in make_parts(settings, folder)}
        self._behind = Supervisor([parts[name] for name in BEHIND], folder)
        self._workers = Supervisor([self._worker(number) for number in range(1, WORKERS + 1)], folder)
        self._keeping: asyncio.Task[None] | None = None
        self._away: set[str] = set()
        self._samples: dict[str, list[float]] = defaultdict(list)

    def _worker(self, number: int) -> Part:
        name = f"worker-{number}"
        connectors = self._settings.connectors.model_copy(
            update={"instance_id": name, "health_port": self._ports[number - 1]}
        )
        settings = self._settings.model_copy(update={"connectors": connectors})
        part = next(part for part in make_parts(settings, self._folder / name) if part.name == "connect")
        return Part(name, name, part.command, part.marker, part.health_port)

    async def start(self) -> None:
        await self._behind.start(_READY_SECONDS)
        await self._workers.start(_READY_SECONDS)
        self._keeping = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        """Restarts what ended, as a service manager does; but not who was killed and is to stay away."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._behind.keep())
            while True:
                for name, keeper in self._workers.keepers.items():
                    if name not in self._away:
                        await asyncio.to_thread(keeper.keep)
                await asyncio.sleep(_LOOK_SECONDS)

    async def kill_now_and_then(self, chance: Random, session_seconds: float) -> None:
        """Until cancelled, which leaves both running: one is killed, stays away for a moment or until the other one has
        taken over, and comes back. All have their turn."""
        victims: list[str] = []
        while True:
            began = time.monotonic()
            if not victims:
                victims = chance.sample(list(self._workers.keepers), WORKERS)
            name, away = victims.pop(), chance.choice((0.0, 0.0, session_seconds + 4.0))
            victim = self._workers.keepers[name]
            self._away.add(name)
            if victim.pid is not None:
                os.kill(victim.pid, signal.SIGKILL)
                self.kills.append(Kill(int(time.time() * 1000), name, away))
            try:
                await asyncio.sleep(away)
            finally:
                self._away.remove(name)  # the one who keeps them starts it
            await asyncio.sleep(max(0.0, began + KILL_EVERY_SECONDS - time.monotonic()))

    def sample(self, others: dict[str, Keeper]) -> dict[str, float]:
        """Resident MiB now, of what runs."""
        now = {}
        for name, keeper in {**self._workers.keepers, **self._behind.keepers, **others}.items():
            if keeper.pid is None:
                continue
            try:
                resident = psutil.Process(keeper.pid).memory_info().rss / _MiB
            except psutil.NoSuchProcess:
                continue  # between two lives
            if resident:  # none: killed, and not yet taken off
                now[name] = resident
                self._samples[name].append(resident)
        return now

    def memory(self) -> dict[str, Memory]:
        found = {}
        for name, samples in self._samples.items():
            third = max(1, len(samples) // 3)
            first, last = statistics.median(samples[:third]), statistics.median(samples[-third:])
            found[name] = Memory(round(first, 1), round(last, 1), round(max(samples), 1))
        return found

    def check(self) -> None:
        """Raises what ended the keeping of the parts behind."""
        if self._keeping is not None and self._keeping.done():
            self._keeping.result()

    def restarts(self) -> dict[str, int]:
        """Of all parts; of workers that is kills, and what ended by itself."""
        return {name: each.restarts for name, each in {**self._workers.keepers, **self._behind.keepers}.items()}

    async def stop(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        for keeper in (*self._workers.keepers.values(), *reversed(self._behind.keepers.values())):
            await asyncio.to_thread(keeper.stop, _STOP_SECONDS)


async def until_cancelled(task: asyncio.Task[None]) -> None:
    """Cancel it; raises what ended it before."""
    if not task.done():
        task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
