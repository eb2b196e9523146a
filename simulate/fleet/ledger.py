"""The fleet's own account on disk: which punches were made, which were acknowledged.

Two append-only files of tab-separated lines: made.tsv (serial, PIN as printed, local second, made at) and acked.tsv
(the same with acknowledged at); the last column is epoch milliseconds. Made punches reach the file before they reach
the wire, so the ledger is complete even when the fleet is killed; only losing the machine's page cache can hurt it.
An acknowledgement may be missing after a kill: that punch is sent again, as after a lost reply.
All that is not a punch has files of its own (events.py).
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simulate.fleet.errors import FatalError
from simulate.fleet.events import EventWriter
from simulate.fleet.lines import LineFile, locked_folder, whole_lines
from simulate.fleet.punches import Punch, normal_pin

MADE = "made.tsv"
ACKED = "acked.tsv"

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Punches as (serial in upper case, normalised PIN, local second `YYYY-MM-DDTHH:MM:SS`)."""

    made: set[Key]
    acked: set[Key]


def read_ledger(folder: Path) -> Ledger:
    """Read what is on disk; a missing file is empty, a torn last line is left out. Raises FatalError on a bad line."""
    known: dict[Key, Key] = {}  # one tuple per punch, shared by both sets: ledgers have millions of lines
    texts: dict[str, str] = {}

    def keys(name: str) -> Iterator[Key]:
        for serial, pin, second in read_lines(folder / name):
            key = (
                sys.intern(serial.upper()),
                sys.intern(normal_pin(pin)),
                texts.setdefault(second, second),
            )
            yield known.setdefault(key, key)

    return Ledger(made=set(keys(MADE)), acked=set(keys(ACKED)))


def read_lines(path: Path) -> Iterator[Key]:
    """(serial, PIN, local second) of every whole line, as written. Raises FatalError on a line that is not one."""
    for number, line in whole_lines(path):
        fields = line.split("\t")
        if len(fields) != 4:
            raise FatalError(f"{path}, line {number}: {len(fields)} columns instead of 4; use a new ledger folder")
        yield fields[0], fields[1], fields[2]


class LedgerWriter:
    """Appends to the ledger; `events` to its other half. One fleet per folder: a second one is refused.

    The caller calls `flush` at least each second; a full buffer flushes by itself. Raises FatalError when the folder
    cannot be used; OSError of a full disk goes through and ends the fleet.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = locked_folder(folder, "another fleet", FatalError)
        self._made = LineFile(folder / MADE)
        self._acked = LineFile(folder / ACKED)
        self.events = EventWriter(folder)

    def made(self, serial: str, punch: Punch, at_ms: int) -> None:
        """Note a new punch; it is on disk after the next `flush_made`."""
        self._made.add([f"{serial}\t{punch.pin}\t{punch.second}\t{at_ms}\n"])

    def acked(self, serial: str, punches: list[Punch], at_ms: int) -> None:
        """Note acknowledged punches."""
        self._acked.add([f"{serial}\t{punch.pin}\t{punch.second}\t{at_ms}\n" for punch in punches])

    def flush_made(self) -> None:
        """Hand the made punches to the operating system; call it before they go over the wire."""
        self._made.flush()

    def flush(self) -> None:
        """Hand everything to the operating system."""
        self._made.flush()
        self._acked.flush()
        self.events.flush()

    def close(self) -> None:
        """Flush and let the folder go."""
        try:
            self.flush()
        finally:
            self.events.close()
            self._made.close()
            self._acked.close()
            self._lock.close()
