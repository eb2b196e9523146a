"""Reading a stretch of punch times in slices that fit into memory: where it is, how long the next is (B-2.13). Pure.

A slice begins as one day; it is halved while the server counts more than 5,000 rows in it, and doubled after one that
is nearly empty, so that ten years without a row cost a few requests and a day of 100,000 rows some more. Without a
first day it begins as a century.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from connectors.source import Json

SLICE_ROWS: Final = 5_000
DAY: Final = 86_400
_LONGEST: Final = 36_500 * DAY
FIRST_DAY: Final = "1902-01-01T00:00:00"  # a server's "never" is 1901
LAST_DAY: Final = "2200-01-01T00:00:00"  # beyond every clock that is merely wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """What is still to be read: punch times from `at` up to, not including, `until`.

    base: highest id when it began: rows up to it are this reader's alone, above it the live scan's as well; None: an
    operator asked, and every row goes out again. after_id: where it is on a server that ignores filters, and which is
    therefore read by id.
    """

    at: str
    until: str
    width: int = DAY
    base: int | None = None
    after_id: int = 0

    @property
    def first(self) -> bool:
        """The first reading of an epoch, before which nothing can be compared."""
        return self.base is not None

    @property
    def done(self) -> bool:
        return self.at >= self.until

    @property
    def end(self) -> str:
        """Where the next slice ends; the row of that very second belongs to the slice after it."""
        return min(_later(self.at, self.width), self.until)

    def halved(self) -> Backfill | None:
        """None: a slice of a second is read whole, however much is in it."""
        return None if self.width <= 1 else replace(self, width=self.width // 2)

    def advanced(self, rows: int) -> Backfill:
        width = min(self.width * 2, _LONGEST) if rows < SLICE_ROWS // 4 else self.width
        return replace(self, at=self.end, width=width)


def first_backfill(start: date | None, base: int) -> Backfill:
    """start: the first day that is read; None: all that the server holds."""
    at = FIRST_DAY if start is None else f"{start.isoformat()}T00:00:00"
    return Backfill(at=at, until=LAST_DAY, width=_LONGEST if start is None else DAY, base=base)


def asked_backfill(first: date, last: date) -> Backfill:
    """Both days included."""
    return Backfill(at=f"{first.isoformat()}T00:00:00", until=_later(f"{last.isoformat()}T00:00:00", DAY))


def backfill_to_json(backfill: Backfill) -> Json:
    return asdict(backfill)


def backfill_from_json(kept: Json) -> Backfill:
    return Backfill(**kept)


def _later(time: str, seconds: int) -> str:
    return (datetime.fromisoformat(time) + timedelta(seconds=seconds)).isoformat()
