"""Reading a list of a station (users, cards, door codes) a few pages at a time, so that its door log does not wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from connectors.errors import NotSupported, ServerFault
from connectors.source import Json
from wire.akuvox.rows import LogPage

PAGES_AT_ONCE: Final = 3
MAX_PAGES: Final = 5_000
_FULL_PAGE: Final = 10
Fetch = Callable[[int | None], Awaitable[LogPage]]


class ListReader:
    """One list. rows: by `identity`, those that came so far; is_done: the end was reached; is_whole: and none was
    missed, as far as the station's own count says. A station that does not have the list has an empty one."""

    def __init__(self, fetch: Fetch, identity: Callable[[Json], str]) -> None:
        self.rows: dict[str, Json] = {}
        self.is_done = False
        self.is_whole = False
        self._fetch = fetch
        self._identity = identity
        self._page = 1

    async def read_on(self) -> None:
        """Some pages further. Raises SourceTrouble: begin anew."""
        for _ in range(PAGES_AT_ONCE):
            if self.is_done:
                return
            try:
                page = await self._fetch(self._page)
            except NotSupported:
                self.is_done = self.is_whole = True
                return
            self.is_done = self._take(page)
            self._page += 1
        if self._page > MAX_PAGES:
            raise ServerFault(f"a list of the station has no end after {MAX_PAGES} pages")

    def _take(self, page: LogPage) -> bool:
        before = len(self.rows)
        self.rows |= {self._identity(row): row for row in page.rows}
        counted = page.num is not None and (page.num > len(page.rows) or len(page.rows) != _FULL_PAGE)
        ended = len(self.rows) == before or (len(page.rows) < _FULL_PAGE and not counted)
        if counted:
            ended = ended or len(self.rows) >= (page.num or 0)
        self.is_whole = ended and (not counted or len(self.rows) >= (page.num or 0))
        return ended
