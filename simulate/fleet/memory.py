"""What a terminal remembers: punches that nobody has acknowledged, and how it cuts them into bodies."""

import random
from collections import deque
from itertools import islice

from simulate.fleet.punches import Punch

CAPACITY = 100_000
"""Unacknowledged punches that a terminal holds; then nobody can punch there until some are acknowledged."""

BACKLOG_ROWS = (30, 150)
"""Least and most rows of a body while catching up (spec/zk-push.md L8)."""


class Memory:
    """The unacknowledged punches of one terminal, oldest first.

    records: punches ever made here. stamp: local second of the last acknowledged one, "" before the first.
    """

    def __init__(self, rng: random.Random, rows_per_body: int) -> None:
        self._rng = rng
        self._fixed = rows_per_body
        self._waiting: deque[Punch] = deque()
        self._sent = 0  # so many of the oldest were in a body before
        self._last_rows = 0
        self._behind = False
        self.records = 0
        self.stamp = ""

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def room(self) -> int:
        """How many punches may still be made."""
        return max(0, CAPACITY - len(self._waiting))

    def add(self, punch: Punch) -> None:
        """A new punch."""
        self._waiting.append(punch)
        self.records += 1

    def fall_behind(self) -> None:
        """There was an outage: send batches until nothing waits."""
        self._behind = True

    def body(self, attempt: int, realtime: bool) -> tuple[list[Punch], int]:
        """The oldest punches for the next body, and how many of them were sent before.

        `rows_per_body` of them while keeping up; while catching up, or in a try after a failed one (attempt above 0),
        a batch whose border is another one each time.
        """
        waiting = len(self._waiting)
        catching_up = self._behind or not realtime or waiting >= BACKLOG_ROWS[0]
        if attempt == 0 and (self._fixed > 1 or not catching_up):
            rows = min(self._fixed, waiting)
        else:
            rows = min(self._rng.randint(*BACKLOG_ROWS), waiting)
            if attempt > 0 and rows == self._last_rows and rows > 1:
                rows -= 1
        again = min(rows, self._sent)
        self._sent = max(rows, self._sent)
        self._last_rows = rows
        return list(islice(self._waiting, rows)), again

    def forget(self, rows: int) -> None:
        """So many of the oldest are acknowledged."""
        for _ in range(rows):
            self.stamp = self._waiting.popleft().second
        self._sent = max(0, self._sent - rows)
        if not self._waiting:
            self._behind = False
