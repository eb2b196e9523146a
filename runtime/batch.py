"""Records on their way to one partition: the batch that fills, those that are full, and who waits for them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from runtime.errors import DeliveryFailed


class Batch:
    """Records of one partition that Kafka gets, and acknowledges, together."""

    __slots__ = ("_base_offset", "_expiry", "_failure", "_loop", "_waiters", "builder", "byte_count", "count")

    def __init__(self, builder: Any, deadline_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.builder = builder
        self.byte_count = 0
        self.count = 0
        self._base_offset: int | None = None
        self._failure = ""
        self._waiters: list[asyncio.Future[int]] = []
        self._expiry = self._loop.call_later(deadline_seconds, self._expire, deadline_seconds)

    def acked(self) -> asyncio.Future[int]:
        """To be awaited: base offset of the batch, once Kafka has it; DeliveryFailed on an error or at the deadline.

        A future for each caller, so that one who stops waiting hurts no other (asyncio.shield does the same for a
        fourteenth of what a request costs the edge).
        """
        waiter: asyncio.Future[int] = self._loop.create_future()
        if self._base_offset is not None:
            waiter.set_result(self._base_offset)
        elif self._failure:
            waiter.set_exception(DeliveryFailed(self._failure))
        else:
            self._waiters.append(waiter)
        return waiter

    def succeed(self, base_offset: int) -> None:
        if self._is_open():
            self._base_offset = base_offset
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(base_offset)

    def fail(self, message: str) -> None:
        if self._is_open():
            self._failure = message
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_exception(DeliveryFailed(message))

    def _is_open(self) -> bool:
        self._expiry.cancel()
        return self._base_offset is None and not self._failure

    def _expire(self, deadline_seconds: float) -> None:
        self.fail(f"Kafka did not acknowledge within {deadline_seconds:g} s")


class Lane:
    """What waits to go to one partition."""

    __slots__ = ("current", "full", "partition", "sender", "topic")

    def __init__(self, topic: str, partition: int) -> None:
        self.topic = topic
        self.partition = partition
        self.current: Batch | None = None
        self.full: deque[Batch] = deque()
        self.sender: asyncio.Task[None] | None = None

    def take(self) -> Batch | None:
        if self.full:
            return self.full.popleft()
        batch, self.current = self.current, None
        return batch
