"""The live scan's decisions, page by page: newest arrivals first, down to watermark and overlap (B-2.2, 3). Pure.

What is compared with an upload time is an upload time of the same server, so its zone does not matter; only a clock
that goes back does: in the hour that is lived twice, the new rows sort below the old ones, so the overlap is longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from connectors.biotime.cursor import Cursor
from connectors.biotime.rows import SeenRow, newest_upload

MAX_SCANNED: Final = 10_000  # rows in memory; a longer backlog is read by id, where it can be saved on the way
_AROUND: Final = timedelta(hours=3)  # no zone sets its clock back by more at once


class Step(Enum):
    MORE = auto()
    REACHED = auto()  # everything down to the overlap was seen
    UNSORTED = auto()  # the server ignored the order, or has no upload times to order by
    TOO_MUCH = auto()


def sort_proof(uploads: Sequence[str]) -> bool | None:
    """Of one page, which is one query: False when it rises, True when it falls and never rises, None when it cannot
    tell. Never across pages: rows that arrive meanwhile push others onto the next page."""
    if any(later > earlier for earlier, later in pairwise(uploads)):
        return False
    return True if uploads and uploads[0] > uploads[-1] else None


def scan_floor(watermark: str | None, overlap: timedelta, zone: ZoneInfo) -> str | None:
    """The upload time down to which the scan reads; None: all of it."""
    if watermark is None:
        return None
    newest = datetime.fromisoformat(watermark)
    before = (newest - _AROUND).replace(tzinfo=zone, fold=0).utcoffset() or timedelta(0)
    after = (newest + _AROUND).replace(tzinfo=zone, fold=1).utcoffset() or timedelta(0)
    return (newest - overlap - max(timedelta(0), before - after)).isoformat()


@dataclass(slots=True)
class ArrivalScan:
    """One scan. found: rows not known yet, by id; seen: all rows of the window. A page that proves that the order was
    ignored ends it: what was found stands, and the tail scan goes on from there."""

    cursor: Cursor
    floor: str | None
    found: dict[int | str, SeenRow] = field(default_factory=dict)
    seen: list[SeenRow] = field(default_factory=list)
    proof: bool | None = None

    def take(self, rows: Sequence[SeenRow]) -> Step:
        uploads = [row.upload for row in rows if row.upload is not None]
        proof = sort_proof(uploads)
        if proof is False or (rows and not uploads):
            self.proof = False
            return Step.UNSORTED
        self.proof = proof if self.proof is None else self.proof
        for row in rows:
            if row.upload is not None and self.floor is not None and row.upload < self.floor:
                return Step.REACHED
            self.seen.append(row)
            if self.cursor.is_new(row):
                self.found[row.whole if row.id is None else row.id] = row
        return Step.TOO_MUCH if len(self.seen) >= MAX_SCANNED else Step.MORE

    @property
    def newest(self) -> str | None:
        return newest_upload(self.seen)
