"""A log of a station: the newest rows; the oldest is overwritten when it is full."""

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice

from simulate.akuvox.ledger import Gone, LedgerWriter
from simulate.akuvox.rows import Log, LogRow


class LogRing:
    """The rows of one log of one station, and their account.

    epoch: goes up whenever IDs start at 1 again. Times are epoch milliseconds.
    """

    def __init__(self, log: Log, size: int, station: int, ledger: LedgerWriter) -> None:
        self.log = log
        self.epoch = 1
        self._size = size
        self._station = station
        self._ledger = ledger
        self._rows: deque[LogRow] = deque()
        self._next_id = 1
        self._next_number = 1

    def __len__(self) -> int:
        return len(self._rows)

    def restore(self, rows: Iterable[LogRow], epoch: int, next_id: int, next_number: int) -> None:
        """Put back what an earlier run left, oldest first."""
        self._rows.extend(rows)
        self.epoch, self._next_id, self._next_number = epoch, next_id, next_number

    def add(self, mac: str, make: Callable[[int, int, int], LogRow]) -> LogRow:
        """Append the row that `make` returns for (number, epoch, id), after the oldest made room."""
        row = make(self._next_number, self.epoch, self._next_id)
        self._next_number += 1
        self._next_id += 1
        self._trim(self._size - 1, row.made_ms)
        self._rows.append(row)
        self._ledger.made(self._station, mac, row)
        return row

    def resize(self, size: int, at_ms: int) -> None:
        """Hold so many rows from now on."""
        self._size = size
        self._trim(size, at_ms)

    def clear(self, how: Gone, at_ms: int, *, restart_ids: bool, only_kind: str = "") -> None:
        """Forget all rows, or those of one kind."""
        gone = [row for row in self._rows if not only_kind or row.kind == only_kind]
        self._rows = deque(row for row in self._rows if only_kind and row.kind != only_kind)
        for row in gone:
            self._ledger.gone(self._station, row, how, at_ms)
        if restart_ids:
            self.epoch += 1
            self._next_id = 1

    def delete(self, row_id: str, at_ms: int) -> bool:
        """Forget the row with this ID. Returns whether there was one."""
        for row in self._rows:
            if str(row.id) == row_id:
                self._rows.remove(row)
                self._ledger.gone(self._station, row, "deleted", at_ms)
                return True
        return False

    def newest(self, start: int = 0, count: int | None = None, kind: str = "") -> list[LogRow]:
        """Rows from the newest on; those of one kind only where it is given."""
        rows: Iterable[LogRow] = reversed(self._rows)
        if kind:
            rows = (row for row in rows if row.kind == kind)
        return list(islice(rows, start, None if count is None else start + count))

    def served(self, rows: Iterable[LogRow], at_ms: int) -> None:
        """A reader got these rows."""
        for row in rows:
            if not row.served:
                self._ledger.served(self._station, row, at_ms)
            row.served += 1
            row.last_served_ms = at_ms

    def _trim(self, size: int, at_ms: int) -> None:
        while len(self._rows) > size:
            self._ledger.gone(self._station, self._rows.popleft(), "overwritten", at_ms)
