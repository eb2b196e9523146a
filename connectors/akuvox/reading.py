"""One reading of a log, page by page, and what it shows (spec/connectors.md B-3 1, 2, 4, 10). Pure.

Pages come newest first, and slide while they are read: rows that arrive push others down, rows that somebody deletes
pull them up. So a row counts once by its fingerprint, and a page that lacks rows is read again. It goes on until the
oldest row of a page is known, not just some row: after a restart of IDs a new row can look like an old one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby
from typing import Final

from connectors.akuvox.fingerprints import Known, Seen, SeenRow, marks
from connectors.akuvox.logcursor import FULL_PAGE, Cursor, coordinates
from connectors.source import Json
from wire.akuvox.rows import LogPage
from wire.akuvox.times import local_time

_WEAK_TAIL: Final = 3  # so many rows without a time must be known, one with a time is enough
Row = tuple[Json, int | None]
_REPEATED: Final = 3  # times the same page: behind its end a list may show its last page for ever


class Step(Enum):
    """MORE: `next_page`; WHOLE: the log without pages; DONE."""

    MORE = "more"
    WHOLE = "whole"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Gap:
    """Rows may have been there that nobody could read. last_known, oldest: their ID, date and time."""

    epoch: int
    last_known: Json | None
    oldest: Json | None
    num: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """batches: epoch of the IDs, and rows with their occurrence (None: it has an ID), oldest first; gap: goes out
    before them; cursor, known: to be saved when all is acknowledged."""

    batches: tuple[tuple[int, tuple[Row, ...]], ...]
    gap: Gap | None
    cursor: Cursor
    known: Known

    @property
    def rows(self) -> int:
        return sum(len(rows) for _, rows in self.batches)


class Reading:
    """to_the_end: also below known rows. since: rows of a day before it (ISO) are known, but do not go out."""

    def __init__(
        self,
        cursor: Cursor,
        known: Known,
        seen_row: SeenRow,
        *,
        whole: bool = False,
        to_the_end: bool = False,
        since: str = "",
    ) -> None:
        self.next_page: int | None = None if whole else 1
        self.ignores_pages = False
        self.num: int | None = None
        self._cursor = cursor
        self._known = known
        self._prints = frozenset(known.prints)
        self._seen_row = seen_row
        self._to_the_end = to_the_end
        self._since = since
        self._rows: list[Seen] = []
        self._marks: list[tuple[int, int]] = []
        self._tail = 0
        self._aside: list[Seen] = []  # rows of pages that came too early
        self._read: set[int] = set()
        self._last: LogPage | None = None
        self._repeated = 0

    def take(self, page: LogPage) -> Step:
        """What to read next."""
        if self.next_page is None:
            return self._take_whole(page)
        rows = [self._seen_row(body) for body in page.rows]
        fresh = [row for row in rows if row.print not in self._read or not row.has_id]
        if self.next_page == 1 and len(rows) > FULL_PAGE:
            self._rows = rows
            return self._whole(ignores_pages=True)
        if self.next_page == 2 and rows and page == self._last:
            return self._whole(ignores_pages=True)
        slid = self._slid_up(page)
        if slid and rows:
            self._aside += fresh
            self.next_page = max(1, self.next_page - slid)
            return Step.MORE
        if self._rows and len(fresh) == len(rows) and self._has_jumped(fresh):
            self._rows = fresh + self._rows
            return self._whole()
        self._add(rows, fresh)
        self._find_tail()
        if self._tail and not self._to_the_end:
            return self._done()
        if not all(row.has_id for row in rows):
            return self._whole()  # who is who on the next page nobody could tell
        self._repeated = self._repeated + 1 if self._last is not None and page.rows == self._last.rows else 0
        self._last = page
        if not rows or self._repeated == _REPEATED or self._is_last(page):
            return self._done()
        self.next_page += 1
        return Step.MORE

    def _add(self, rows: Sequence[Seen], fresh: Sequence[Seen]) -> None:
        """Rows above one that was read have arrived meanwhile; those below follow what was read."""
        again = next((at for at, row in enumerate(rows) if row.has_id and row.print in self._read), None)
        newer = [row for row in rows[:again] if row.print not in self._read] if self._rows and again else []
        self._rows = [*newer, *self._rows, *fresh[len(newer) :]]
        self._read.update(row.print for row in rows)

    def _has_jumped(self, rows: Sequence[Seen]) -> bool:
        """A page that does not follow what was read: more rows than a page came in between, or IDs began anew there."""
        above, below = self._rows[-1].number, next((row.number for row in rows), None)
        return above is not None and below is not None and below >= above

    def _whole(self, *, ignores_pages: bool = False) -> Step:
        self.next_page, self.ignores_pages = None, ignores_pages
        return Step.WHOLE

    def _take_whole(self, page: LogPage) -> Step:
        rows = [self._seen_row(body) for body in page.rows]
        self._read = {row.print for row in rows}
        # What pages showed before, and somebody deleted since, was seen all the same.
        gone: list[Seen] = []
        before: dict[int, list[Seen]] = {}
        for row in self._rows:
            if row.print in self._read:
                before[row.print], gone = gone, []
            else:
                gone.append(row)
        self._aside = gone + self._aside
        self._rows = [one for row in rows for one in (*before.pop(row.print, ()), row)]
        self.num = len(rows) if page.num is None else page.num
        self._find_tail()
        return self._done()

    def _done(self) -> Step:
        """Rows of pages that came too early, and are not there any more, are older than all others that are new."""
        left = [row for row in self._aside if row.print not in self._read and not self._is_known(row, row.print)]
        at = len(self._rows) - self._tail
        self._rows[at:at] = left
        self._marks = marks(self._rows) if left else self._marks
        return Step.DONE

    def _slid_up(self, page: LogPage) -> int:
        """Pages to go back because somebody deleted rows meanwhile. Takes the number that the station says, if that is
        of the whole log."""
        num = page.num if page.num is not None and (page.num > FULL_PAGE or len(page.rows) < FULL_PAGE) else None
        fell = (self.num or 0) - num if num is not None else 0
        self.num = self.num if num is None else num
        return -(-fell // FULL_PAGE) if fell > 0 else 0

    def _is_last(self, page: LogPage) -> bool:
        if self.num is not None:
            return len(self._rows) >= self.num
        return len(page.rows) < FULL_PAGE

    def _find_tail(self) -> None:
        """How many rows at the bottom of what was read are known; 0 when they do not prove that the rest is, too. Of a
        log that came whole the part down to there is kept."""
        self._marks = marks(self._rows)
        known = [self._is_known(row, mark) for row, (mark, _) in zip(self._rows, self._marks, strict=True)]
        whole = len(known)
        ends = (
            [*range(FULL_PAGE, whole, FULL_PAGE), whole] if self.next_page is None and not self._to_the_end else [whole]
        )
        for end in ends:
            self._tail = self._proven(known[:end])
            if self._tail:
                del self._rows[end:], self._marks[end:]
                return

    def _proven(self, known: Sequence[bool]) -> int:
        tail = next((count for count, is_known in enumerate(reversed(known)) if not is_known), len(known))
        enough = _WEAK_TAIL if tail and self._rows[len(known) - 1].is_weak else 1
        return tail if tail >= min(enough, len(known)) else 0

    def _is_known(self, row: Seen, mark: int) -> bool:
        if mark not in self._prints:
            return False
        newest = self._cursor.number
        return not row.is_weak or row.number is None or newest is None or row.number <= newest

    def _used(self) -> Cursor:
        """Rows of a promised epoch may have gone out before a crash. Where they are not there any more, that epoch is
        used up; where they are, it comes again by itself."""
        epoch, *promised = self._cursor.promise or (self._cursor.epoch,)
        if any(mark in promised for mark, _ in self._marks):
            return self._cursor
        return replace(self._cursor, epoch=epoch)

    def _is_used_again(self, row: Seen) -> bool:
        """Its ID was another row's: the newest were deleted, and their IDs are given once more."""
        cursor, last = self._cursor, self._cursor.last or {}
        when = local_time(str(last.get("Date", "")), str(last.get("Time", "")))
        return row.number is not None and row.number <= (cursor.number or 0) and bool(when) and row.local_time > when

    def found(self) -> Found:
        """What all pages showed; after a step that was DONE."""
        cursor = self._used()
        if not self._rows:
            return self._empty()
        gap, previous = self._continuity()
        epoch, number = cursor.epoch, cursor.number
        out: list[tuple[int, Row]] = []
        prints: list[int] = []
        fresh = list(zip(self._rows, self._marks, strict=True))[: len(self._rows) - self._tail]
        for row, (mark, occurrence) in reversed(fresh):
            is_known = self._is_known(row, mark)
            if row.number is not None:
                goes_back = previous is not None and row.number <= previous
                if goes_back or (epoch == cursor.epoch and not is_known and self._is_used_again(row)):
                    epoch += 1
                previous = number = row.number
            if epoch == cursor.epoch and is_known:
                continue
            prints.append(mark)
            if not row.local_time or row.local_time[:10] >= self._since:
                out.append((epoch, (row.body, None if row.has_id else occurrence)))
        if epoch != cursor.epoch and gap is not None:
            gap = replace(gap, why=gap.why + ", and the IDs began anew")
        moved = replace(
            cursor,
            begun=True,
            epoch=epoch,
            last=coordinates(self._rows[0]) if prints else cursor.last,
            promise=() if epoch == cursor.epoch else (epoch, self._marks[len(fresh) - 1][0], self._marks[0][0]),
            number=number,
            empty=False,
        )
        batches = tuple((key, tuple(row for _, row in rows)) for key, rows in groupby(out, key=lambda found: found[0]))
        return Found(batches, gap, moved, self._known.with_prints(prints))

    def _empty(self) -> Found:
        cursor = self._used()
        gap = None
        if cursor.begun and not cursor.empty and cursor.last is not None:
            gap = Gap(cursor.epoch, cursor.last, None, 0, "the log is empty and was not before: it was cleared")
        return Found((), gap, replace(cursor, begun=True, empty=True), self._known)

    def _continuity(self) -> tuple[Gap | None, int | None]:
        """Whether rows may be missing, and the ID before the oldest row that may be new."""
        cursor = self._cursor
        if not cursor.begun:
            return None, None
        if self._tail:
            return None, self._rows[len(self._rows) - self._tail].number
        known = zip(self._rows, self._marks, strict=True)
        if any(self._is_known(row, mark) and not row.is_weak for row, (mark, _) in known):
            return None, None
        oldest = self._rows[-1].number
        if cursor.empty and oldest in ((None, 1) if cursor.last is None else ((cursor.number or 0) + 1,)):
            return None, cursor.number  # what came since it was empty is all there
        why = "no row that was known is there any more"
        if oldest is not None and cursor.number is not None and oldest > cursor.number:
            lost = oldest - cursor.number - 1
            why += f", {lost} IDs in between are missing" if lost else ", though no ID is missing"
        return Gap(cursor.epoch, cursor.last, coordinates(self._rows[-1]), self.num, why), cursor.number
