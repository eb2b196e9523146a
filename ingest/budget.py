"""How many body bytes the edge may hold. Full: 503 at once, the device keeps its records. Source: DESIGN 8."""

from __future__ import annotations

from collections.abc import Callable

from ingest.errors import Reason, Retriable


class Budget:
    """Bytes of bodies being read, plus those that the producer has and Kafka has not settled yet.

    The latter outlive their requests: a request that was answered 503 at the ack deadline leaves its bytes with the
    producer, so they go on counting.
    """

    def __init__(self, limit: int, unsettled: Callable[[], int]) -> None:
        self.limit = limit
        self._unsettled = unsettled
        self._reading = 0

    @property
    def in_flight(self) -> int:
        return self._reading + self._unsettled()

    def check(self, count: int) -> None:
        """Raises Retriable when `count` more bytes do not fit."""
        if self._reading + self._unsettled() + count > self.limit:
            raise Retriable(Reason.BUDGET_FULL, "busy, send again later\n")

    def take(self, count: int) -> None:
        """Raises Retriable as `check` does; nothing is taken then."""
        self.check(count)
        self._reading += count

    def give_back(self, count: int) -> None:
        self._reading -= count
