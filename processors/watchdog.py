"""Ends a process whose agent has stopped finishing records while records wait. Source: spec/faust.md 10.6.

Faust can hang silently (a consumer that no longer fetches, a commit that no longer moves); to the outside the worker
looks healthy. Nothing is lost by ending it: what was not acknowledged is read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import faust

from processors.errors import Stuck
from processors.metrics import LAG_RECORDS

_CHECK_SECONDS = 5.0
_PATIENCE_SECONDS = 180.0


class Watchdog:
    """Compares, per assigned partition, the committed offset with the end of the partition.

    `waits_for` says what the agent knowingly waits for (a key, a store): then it is in trouble, but not stuck, and
    ending the process would mend nothing.
    """

    def __init__(self, app: faust.App, name: str, waits_for: Callable[[], str] = str) -> None:
        self._app = app
        self._name = name
        self._waits_for = waits_for
        self._stuck_seconds: dict[Any, float] = {}
        self._committed: dict[Any, int] = {}
        self.trouble = ""

    async def run(self) -> None:
        """Runs until cancelled. Raises Stuck, naming the partition, after `_PATIENCE_SECONDS` without progress."""
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            self.check(_CHECK_SECONDS)

    def check(self, elapsed_seconds: float) -> None:
        consumer = self._app.consumer
        assigned = set(consumer.assignment())
        for gone in self._stuck_seconds.keys() - assigned:
            del self._stuck_seconds[gone]
        lag = 0
        waiting = self._waits_for()
        for partition in assigned:
            committed = consumer._committed_offset.get(partition) or 0  # noqa: SLF001 - Faust has no public way to ask
            end = consumer.highwater(partition) or 0
            lag += max(0, end - committed)
            moved = self._committed.get(partition) != committed
            self._committed[partition] = committed
            calm = moved or committed >= end or waiting
            waited = 0.0 if calm else self._stuck_seconds.get(partition, 0.0) + elapsed_seconds
            self._stuck_seconds[partition] = waited
            if waited >= _PATIENCE_SECONDS:
                raise Stuck(
                    f"agent {self._name}: {partition} has {end - committed} records waiting and none was finished for "
                    f"{waited:.0f} s"
                )
        LAG_RECORDS.labels(self._name).set(lag)
        longest = max(self._stuck_seconds.values(), default=0.0)
        self.trouble = waiting or (f"no progress for {longest:.0f} s" if longest > _PATIENCE_SECONDS / 2 else "")
