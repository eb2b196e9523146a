"""The life of transactions at a server: they arrive, can be seen, are edited and deleted, and vanish with a restore."""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from simulate.biotime.errors import require
from simulate.biotime.ledger import LedgerWriter, read_lines
from simulate.biotime.query import Queries
from simulate.biotime.store import Store, Transaction
from simulate.biotime.wall import parse
from simulate.fleet.clock import Clock, Timer

_CLOUD_BEFORE_FIRST_ID = 1_000_000
_CLOUD_GAPS = 0.3
_BLOCK = 50_000


class _Hidden(NamedTuple):
    row: Transaction
    timer: Timer


class Transactions:
    """What the database holds, the ledger in step with it.

    gone: called with rows that were deleted or vanished; their terminals may still hold them.
    shared: the ids are given to several companies (the cloud), so ours have gaps.
    """

    def __init__(
        self,
        ledger: LedgerWriter,
        clock: Clock,
        rng: random.Random,
        shared: bool,
        gone: Callable[[list[Transaction]], None],
    ) -> None:
        self.store = Store()
        self.queries = Queries(self.store)
        self.epoch = 1
        self.counts = {"arrived": 0, "deleted": 0, "edited": 0, "vanished": 0}
        self._ledger = ledger
        self._clock = clock
        self._rng = rng
        self._gone = gone
        self._gaps = _CLOUD_GAPS if shared else 0.0
        self._before_first_id = _CLOUD_BEFORE_FIRST_ID if shared else 0
        self._last_id = self._before_first_id
        self._hidden: dict[tuple[int, int], _Hidden] = {}
        self._unseen: dict[tuple[str, str, int], int] = {}

    @property
    def hidden(self) -> int:
        """Rows that have an id and cannot be seen yet."""
        return len(self._hidden)

    def holds(self, row: Transaction) -> bool:
        """Whether this employee's punch at this terminal in this second is there, seen or not."""
        return _who(row) in self._unseen or self.store.find(row) is not None

    def arrive(self, rows: Iterable[Transaction], hidden_seconds: float = 0.0) -> list[int]:
        """Take rows in and return their ids; a row that is there already keeps its id.

        hidden_seconds: so much later they can be seen, while later ids may be seen at once.
        """
        ids: list[int] = []
        fresh: list[tuple[int, Transaction]] = []
        for row in rows:
            row_id = self._unseen.get(_who(row)) or self.store.find(row)
            if row_id is None:
                row_id = self._unseen[_who(row)] = self._next_id()
                self.store.append(row_id, row)
                fresh.append((row_id, row))
            ids.append(row_id)
        self.counts["arrived"] += len(fresh)
        if hidden_seconds > 0:
            for row_id, row in fresh:
                self._hide_for(row_id, row, hidden_seconds)
        else:
            self._reveal(fresh)
        return ids

    def load(self, rows: Iterable[Transaction]) -> None:
        """Take in many rows at once, known to be all different and new."""
        block: list[tuple[int, Transaction]] = []
        first, at = len(self.store.ids), self._now_ms()
        for row in rows:
            row_id = self._next_id()
            self.store.append(row_id, row)
            block.append((row_id, row))
            if len(block) == _BLOCK:
                self._ledger.rows(self.epoch, block, at)
                block.clear()
        self._ledger.rows(self.epoch, block, at)
        self.store.show_all(range(first, len(self.store.ids)))

    def reload(self, folder: Path) -> None:
        """Hold what the ledger says. Raises FatalError on a bad line."""
        held: dict[int, Transaction] = {}
        for fields in read_lines(folder):
            match fields[0]:
                case "row":
                    row_id = int(fields[2])
                    state, verify, source = (int(one) for one in fields[7:10])
                    punch, upload = parse(fields[5]), parse(fields[6])
                    held[row_id] = Transaction(fields[4], fields[3], punch, upload, state, verify, source, fields[10])
                    self._last_id = max(self._last_id, row_id)
                case "deleted":
                    del held[int(fields[1])]
                case "edited":
                    old = held[int(fields[1])]
                    held[int(fields[1])] = replace(old, punch=parse(fields[2]), state=int(fields[3]))
                case _:
                    self.epoch, self._last_id = int(fields[1]), int(fields[2])
                    held = {row_id: row for row_id, row in held.items() if row_id <= self._last_id}
        for row_id in sorted(held):
            self.store.append(row_id, held[row_id])
        self.store.show_all(range(len(held)))

    def delete(self, row_id: int) -> bool:
        """Delete a row as an operator would; False when it cannot be seen."""
        slot = self.store.slot_of(row_id)
        if slot is None:
            return False
        self._ledger.deleted(row_id, self._now_ms())
        row = self.store.at(slot)
        self.store.hide(slot)
        self.counts["deleted"] += 1
        self._gone([row])
        return True

    def edit(self, row_id: int, state: int | None, punch: int | None) -> bool:
        """Change a row as an operator would; False when it cannot be seen."""
        slot = self.store.slot_of(row_id)
        if slot is None:
            return False
        old = self.store.at(slot)
        state, punch = old.state if state is None else state, old.punch if punch is None else punch
        self._ledger.edited(row_id, replace(old, state=state, punch=punch), self._now_ms())
        self.store.edit(slot, state=state, punch=punch)
        self.counts["edited"] += 1
        return True

    def restore(self, rows_lost: int) -> int:
        """Put an older copy of the database in place: the newest rows vanish. Returns the new epoch."""
        require(rows_lost >= 0, f"rows_lost is {rows_lost}: 0 or more")
        seen = self.store.by_id
        kept = max(0, len(seen) - rows_lost)
        kept_id = self.store.ids[seen[kept - 1]] if kept else self._before_first_id
        rows = [self.store.at(slot) for slot in seen[kept:]] + [hidden.row for hidden in self._hidden.values()]
        self.close()
        self.epoch += 1
        self._ledger.restored(self.epoch, kept_id, self._now_ms())
        self.store.cut(kept_id)
        self._last_id = kept_id
        self.counts["vanished"] += len(rows)
        self._gone(rows)
        return self.epoch

    def random_ids(self, count: int) -> list[int]:
        """Ids of rows that can be seen, at most so many, each once."""
        seen = self.store.by_id
        return [self.store.ids[seen[place]] for place in self._rng.sample(range(len(seen)), min(count, len(seen)))]

    def close(self) -> None:
        """Forget the rows that cannot be seen yet."""
        for hidden in self._hidden.values():
            hidden.timer.cancel()
        self._hidden.clear()
        self._unseen.clear()

    def _next_id(self) -> int:
        self._last_id += 1 + (self._gaps > 0 and self._rng.random() < self._gaps)
        return self._last_id

    def _hide_for(self, row_id: int, row: Transaction, seconds: float) -> None:
        key = (self.epoch, row_id)

        def reveal() -> None:
            del self._hidden[key]
            self._reveal([(row_id, row)])

        self._hidden[key] = _Hidden(row, self._clock.call_later(seconds, reveal))

    def _reveal(self, rows: list[tuple[int, Transaction]]) -> None:
        if rows:
            self._ledger.rows(self.epoch, rows, self._now_ms())
        for row_id, row in rows:
            self.store.show(self.store.place_of(row_id))
            self._unseen.pop(_who(row), None)

    def _now_ms(self) -> int:
        return int(self._clock.now() * 1000)


def _who(row: Transaction) -> tuple[str, str, int]:
    return row.emp_code, row.serial, row.punch
