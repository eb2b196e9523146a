"""How far a log of a station was read (spec/connectors.md B-3). Pure.

No timestamp is in it: rows of one second would be dropped, and a clock that is set back would hide everything until it
has caught up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Final

from connectors.akuvox.fingerprints import Known, Seen, load_known
from connectors.source import Json

TIGHT_INTERVALS: Final = 3  # B-3 2
FULL_PAGE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """begun: it was read once; epoch: of the IDs; last: ID, Date and Time of the newest row that was emitted; number:
    the newest ID that is a number; empty: the log had no row when it was read last; num: how many rows it had then,
    where the station says so; ring: how many it holds at most, once that was seen; peak: greatest rows per second;
    whole_for: the firmware that ignores pages, None: it does not; promise: a new epoch whose rows are about to go out,
    and what its first and its last row are known by; rescans, epochs: orders that were done."""

    begun: bool = False
    epoch: int = 1
    last: Json | None = None
    number: int | None = None
    empty: bool = False
    num: int | None = None
    ring: int | None = None
    peak: float = 0.0
    whole_for: str | None = None
    promise: tuple[int, ...] = ()
    rescans: int = 0
    epochs: int = 0

    def is_tight(self, every_seconds: float) -> bool:
        """At its peak rate the ring is overwritten within three polls (B-3 2)."""
        return self.ring is not None and self.ring <= self.peak * TIGHT_INTERVALS * every_seconds


def to_json(cursor: Cursor, known: Known) -> Json:
    return {**asdict(cursor), "total": known.total, "prints": known.begun()}


def load(name: str, get: Callable[[str], Json | None]) -> tuple[Cursor, Known]:
    """As it was saved; a new one where there is nothing."""
    kept = get(name)
    if kept is None:
        return Cursor(), Known()
    named = {field.name for field in fields(Cursor)}
    values = {key: value for key, value in kept.items() if key in named}
    cursor = Cursor(**{**values, "promise": tuple(kept["promise"])})
    return cursor, load_known(name, kept["total"], kept["prints"], get)


def coordinates(row: Seen) -> Json:
    """What is said of a row in a cursor and in a gap: no name and no code."""
    return {name: row.body[name] for name in ("ID", "Date", "Time") if name in row.body}


def measured(num: int | None, previous: Cursor, *, new: int, seconds: float, whole: bool) -> tuple[int | None, float]:
    """(ring, peak) after `new` rows in so many seconds; whole: nothing was missed. A ring is full when rows come and
    their number stays; it is larger than was thought when the number goes on."""
    ring, peak = previous.ring, previous.peak
    if whole and new:
        peak = max(peak, new / seconds)
        if num is not None and num > FULL_PAGE and num == previous.num:
            ring = num
    if num is not None and ring is not None and num > ring:
        ring = None
    return ring, peak
