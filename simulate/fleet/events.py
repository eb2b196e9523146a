"""The ledger of everything but punches: operations, photos, users, fingerprints, errors, door events.

Two append-only files beside made.tsv and acked.tsv, made when the first such event happens: events-made.tsv and
events-acked.tsv. A line is kind, serial, id and epoch milliseconds, tab-separated. An event is written to the first
before it goes over the wire, and to the second when the server has acknowledged the body that it was in. Ids are
unique per kind and terminal, but for users and fingerprints, where they say who it is:

    operation    <local second YYYY-MM-DDTHH:MM:SS>/<code>     no two of a terminal have the same second
    photo        <YYYYMMDDHHMMSS>-<PIN>                        as in the PIN= line of its body
    user         <PIN>
    fingerprint  <PIN>/<finger>
    error        <ErrCode>/<CmdId>
    door         <index>/<local second>

An audit: what is acknowledged must be found, what is found must have been made. What was made and not acknowledged
when the fleet ended is not sent by the next run (punches are): it may be found or not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from simulate.fleet.errors import FatalError
from simulate.fleet.lines import LineFile, whole_lines

Kind = Literal["operation", "photo", "user", "fingerprint", "error", "door"]
Event = tuple[Kind, str]
"""Kind and id."""

MADE = "events-made.tsv"
ACKED = "events-acked.tsv"


@dataclass(frozen=True, slots=True)
class Events:
    """Events as (kind, serial, id)."""

    made: set[tuple[str, str, str]]
    acked: set[tuple[str, str, str]]


def read_events(folder: Path) -> Events:
    """Read what is on disk; a missing file is empty, a torn last line is left out. Raises FatalError on a bad line."""
    return Events(*(set(_read(folder / name)) for name in (MADE, ACKED)))


def _read(path: Path) -> Iterable[tuple[str, str, str]]:
    for number, line in whole_lines(path):
        fields = line.split("\t")
        if len(fields) != 4:
            raise FatalError(f"{path}, line {number}: {len(fields)} columns instead of 4; use a new ledger folder")
        yield fields[0], fields[1], fields[2]


class EventWriter:
    """Appends events; the folder is the ledger's, which is locked. Nothing is opened before the first event."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: LineFile | None = None
        self._acked: LineFile | None = None

    def made(self, serial: str, events: Iterable[Event], at_ms: int) -> None:
        """Note new events; they are handed to the operating system at once."""
        if self._made is None:
            self._made = LineFile(self._folder / MADE)
            self._acked = LineFile(self._folder / ACKED)
        self._made.add([f"{kind}\t{serial}\t{name}\t{at_ms}\n" for kind, name in events])
        self._made.flush()

    def acked(self, serial: str, events: Iterable[Event], at_ms: int) -> None:
        """Note acknowledged events; `flush` hands them to the operating system."""
        if self._acked is not None:
            self._acked.add([f"{kind}\t{serial}\t{name}\t{at_ms}\n" for kind, name in events])

    def flush(self) -> None:
        """Hand everything to the operating system."""
        if self._acked is not None:
            self._acked.flush()

    def close(self) -> None:
        """Flush and close."""
        for file in (self._made, self._acked):
            if file is not None:
                file.close()
