"""Event time while a derivation asks about it: up to when everything is surely known. Source: B13; DESIGN 5."""

from __future__ import annotations


class EventTime:
    """at_ms: epoch ms, None is the end of time. due_ms: the least event time at which one of the answers so far would
    have been another, None when all are settled for ever. Since a derivation asks nothing else of time, it gives the
    same at every event time from at_ms until just before due_ms."""

    __slots__ = ("at_ms", "due_ms")

    def __init__(self, at_ms: int | None) -> None:
        self.at_ms = at_ms
        self.due_ms: int | None = None

    def has_passed(self, at: int, *, matters: bool = True) -> bool:
        """Event time is strictly after an instant (epoch seconds). matters: False when nobody looks at what depends on
        the answer: then it is not noted."""
        if self.at_ms is None or self.at_ms > at * 1000:
            return True
        if matters and (self.due_ms is None or at * 1000 < self.due_ms):
            self.due_ms = at * 1000 + 1
        return False
