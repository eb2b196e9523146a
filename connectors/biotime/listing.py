"""One list of transactions, page by page, while rows arrive and vanish (spec/connectors.md A1, B-2.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from connectors.errors import ServerFault
from connectors.source import Json
from wire.biotime.envelope import Page

_MAX_PAGES: Final = 100_000
_MAX_STEPS_BACK: Final = 100


class TransactionsClient(Protocol):
    """What is used of connectors.biotime.client.BioTimeClient. page_size 0: the settings'."""

    async def transactions_page(
        self, *, page: int = 1, page_size: int = 0, filters: Mapping[str, str] | None = None, ordering: str = ""
    ) -> Page: ...


class Listing:
    """Pages from `page` on. Rows that arrive push others onto later pages, where they come twice; rows that vanish pull
    others onto pages that were read, so after a count that fell it goes back by as much. size: rows of a full page, as
    the server gives them, which may be less than asked for; 0 until the first page is there."""

    def __init__(
        self,
        client: TransactionsClient,
        *,
        ordering: str = "",
        filters: Mapping[str, str] | None = None,
        page: int = 1,
        size: int = 0,
    ) -> None:
        self._client = client
        self._ordering = ordering
        self._filters = filters
        self._page = page
        self.size = size
        self.count: int | None = None  # as the last page said
        self.first_count: int | None = None
        self.shrank = False
        self._before: tuple[Json, ...] = ()
        self._pages = 0
        self._steps_back = 0
        self._ended = False

    async def next(self) -> Page | None:
        """None at the end. Raises SourceTrouble; ServerFault for an empty page that has a `next`, a page that comes
        twice while nothing was added, a list without end."""
        if self._ended:
            return None
        self._pages += 1
        if self._pages > _MAX_PAGES:
            raise ServerFault(f"the list of transactions has no end: {_MAX_PAGES} pages were read")
        page = await self._client.transactions_page(page=self._page, filters=self._filters, ordering=self._ordering)
        if not page.rows and page.next_query is not None:
            raise ServerFault(f"page {self._page} of the transactions is empty, and names a next page")
        if not page.rows:
            return await self._past_end()
        if page.rows == self._before and page.count == self.count:
            if page.count is not None:
                raise ServerFault(f"page {self._page} of the transactions is the page before it")
            self._ended = True
            return None
        self._advance(page)
        return page

    async def _past_end(self) -> Page | None:
        """The end, unless rows vanished since: then those that slid onto the last page that was read are missing."""
        if self._page > 1 and self.count is not None and (self._page - 1) * self.size < self.count:
            self._step_back(1)
            return await self.next()
        self._ended = True
        return None

    def _advance(self, page: Page) -> None:
        self.size = self.size or len(page.rows)
        vanished = 0 if self.count is None or page.count is None else max(0, self.count - page.count)
        self.count = page.count
        self.first_count = page.count if self.first_count is None else self.first_count
        self._before = page.rows
        position = (self._page - 1) * self.size + len(page.rows)
        if vanished and self._page > 1:
            self._step_back(-(-vanished // self.size))
        elif page.next_query is None and page.count is not None and position >= page.count:
            self._ended = True
        else:
            self._page += 1

    def _step_back(self, pages: int) -> None:
        self.shrank = True
        self._steps_back += 1
        if self._steps_back > _MAX_STEPS_BACK:
            raise ServerFault("the list of transactions shrinks while it is read: it cannot be read to its end")
        self._page = max(1, self._page - pages)
