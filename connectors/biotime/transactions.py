"""The live reader of transactions: newest arrivals first; by id where that fails; then the last day once more."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from connectors.biotime.arrivals import MAX_SCANNED, ArrivalScan, Step, sort_proof
from connectors.biotime.cursor import Cursor, began_anew, to_json, top_is_gone
from connectors.biotime.days import Compared, compare_days
from connectors.biotime.feed import BATCH_ROWS, CURSOR, ROWS_UNEXPLAINED, TERMINALS, Feed
from connectors.biotime.ledger import Ledger
from connectors.biotime.listing import Listing
from connectors.biotime.rows import SeenRow, newest_upload, seen_row
from connectors.biotime.slices import first_backfill
from connectors.biotime.tail import highest_id, listing_after
from connectors.errors import NeedsEpoch
from connectors.source import Outcome
from schemas.polled import PolledTable

log = logging.getLogger(__name__)

_TAIL_ROWS: Final = 10 * MAX_SCANNED  # of one run; the next goes on from there
_SMALL_PAGES: Final = 5  # a last day of so few pages is read in every run
_WHOLE_SECONDS: Final = 3600.0  # a longer one is, so often, even where its count is right
_PAUSES: Final = 5  # after a look-back, as many times as long as it took: it never takes more than a sixth of the time


@dataclass(frozen=True, slots=True)
class _Scanned:
    """A scan of arrivals. whole: nothing was left for the next run; counts: of the server's first and last answer."""

    cursor: Cursor
    rows: int
    whole: bool
    first_count: int
    last_count: int


class TransactionsJob:
    """One run: a scan of arrivals, saved; the last day compared; watermarks."""

    name = "transactions"

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.every_seconds = feed.server.poll_seconds
        self._look_back_from = 0.0  # monotonic
        self._whole_from = 0.0

    async def run(self) -> Outcome:
        feed = self._feed
        polled_ms = int(feed.tools.clock() * 1000)
        cursor = await self._standing()
        ledger = feed.ledger()
        scanned = await self._arrivals(cursor, ledger)
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

    async def _arrivals(self, cursor: Cursor, ledger: Ledger) -> _Scanned:
        """Rows that arrived since the last run go out."""
        feed = self._feed
        scan = ArrivalScan(cursor, feed.scan_floor(cursor))
        listing = Listing(feed.client, ordering="-upload_time")
        step = Step.MORE
        while step is Step.MORE and (page := await listing.next()) is not None:
            step = scan.take([seen_row(body) for body in page.rows])
        await self._refuse_another_epoch(cursor, scan.seen, ledger)
        top = max((row.id or 0 for row in scan.seen), default=0)
        if step is not Step.UNSORTED and top_is_gone(cursor, top):
            await self._block(cursor, top_is_gone(cursor, await highest_id(feed.client)))
        cursor = replace(cursor, order_ok=cursor.order_ok if scan.proof is None else scan.proof)
        if step in (Step.UNSORTED, Step.TOO_MUCH):
            found = [row for row in scan.found.values() if row.id is not None and row.id <= cursor.max_id]
            cursor = await self._deliver(found, cursor, ledger)
            cursor, rows, whole = await self._tail(cursor, ledger, cursor.max_id)
        else:
            found = list(scan.found.values())
            cursor = await self._deliver(found, cursor.with_watermark(scan.newest), ledger)
            rows, whole = 0, True
        first, last = listing.first_count or 0, listing.count or 0
        if whole and cursor.total is not None and first > cursor.total:
            # The server counts more than went out: rows arrived with an upload time that the scan does not reach (its
            # clock was set back, the field is empty). All ids of the window are looked through.
            cursor, more, _ = await self._tail(cursor, ledger, cursor.floor)
            rows += more
        return _Scanned(cursor, rows + len(found), whole, first, last)

    def _squared(self, cursor: Cursor, scanned: _Scanned, settled: bool) -> Cursor:
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

    async def _tail(self, cursor: Cursor, ledger: Ledger, after_id: int) -> tuple[Cursor, int, bool]:
        """By id, from `after_id` on, saved on the way: what is unread has higher ids."""
        listing = await listing_after(self._feed.client, after_id)
        rows = read = 0
        waiting: dict[int | str, SeenRow] = {}
        seen: str | None = None
        page = await listing.next()
        while page is not None and read < _TAIL_ROWS:
            polled = [seen_row(body) for body in page.rows]
            await self._refuse_another_epoch(cursor, polled, ledger)
            waiting |= {row.whole if row.id is None else row.id: row for row in polled if cursor.is_new(row)}
            seen, read = newest_upload(polled, seen), read + len(polled)
            if len(waiting) >= BATCH_ROWS:
                cursor = await self._deliver(list(waiting.values()), cursor.with_watermark(seen), ledger)
                rows, waiting = rows + len(waiting), {}
            page = await listing.next()
        cursor = await self._deliver(list(waiting.values()), cursor.with_watermark(seen), ledger)
        return cursor, rows + len(waiting), page is None

    async def _deliver(self, rows: list[SeenRow], cursor: Cursor, ledger: Ledger) -> Cursor:
        """Rows that a comparison of days sent before the scan saw them are known from here on, and not sent again."""
        sent = [row for row in rows if ledger.has(row)]
        unsent = [row for row in rows if not ledger.has(row)]
        total = None if cursor.total is None else cursor.total + len(unsent)
        moved = replace(cursor.with_rows(sent), total=total)
        return await self._feed.deliver(unsent, cursor=moved, ledger=ledger, arrived=True)

    async def _refuse_another_epoch(self, cursor: Cursor, rows: Iterable[SeenRow], ledger: Ledger) -> None:
        rows = list(rows)
        known = {row.id: ledger.find(row.id) for row in rows if row.id is not None and cursor.left_to_scan(row)}
        contents = {number: kept[1] for number, kept in known.items() if kept is not None}
        await self._block(cursor, began_anew(cursor, rows, contents))

    async def _block(self, cursor: Cursor, why: str) -> None:
        """Raises NeedsEpoch, kept until an operator begins a new epoch: ids that outgrow ours would look right."""
        if not why:
            return
        why = f"the ids of {self._feed.server.key} began anew (a restored database?): {why}; order new-epoch"
        await self._feed.tools.state.put({CURSOR: to_json(replace(cursor, blocked=why))})
        raise NeedsEpoch(why)

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
