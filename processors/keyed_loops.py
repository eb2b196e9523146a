"""Several loops of one process: run together, ready together, alive together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final, Protocol

from processors.keyed_loop import KeyedLoop

_SILENT_SECONDS: Final = 180.0


class HasTrouble(Protocol):
    """`trouble` says in words why it does not work, "" when it does."""

    @property
    def trouble(self) -> str: ...


async def run_all(loops: Sequence[KeyedLoop], stop: asyncio.Event) -> None:
    """All of them until one ends: the others are stopped then. Raises what the first one ended with."""
    end = asyncio.Event()
    running = [asyncio.create_task(loop.run(end)) for loop in loops]
    asked = asyncio.create_task(stop.wait())
    ended, _ = await asyncio.wait({asked, *running}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    end.set()
    outcomes = await asyncio.gather(*running, return_exceptions=True)
    failed = [task for task in ended if task in running]
    for outcome in [*(task.exception() for task in failed), *outcomes]:
        if isinstance(outcome, BaseException):
            raise outcome


def trouble_of(*parts: HasTrouble) -> str:
    """The first, "" when there is none."""
    return next(filter(None, (part.trouble for part in parts)), "")


def silence_of(loops: Sequence[KeyedLoop]) -> str:
    """Why the process is of no use as it is, "" when it is."""
    silent = time.monotonic() - min(loop.polled_at for loop in loops)
    return f"Kafka was not polled for {silent:.0f} s" if silent > _SILENT_SECONDS else ""
