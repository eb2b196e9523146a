"""Try again for ever, with a capped back-off: the records are in Kafka and wait, and giving up would lose them.

The waiting is bounded from outside: an abandoned partition or the end of the drain wakes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from runtime.errors import Retriable
from sinks import metrics
from sinks.errors import PartitionLost

log = logging.getLogger(__name__)

FIRST_DELAY_SECONDS = 0.2
MAX_DELAY_SECONDS = 15.0

Result = TypeVar("Result")


async def until_done(
    call: Callable[[], Awaitable[Result]], target: str, abandon: asyncio.Event, first_delay: float = FIRST_DELAY_SECONDS
) -> Result:
    """The result of `call`, tried again after every Retriable but PartitionLost.

    Raises PartitionLost when `abandon` is set while it waits. `target` is a metric label: `clickhouse` or `kafka`.
    """
    delay = first_delay
    while True:
        try:
            return await call()
        except PartitionLost:
            raise
        except Retriable as error:
            metrics.RETRIES.labels(target).inc()
            log.warning("%s; trying again in %.1f s", error, delay)
        try:
            await asyncio.wait_for(abandon.wait(), delay)
        except TimeoutError:
            delay = min(delay * 2, MAX_DELAY_SECONDS)
        else:
            raise PartitionLost(f"given up while waiting for {target}")
