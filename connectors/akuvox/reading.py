"""What a reading of a log shows: new rows with the epoch of their IDs, a gap (spec/connectors.md B-3 2, 4). Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby

from connectors.akuvox.fingerprints import Known, Seen, SeenRow
from connectors.akuvox.logcursor import Cursor, coordinates
from connectors.akuvox.pages import Pages, Step
from connectors.source import Json
from wire.akuvox.rows import LogPage
from wire.akuvox.times import local_time

Row = tuple[Json, int | None]


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
    """From a cursor on: `take` pages until it is DONE, then `found`.

    to_the_end: also below known rows. since: rows of a day before it (ISO) are known, but do not go out.
    """

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
        self.pages = Pages(self._is_known, seen_row, whole=whole, to_the_end=to_the_end)
        self._cursor = cursor
        self._known = known
        self._prints = frozenset(known.prints)
        self._since = since

    def take(self, page: LogPage) -> Step:
        """What to read next: `pages.next_page`."""
        return self.pages.take(page)

    def _is_known(self, row: Seen, mark: int) -> bool:
        if mark not in self._prints:
            return False
        newest = self._cursor.number
        return not row.is_weak or row.number is None or newest is None or row.number <= newest

    def _used(self) -> Cursor:
        """Rows of a promised epoch may have gone out before a crash. Where they are not there any more, that epoch is
        used up; where they are, it comes again by itself."""
        epoch, *promised = self._cursor.promise or (self._cursor.epoch,)
        if any(mark in promised for mark, _ in self.pages.marks):
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
        if not self.pages.rows:
            return self._empty()
        gap, previous = self._continuity()
        epoch, number = cursor.epoch, cursor.number
        out: list[tuple[int, Row]] = []
        prints: list[int] = []
        fresh = list(zip(self.pages.rows, self.pages.marks, strict=True))[: len(self.pages.rows) - self.pages.tail]
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
            last=coordinates(self.pages.rows[0]) if prints else cursor.last,
            promise=()
            if epoch == cursor.epoch
            else (epoch, self.pages.marks[len(fresh) - 1][0], self.pages.marks[0][0]),
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
        if self.pages.tail:
            return None, self.pages.rows[len(self.pages.rows) - self.pages.tail].number
        known = zip(self.pages.rows, self.pages.marks, strict=True)
        if any(self._is_known(row, mark) and not row.is_weak for row, (mark, _) in known):
            return None, None
        oldest = self.pages.rows[-1].number
        if cursor.empty and oldest in ((None, 1) if cursor.last is None else ((cursor.number or 0) + 1,)):
            return None, cursor.number  # what came since it was empty is all there
        why = "no row that was known is there any more"
        if oldest is not None and cursor.number is not None and oldest > cursor.number:
            lost = oldest - cursor.number - 1
            why += f", {lost} IDs in between are missing" if lost else ", though no ID is missing"
        return Gap(cursor.epoch, cursor.last, coordinates(self.pages.rows[-1]), self.pages.num, why), cursor.number
