"""The server's account on disk: every transaction that could ever be seen, and what became of it.

One append-only file of tab-separated lines, ledger.tsv, in the order in which things happened:

    row       epoch  id  serial  emp_code  punch_time  upload_time  state  verify  source  work_code  visible_at
    deleted   id  at
    edited    id  punch_time  state  at
    restored  epoch  kept_id  at         all rows with a greater id are gone, their ids will be given again

Times of rows are as served; visible_at and at are epoch milliseconds. A row is in the file before it can be served. An
id belongs to the last row that got it. The file is the server's database too: what it says is what the server holds.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from simulate.biotime.errors import FatalError
from simulate.biotime.store import Transaction
from simulate.biotime.wall import text
from simulate.fleet.lines import LineFile, locked_folder, whole_lines

FILE = "ledger.tsv"

Key = tuple[int, int]
"""Epoch in which a row could first be seen, and its id."""

_COLUMNS = {"row": 12, "deleted": 3, "edited": 5, "restored": 4}


class Row(NamedTuple):
    """A transaction as it was first served; state, verify and source as numbers in text."""

    serial: str
    emp_code: str
    punch_time: str
    upload_time: str
    state: str
    verify: str
    source: str
    work_code: str
    visible_at_ms: int


@dataclass(slots=True)
class Ledger:
    """rows: all that could ever be seen. living: what can be seen now, by id. edited: the latest (punch_time, state).

    deleted: by an operator. vanished: lost when the database was restored.
    """

    rows: dict[Key, Row] = field(default_factory=dict)
    living: dict[int, Key] = field(default_factory=dict)
    deleted: set[Key] = field(default_factory=set)
    edited: dict[Key, tuple[str, str]] = field(default_factory=dict)
    vanished: set[Key] = field(default_factory=set)
    epoch: int = 1


def read_ledger(folder: Path) -> Ledger:
    """Read what is on disk; no file is empty, a torn last line is left out. Raises FatalError on a bad line."""
    ledger = Ledger()
    for fields in read_lines(folder):
        match fields[0]:
            case "row":
                epoch, row_id, serial, emp_code = int(fields[1]), int(fields[2]), fields[3], fields[4]
                state, verify, source, work_code = (sys.intern(one) for one in fields[7:11])
                ledger.living[row_id] = (epoch, row_id)
                ledger.rows[epoch, row_id] = Row(
                    sys.intern(serial),
                    sys.intern(emp_code),
                    fields[5],
                    sys.intern(fields[6]),
                    state,
                    verify,
                    source,
                    work_code,
                    int(fields[11]),
                )
            case "deleted":
                ledger.deleted.add(ledger.living.pop(int(fields[1])))
            case "edited":
                ledger.edited[ledger.living[int(fields[1])]] = (fields[2], fields[3])
            case _:
                ledger.epoch = int(fields[1])
                for row_id in [row_id for row_id in ledger.living if row_id > int(fields[2])]:
                    ledger.vanished.add(ledger.living.pop(row_id))
    return ledger


def read_lines(folder: Path) -> Iterator[list[str]]:
    """The columns of every whole line. Raises FatalError on a line that is none of ours."""
    path = folder / FILE
    for number, line in whole_lines(path):
        fields = line.rstrip("\n").split("\t")
        if len(fields) != _COLUMNS.get(fields[0]):
            raise FatalError(f"{path}, line {number}: not a line of a ledger; use a new ledger folder")
        yield fields


class LedgerWriter:
    """Appends to the ledger. One server per folder: a second one is refused. Everything is flushed at once.

    Raises FatalError when the folder cannot be used; OSError of a full disk goes through and ends the server.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = locked_folder(folder, "another server", FatalError)
        self._file = LineFile(folder / FILE)

    def rows(self, epoch: int, rows: Iterable[tuple[int, Transaction]], at_ms: int) -> None:
        """Note rows, which may be served afterwards."""
        self._file.add([_line(epoch, row_id, row, at_ms) for row_id, row in rows])
        self._file.flush()

    def deleted(self, row_id: int, at_ms: int) -> None:
        """Note a row that an operator deleted."""
        self._note(f"deleted\t{row_id}\t{at_ms}\n")

    def edited(self, row_id: int, row: Transaction, at_ms: int) -> None:
        """Note what a row is from now on."""
        self._note(f"edited\t{row_id}\t{text(row.punch)}\t{row.state}\t{at_ms}\n")

    def restored(self, epoch: int, kept_id: int, at_ms: int) -> None:
        """Note that the rows above an id are gone."""
        self._note(f"restored\t{epoch}\t{kept_id}\t{at_ms}\n")

    def close(self) -> None:
        """Let the folder go."""
        try:
            self._file.close()
        finally:
            self._lock.close()

    def _note(self, line: str) -> None:
        self._file.add([line])
        self._file.flush()


def _line(epoch: int, row_id: int, row: Transaction, at_ms: int) -> str:
    return (
        f"row\t{epoch}\t{row_id}\t{row.serial}\t{row.emp_code}\t{text(row.punch)}\t{text(row.upload)}\t{row.state}"
        f"\t{row.verify}\t{row.source}\t{row.work_code}\t{at_ms}\n"
    )
