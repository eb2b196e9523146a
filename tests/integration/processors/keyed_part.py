"""A keyed part of ours (track, resolve) under test: run in this process, or as a process of its own, to be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from runtime.settings import Settings

Run = Callable[[Settings, asyncio.Event], Awaitable[int]]


@asynccontextmanager
async def running(run: Run, settings: Settings) -> AsyncIterator[None]:
    """In this process; stopped in order, which must end it with 0."""
    stop = asyncio.Event()
    task = asyncio.ensure_future(run(settings, stop))
    try:
        yield
    finally:
        stop.set()
        assert await asyncio.wait_for(task, 60) == 0


class Worker:
    """`punchstream <part>` as a process of its own, with small batches and a short session."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, part: str, settings: Settings, *overrides: str) -> Worker:
        values = (
            f"kafka.bootstrap={settings.kafka.bootstrap}",
            f"kafka.topic_prefix={settings.kafka.topic_prefix}",
            f"kafka.partitions={settings.kafka.partitions}",
            "kafka.session_timeout_seconds=6",
            f"{part}.health_port=0",
            f"{part}.take_records=50",
            f"{part}.take_seconds=0.02",
            *overrides,
        )
        arguments = [word for value in values for word in ("--set", value)]
        return cls(await asyncio.create_subprocess_exec(sys.executable, "-m", "cli.main", *arguments, part))

    def signal(self, number: signal.Signals) -> None:
        os.kill(self._process.pid, number)

    async def ended(self, seconds: float = 60) -> int:
        return await asyncio.wait_for(self._process.wait(), seconds)

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
