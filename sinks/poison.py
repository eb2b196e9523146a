"""Which rows ClickHouse refuses, found without writing anything, and when there are too many to be bad luck.

The named row is tried alone first, then what is left is halved. Rows are only read by ClickHouse meanwhile
(Database.check), so the range is still inserted once and whole, under its own token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from sinks.errors import InsertFailed, RowsRefused

# DESIGN 2.4: more than 20 in a row or 5 % end the process: a bad deploy must not empty a topic into the dead letters.
MAX_IN_A_ROW = 20
MAX_SHARE = 0.05

Check = Callable[[Sequence[bytes]], Awaitable[RowsRefused | None]]


class Brake:
    """Counts refused rows of one table over batches."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def allowed(self, rows: int) -> int:
        """How many of a batch of so many rows may be refused."""
        return max(MAX_IN_A_ROW - self._in_a_row, int(rows * MAX_SHARE))

    def count(self, rows: int, refused: int) -> None:
        self._in_a_row = self._in_a_row + refused if refused == rows else 0


async def find_refused(check: Check, rows: Sequence[bytes], first: RowsRefused, allowed: int) -> dict[int, str]:
    """Index and message of every row that is refused by itself.

    Raises InsertFailed when more than `allowed` are, or when none is although the whole was.
    """
    refused: dict[int, str] = {}
    if first.row is not None and first.row < len(rows) and (error := await check([rows[first.row]])):
        refused[first.row] = str(error)
    spans = [(0, len(rows))]
    while spans:
        start, end = spans.pop()
        indexes = [index for index in range(start, end) if index not in refused]
        error = await check([rows[index] for index in indexes]) if indexes else None
        if error is None:
            continue
        if len(indexes) == 1:
            refused[indexes[0]] = str(error)
            if len(refused) > allowed:
                raise InsertFailed(
                    f"ClickHouse refuses more than {allowed} of {len(rows)} rows: records and table do not fit "
                    f"together, so nothing was put aside. Are the migrations applied? The last message: {error}"
                )
        else:
            middle = indexes[len(indexes) // 2]
            spans += [(middle, end), (start, middle)]
    if not refused or len(refused) > allowed:
        raise InsertFailed(
            f"ClickHouse refuses a batch, {len(refused)} rows of it by themselves ({allowed} may): {first}"
        )
    return refused
