"""At most one log line of a kind in a while: a fleet that does the same thing wrong must not fill the disk."""

from __future__ import annotations

import time
from collections.abc import Callable

_SECONDS = 10.0
_MAX_KINDS = 1_000


class Throttle:
    """`allow(kind)` is None while the kind is to be kept quiet, else how many lines were kept back since the last."""

    def __init__(self, seconds: float = _SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._last: dict[str, float] = {}
        self._kept_back: dict[str, int] = {}

    def allow(self, kind: str) -> int | None:
        now = self._clock()
        last = self._last.get(kind)
        if last is not None and now - last < self._seconds:
            self._kept_back[kind] = self._kept_back.get(kind, 0) + 1
            return None
        self._last.pop(kind, None)
        if len(self._last) >= _MAX_KINDS and not self._drop_oldest(now):
            return None
        self._last[kind] = now
        return self._kept_back.pop(kind, 0)

    def _drop_oldest(self, now: float) -> bool:
        oldest = next(iter(self._last))
        if now - self._last[oldest] < self._seconds:
            return False
        del self._last[oldest]
        self._kept_back.pop(oldest, None)
        return True
