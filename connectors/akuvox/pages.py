"""The rows of a log, gathered page by page (spec/connectors.md B-3 1, 10). Pure.

Pages come newest first, and slide while they are read: rows that arrive push others down, rows that somebody deletes
pull them up. So a row counts once by its fingerprint, and a page that lacks rows is read again. It goes on until the
oldest row of a page is known, not just some row: after a restart of IDs a new row can look like an old one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final

from connectors.akuvox.fingerprints import Seen, SeenRow, marks
from connectors.akuvox.logcursor import FULL_PAGE
from wire.akuvox.rows import LogPage

_WEAK_TAIL: Final = 3  # so many rows without a time must be known, one with a time is enough
_REPEATED: Final = 3  # times the same page: behind its end a list may show its last page for ever

IsKnown = Callable[[Seen, int], bool]


class Step(Enum):
    """MORE: `next_page`; WHOLE: the log without pages; DONE."""

    MORE = "more"
    WHOLE = "whole"
    DONE = "done"


class Pages:
    """is_known: of a row and what it is known by; to_the_end: also below known rows.

    After DONE: rows, newest first, and their marks; tail: how many at the bottom are known, 0 when they do not prove
    that all below them are, too; num: rows of the log, where the station says so.
    """

    def __init__(self, is_known: IsKnown, seen_row: SeenRow, *, whole: bool = False, to_the_end: bool = False) -> None:
        self.next_page: int | None = None if whole else 1
        self.ignores_pages = False
        self.num: int | None = None
        self.rows: list[Seen] = []
        self.marks: list[tuple[int, int]] = []
        self.tail = 0
        self._is_known = is_known
        self._seen_row = seen_row
        self._to_the_end = to_the_end
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
            self.rows = rows
            return self._whole(ignores_pages=True)
        if self.next_page == 2 and rows and page == self._last:
            return self._whole(ignores_pages=True)
        slid = self._slid_up(page)
        if slid and rows:
            self._aside += fresh
            self.next_page = max(1, self.next_page - slid)
            return Step.MORE
        if self.rows and len(fresh) == len(rows) and self._has_jumped(fresh):
            self.rows = fresh + self.rows
            return self._whole()
        self._add(rows, fresh)
        self._find_tail()
        if self.tail and not self._to_the_end:
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
        newer = [row for row in rows[:again] if row.print not in self._read] if self.rows and again else []
        self.rows = [*newer, *self.rows, *fresh[len(newer) :]]
        self._read.update(row.print for row in rows)

    def _has_jumped(self, rows: Sequence[Seen]) -> bool:
        """A page that does not follow what was read: more rows than a page came in between, or IDs began anew there."""
        above, below = self.rows[-1].number, next((row.number for row in rows), None)
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
        for row in self.rows:
            if row.print in self._read:
                before[row.print], gone = gone, []
            else:
                gone.append(row)
        self._aside = gone + self._aside
        self.rows = [one for row in rows for one in (*before.pop(row.print, ()), row)]
        self.num = len(rows) if page.num is None else page.num
        if self._last is not None and page.rows[:FULL_PAGE] != self._last.rows:
            self.ignores_pages = False  # page 2 was like page 1 because ten rows had come in between
        self._find_tail()
        return self._done()

    def _done(self) -> Step:
        """Rows of pages that came too early, and are not there any more, are older than all others that are new."""
        left = [row for row in self._aside if row.print not in self._read and not self._is_known(row, row.print)]
        at = len(self.rows) - self.tail
        self.rows[at:at] = left
        self.marks = marks(self.rows) if left else self.marks
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
            return len(self.rows) >= self.num
        return len(page.rows) < FULL_PAGE

    def _find_tail(self) -> None:
        """Of a log that came whole only the part down to the tail is kept."""
        self.marks = marks(self.rows)
        whole = len(self.rows)
        in_parts = self.next_page is None and not self._to_the_end
        for end in [*range(FULL_PAGE, whole, FULL_PAGE), whole] if in_parts else [whole]:
            self.tail = self._proven(end)
            if self.tail:
                del self.rows[end:], self.marks[end:]
                return

    def _proven(self, end: int) -> int:
        tail = 0
        while tail < end and self._is_known(self.rows[end - 1 - tail], self.marks[end - 1 - tail][0]):
            tail += 1
        enough = _WEAK_TAIL if tail and self.rows[end - 1].is_weak else 1
        return tail if tail >= min(enough, end) else 0
