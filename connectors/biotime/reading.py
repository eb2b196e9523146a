"""One reading of a list, page by page, and whether it was whole. Pure. Source: spec/connectors.md A1, B-2.7.

Rows come and go while a list is read: what is deleted pulls others onto pages that were read already. So a list tells
who is gone only when nothing moved: read from its first page to its end without a fault, the same count on every page,
as many rows as it counts, nobody twice. Even then two changes may hide each other: `Absences` wants a second reading.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from connectors.errors import ServerFault
from connectors.source import Json
from wire.biotime.envelope import Page

_MAX_PAGES: Final = 100_000
_ALWAYS_BELIEVED: Final = 10


class Reading:
    """page: the one to ask for next; seen: keys of all rows so far; ended: there are no more."""

    def __init__(self, what: str, page: int = 1) -> None:
        self._what = what
        self._before: tuple[Json, ...] = ()
        self._rows = 0
        self._counts: set[int | None] = set()
        self._is_spoiled = page != 1
        self.page = page
        self.seen: set[str] = set()
        self.ended = False

    def take(self, page: Page, keys: Sequence[str] = ()) -> bool:
        """Whether its rows are to be used; keys: one for each row. Raises ServerFault for an empty page that has a
        `next`, a page that comes twice, a list without end.

        The end is an answer without rows: neither a missing `next` nor a short page is one (A1). A server that does not
        know `page` gives the same rows again, where the list should be through.
        """
        if not page.rows:
            if page.next_query is not None:
                raise ServerFault(f"page {self.page} of the {self._what} is empty, and names a next page")
            self.ended = True
            return False
        if page.rows == self._before:
            if page.next_query is None and page.count is not None and self._rows >= page.count:
                self.ended = True
                return False
            raise ServerFault(f"page {self.page} of the {self._what} is the page before it")
        if self.page >= _MAX_PAGES:
            raise ServerFault(f"the list of {self._what} has no end: {_MAX_PAGES} pages were read")
        self._before = page.rows
        self._rows += len(page.rows)
        self._counts.add(page.count)
        self.seen.update(keys)
        self.page += 1
        return True

    def spoil(self) -> None:
        """Something went wrong: it may go on, but does not count as whole."""
        self._is_spoiled = True

    @property
    def is_whole(self) -> bool:
        """An empty list never is: a server without anybody is one whose user may see nobody."""
        nothing_moved = self._counts == {self._rows} and len(self.seen) == self._rows
        return self.ended and not self._is_spoiled and self._rows > 0 and nothing_moved


class Absences:
    """Who is gone for sure: missing in two whole readings in a row. Kept in memory: a worker that takes over asks anew.

    More than half of all at once are not believed: that is a user who lost a right, not a company that closed.
    """

    def __init__(self) -> None:
        self.suspects: frozenset[str] = frozenset()
        self.held = 0  # by the last reading

    def judge(self, missing: Collection[str], known: int, reading: Reading) -> frozenset[str]:
        """Keys that are gone. missing: those of the `known` ones that the reading did not see; `suspects`: whom the
        next one decides about."""
        if not reading.is_whole:
            return frozenset()
        gone = self.suspects.intersection(missing)
        self.suspects = frozenset(missing) - gone
        self.held = 0
        if len(gone) > max(_ALWAYS_BELIEVED, known // 2):
            self.held, self.suspects = len(gone), frozenset(missing)
            return frozenset()
        return gone
