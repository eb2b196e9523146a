"""The live reader of transactions: newest arrivals first; by id where that fails; then the last day once more."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from connectors.biotime.arrivals import sort_proof
from connectors.biotime.cursor import Cursor, to_json
from connectors.biotime.days import Compared, compare_days
from connectors.biotime.feed import CURSOR, ROWS_UNEXPLAINED, TERMINALS, Feed
from connectors.biotime.ledger import Ledger
from connectors.biotime.listing import Listing
from connectors.biotime.rows import newest_upload, seen_row
from connectors.biotime.scans import Scanned, Scans
from connectors.biotime.slices import first_backfill
from connectors.biotime.tail import highest_id
from connectors.errors import NeedsEpoch
from connectors.source import Outcome
from schemas.polled import PolledTable

log = logging.getLogger(__name__)

_SMALL_PAGES: Final = 5  # a last day of so few pages is read in every run
_WHOLE_SECONDS: Final = 3600.0  # a longer one is, so often, even where its count is right
_PAUSES: Final = 5  # after a look-back, as many times as long as it took: it never takes more than a sixth of the time


class TransactionsJob:
    """One run: a scan of arrivals, saved; the last day compared; watermarks."""

    name = "transactions"

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._scans = Scans(feed)
        self.every_seconds = feed.server.poll_seconds
        self._look_back_from = 0.0  # monotonic
        self._whole_from = 0.0

    async def run(self) -> Outcome:
        feed = self._feed
        polled_ms = int(feed.tools.clock() * 1000)
        cursor = await self._standing()
        ledger = feed.ledger()
        scanned = await self._scans.arrivals(cursor, ledger)
        cursor, rows = scanned.cursor, scanned.rows
        plan = feed.plan()
        settled = plan is None or not plan.first
        if settled and await feed.filters_work():
            compared = await self._look_back(cursor, ledger)
            cursor, rows = compared.cursor, rows + compared.rows
        cursor = self._squared(cursor, scanned, settled)
        await feed.deliver((), cursor=cursor, ledger=ledger)
        if settled and scanned.whole:
            await self._tell_watermarks(polled_ms)
        return Outcome(rows, again=not scanned.whole)

    async def _standing(self) -> Cursor:
        """The cursor; a new one at the very first run, and when an operator begins a new epoch."""
        feed = self._feed
        cursor = feed.cursor()
        order = feed.order("epoch")
        if cursor is None:
            return await self._begin(Cursor(), feed.server.start)
        if order.get("n", 0) > cursor.orders:
            fresh = Cursor(epoch=cursor.epoch + 1, orders=order["n"])
            return await self._begin(fresh, date.fromisoformat(order["from"]))
        if cursor.blocked:
            raise NeedsEpoch(cursor.blocked)
        return cursor

    async def _begin(self, fresh: Cursor, start: date | None) -> Cursor:
        """Where arrivals stand before the backfill begins: whatever arrives from here on is the scan's (B-2.13)."""
        feed = self._feed
        listing = Listing(feed.client, ordering="-upload_time")
        page = await listing.next()
        rows = [] if page is None else [seen_row(body) for body in page.rows]
        uploads = [row.upload for row in rows if row.upload is not None]
        sorted_ = None if not rows else sort_proof(uploads) if uploads else False
        top = await highest_id(feed.client) if sorted_ is False else max((row.id or 0 for row in rows), default=0)
        cursor = replace(
            fresh,
            max_id=top,
            upload_watermark=None if sorted_ is False else newest_upload(rows),
            order_ok=sorted_,
            total=listing.count if rows else 0,
            start="" if start is None else start.isoformat(),
        )
        values = {CURSOR: to_json(cursor), **feed.planned(first_backfill(start, top)), **feed.ledger().forgotten()}
        await feed.tools.state.put(values)
        return cursor

    def _squared(self, cursor: Cursor, scanned: Scanned, settled: bool) -> Cursor:
        """The total as the server counts: less, when rows were deleted; more, when some became visible that neither the
        scan nor the comparison of the last days found. Those are told."""
        scanned_total = scanned.cursor.total
        if cursor.total is None or scanned_total is None or not scanned.whole:
            return cursor
        if scanned.first_count > cursor.total:
            missing, days = scanned.first_count - cursor.total, self._feed.server.repair_days
            if settled:
                ROWS_UNEXPLAINED.inc(missing)
                log.warning(
                    "%s counts %d more rows than were found: old ones became visible; the last %d days are compared at"
                    " night, for older ones order a backfill", self._feed.server.key, missing, days,
                )  # fmt: skip
            return replace(cursor, total=scanned.first_count)
        compared = cursor.total - scanned_total
        return replace(cursor, total=min(scanned_total, scanned.last_count) + compared)

    async def _look_back(self, cursor: Cursor, ledger: Ledger) -> Compared:
        """Yesterday to tomorrow by punch time (a terminal ahead of the server is in tomorrow): in every run where that
        is a few pages, else where the count is wrong, and every hour."""
        feed, started = self._feed, self._feed.tools.monotonic()
        if started < self._look_back_from:
            return Compared(cursor)
        today = feed.today()
        first = max(today - timedelta(days=1), date.fromisoformat(cursor.start or date.min.isoformat()))
        due = started >= self._whole_from
        compared = await compare_days(
            feed, cursor, ledger, first, today + timedelta(days=1),
            whole_up_to=float("inf") if due else _SMALL_PAGES * feed.server.page_size,
        )  # fmt: skip
        ended = feed.tools.monotonic()
        if compared.read:
            self._whole_from = ended + _WHOLE_SECONDS
            self._look_back_from = ended + _PAUSES * (ended - started)
        return compared

    async def _tell_watermarks(self, polled_ms: int) -> None:
        feed = self._feed
        for serial, terminal in (feed.tools.state.get(TERMINALS) or {}).items():
            feed.marks.upload_at(serial, terminal.get("last_upload"))
        marks = feed.marks.due(polled_ms, feed.tools.monotonic())
        if marks:
            await feed.tools.emit.rows(PolledTable.WATERMARKS, marks)
            feed.marks.told(marks, feed.tools.monotonic())
