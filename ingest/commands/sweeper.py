"""Ends commands of which nothing more can come: too late, or handed out as often as they may be (spec D13).

Every edge sweeps, so that it happens whichever of them lives; what two of them end is ended once, since the end
absorbs. A jitter keeps them from doing it at the same moment.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from random import Random
from typing import Final

from runtime.command_log import CommandLog, next_step
from runtime.command_view import CommandView
from runtime.errors import BufferFull, DeliveryFailed
from schemas.command_state import LONGEST_LIFE_MS, CommandState
from schemas.commands import CommandEvent, CommandStep

logger = logging.getLogger(__name__)

INTERVAL_SECONDS: Final = 30.0
_MOST_AT_ONCE: Final = 1000


class CommandSweeper:
    """`by` is who says so, `edge:<id>`; `clock` tells epoch seconds."""

    def __init__(
        self,
        *,
        view: CommandView,
        log: CommandLog,
        by: str,
        random: Random,
        clock: Callable[[], float] = time.time,
        interval_seconds: float = INTERVAL_SECONDS,
    ) -> None:
        self._view = view
        self._log = log
        self._by = by
        self._random = random
        self._clock = clock
        self._interval_seconds = interval_seconds

    async def run(self) -> None:
        """For ever: cancel it. Kafka's troubles are logged, and the next sweep does what this one left."""
        while True:
            await asyncio.sleep(self._interval_seconds * self._random.uniform(0.75, 1.25))
            try:
                await self.sweep()
            except (BufferFull, DeliveryFailed) as error:
                logger.warning("commands that are over are not ended yet: %s", error)

    async def sweep(self) -> int:
        """How many were ended, at most 1,000 at once. Raises BufferFull, DeliveryFailed."""
        at = int(self._clock() * 1000)
        self._view.forget_awaited(at - LONGEST_LIFE_MS)
        over = [state for state in self._view.open_commands() if state.is_over(at)][:_MOST_AT_ONCE]
        if over:
            await self._log.write([self._expired(state, at) for state in over])
            logger.info("%d commands ended without an answer", len(over))
        return len(over)

    def _expired(self, state: CommandState, at: int) -> CommandEvent:
        return next_step(state.requested, CommandStep.EXPIRED, at=at, by=self._by, reason=state.over_reason(at))
