"""Stops a process whose code fails on too many rows. Source: DESIGN 2.4."""

from __future__ import annotations

from collections import deque

from processors.errors import BrakesPulled


class Brakes:
    """More than `in_a_row` failures in a row, or more than `share` of the last `window` rows, raise BrakesPulled."""

    def __init__(self, *, in_a_row: int = 20, window: int = 1000, share: float = 0.05) -> None:
        self._in_a_row_limit = in_a_row
        self._window = window
        self._window_limit = int(window * share)
        self._rows = 0
        self._in_a_row = 0
        self._failed_at: deque[int] = deque()

    def passed(self, rows: int) -> None:
        if rows:
            self._rows += rows
            self._in_a_row = 0

    def failed(self, error: BaseException) -> None:
        """Count one row that failed with an unexpected exception."""
        self._rows += 1
        self._in_a_row += 1
        self._failed_at.append(self._rows)
        while self._failed_at[0] <= self._rows - self._window:
            self._failed_at.popleft()
        if self._in_a_row > self._in_a_row_limit:
            raise BrakesPulled(
                f"{self._in_a_row} rows in a row failed unexpectedly, the last with {error!r}: mend the code, the rows "
                "are safe in their topic"
            ) from error
        if len(self._failed_at) > self._window_limit:
            raise BrakesPulled(
                f"{len(self._failed_at)} of the last {self._window} rows failed unexpectedly, the last with {error!r}: "
                "mend the code, the rows are safe in their topic"
            ) from error
