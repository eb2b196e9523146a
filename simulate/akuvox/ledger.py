"""The stations' own account on disk: every row ever made, when a reader first got it, when and how it went.

Append-only files of tab-separated lines; times are epoch milliseconds:

    made.tsv      station, MAC, log, number, epoch, ID, local date, local time, name, kind, granted (1, 0 or empty),
                  relay, user id, code, made at
    served.tsv    station, log, number, first served at
    gone.tsv      station, log, number, how, at, times served, last served at
    happened.tsv  station, MAC, what, detail, at: clears, clock steps, reboots, upgrades, calls that write
    hints.tsv     station, MAC, row number or -, action URL key, HTTP status or error, sent at

A row is in made.tsv before a reader can get it. Loss that nobody could have prevented: gone and never served.
`code` is what was typed or shown: such ledgers are of simulated people only.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from simulate.akuvox.errors import FatalError
from simulate.akuvox.rows import Log, LogRow
from simulate.fleet.lines import LineFile, locked_folder, whole_lines

Gone = Literal["overwritten", "cleared", "deleted", "reset"]

MADE, SERVED, GONE, HAPPENED, HINTS = "made.tsv", "served.tsv", "gone.tsv", "happened.tsv", "hints.tsv"

Key = tuple[int, str, int]
"""Station, log, number."""


@dataclass(slots=True)
class LedgerRow:
    """One row that a station made. local: `YYYY-MM-DDTHH:MM:SS` of its clock. gone: empty while it is there."""

    station: int
    mac: str
    log: Log
    number: int
    epoch: int
    id: str
    local: str
    name: str
    kind: str
    granted: bool | None
    relay: int
    user_id: str
    code: str
    made_ms: int
    served_ms: int | None = None
    gone: Gone | Literal[""] = ""
    gone_ms: int | None = None
    last_served_ms: int | None = None

    @property
    def unseeable(self) -> bool:
        """Gone, and nobody ever got it."""
        return bool(self.gone) and self.served_ms is None


@dataclass(frozen=True, slots=True)
class Ledger:
    """rows: in the order in which they were made. happened: (station, MAC, what, detail, epoch milliseconds)."""

    rows: list[LedgerRow] = field(default_factory=list)
    happened: list[tuple[int, str, str, str, int]] = field(default_factory=list)


def read_ledger(folder: Path) -> Ledger:
    """Read what is on disk; a missing file is empty, a torn last line is left out. Raises FatalError on a bad line."""
    ledger = Ledger()
    rows: dict[Key, LedgerRow] = {}
    try:
        for made in _lines(folder / MADE, 15):
            row = _row(made)
            rows[row.station, row.log, row.number] = row
        for station, log, number, at in _lines(folder / SERVED, 4):
            rows[int(station), log, int(number)].served_ms = int(at)
        for station, log, number, how, at, _, last in _lines(folder / GONE, 7):
            row = rows[int(station), log, int(number)]
            row.gone, row.gone_ms = next(word for word in get_args(Gone) if word == how), int(at)
            row.last_served_ms = int(last) or None
        for station, mac, what, detail, at in _lines(folder / HAPPENED, 5):
            ledger.happened.append((int(station), mac, what, detail, int(at)))
    except (ValueError, KeyError, StopIteration) as error:
        raise FatalError(
            f"{folder}: a line of the ledger cannot be read ({error!r}); use a new ledger folder"
        ) from error
    ledger.rows.extend(rows.values())
    return ledger


def _row(made: list[str]) -> LedgerRow:
    station, mac, log, number, epoch, row_id, date, time, name, kind, granted, relay, user_id, code, at = made
    return LedgerRow(
        station=int(station),
        mac=mac,
        log="door" if log == "door" else "call",
        number=int(number),
        epoch=int(epoch),
        id=row_id,
        local=f"{date}T{time}",
        name=name,
        kind=kind,
        granted={"1": True, "0": False, "": None}[granted],
        relay=int(relay),
        user_id=user_id,
        code=code,
        made_ms=int(at),
    )


def _lines(path: Path, columns: int) -> Iterator[list[str]]:
    for number, line in whole_lines(path):
        fields = line[:-1].split("\t")
        if len(fields) != columns:
            raise FatalError(
                f"{path}, line {number}: {len(fields)} columns instead of {columns}; use a new ledger folder"
            )
        yield fields


class LedgerWriter:
    """Appends to the ledger. One process per folder: a second one is refused.

    The caller calls `flush` at least each second; a full buffer flushes by itself. Raises FatalError when the folder
    cannot be used; OSError of a full disk goes through and ends the stations.
    """

    def __init__(self, folder: Path) -> None:
        self._lock = locked_folder(folder, "another process", FatalError)
        self._made, self._served, self._gone, self._happened, self._hints = (
            LineFile(folder / name) for name in (MADE, SERVED, GONE, HAPPENED, HINTS)
        )
        self.counts = {"made": 0, "served": 0, "gone": 0, "gone_unserved": 0, "writes": 0, "hints": 0}

    def made(self, station: int, mac: str, row: LogRow) -> None:
        """Note a new row; it is on disk after the next `flush_made`."""
        self.counts["made"] += 1
        granted = "" if row.granted is None else str(int(row.granted))
        self._made.add(
            [
                f"{station}\t{mac}\t{row.log}\t{row.number}\t{row.epoch}\t{row.id}\t{row.date}\t{row.time}\t{_flat(row.name)}"
                f"\t{row.kind}\t{granted}\t{row.relay}\t{_flat(row.user_id)}\t{_flat(row.code)}\t{row.made_ms}\n"
            ]
        )

    def served(self, station: int, row: LogRow, at_ms: int) -> None:
        """Note that a reader got a row for the first time."""
        self.counts["served"] += 1
        self._served.add([f"{station}\t{row.log}\t{row.number}\t{at_ms}\n"])

    def gone(self, station: int, row: LogRow, how: Gone, at_ms: int) -> None:
        """Note that a row is there no more."""
        self.counts["gone"] += 1
        self.counts["gone_unserved"] += not row.served
        self._gone.add([f"{station}\t{row.log}\t{row.number}\t{how}\t{at_ms}\t{row.served}\t{row.last_served_ms}\n"])

    def happened(self, station: int, mac: str, what: str, detail: str, at_ms: int) -> None:
        """Note what was done to a station."""
        self.counts["writes"] += what == "write"
        self._happened.add([f"{station}\t{mac}\t{what}\t{_flat(detail)}\t{at_ms}\n"])

    def hint(self, station: int, mac: str, number: int | None, key: str, outcome: str, at_ms: int) -> None:
        """Note an action URL that was called."""
        self.counts["hints"] += 1
        self._hints.add([f"{station}\t{mac}\t{number or '-'}\t{key}\t{_flat(outcome)}\t{at_ms}\n"])

    def flush_made(self) -> None:
        """Hand the made rows to the operating system; call it before they can go to a reader."""
        self._made.flush()

    def flush(self) -> None:
        """Hand everything to the operating system, made rows first."""
        for file in (self._made, self._served, self._gone, self._happened, self._hints):
            file.flush()

    def close(self) -> None:
        """Flush and let the folder go."""
        try:
            self.flush()
        finally:
            for file in (self._made, self._served, self._gone, self._happened, self._hints):
                file.close()
            self._lock.close()


def _flat(text: str) -> str:
    """In one column of one line."""
    return " ".join(text.split())
