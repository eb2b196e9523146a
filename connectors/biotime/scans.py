"""Scans of arrivals: newest first; by id where the order is ignored or the backlog is long (B-2.2 to 4, 10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from connectors.biotime.arrivals import MAX_SCANNED, ArrivalScan, Step
from connectors.biotime.cursor import Cursor, began_anew, to_json, top_is_gone
from connectors.biotime.feed import BATCH_ROWS, CURSOR, Feed
from connectors.biotime.ledger import Ledger
from connectors.biotime.listing import Listing
from connectors.biotime.rows import SeenRow, newest_upload, seen_row
from connectors.biotime.tail import highest_id, listing_after
from connectors.errors import NeedsEpoch

_TAIL_ROWS: Final = 10 * MAX_SCANNED  # of one run; the next goes on from there


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scan of arrivals. whole: nothing was left for the next run; counts: of the server's first and last answer."""

    cursor: Cursor
    rows: int
    whole: bool
    first_count: int
    last_count: int


class Scans:
    """What arrived goes out and is saved; an epoch that ended is refused."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    async def arrivals(self, cursor: Cursor, ledger: Ledger) -> Scanned:
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
            cursor, rows = await self._deliver(found, cursor, ledger)
            cursor, more, whole = await self._tail(cursor, ledger, cursor.max_id)
            rows += more
        else:
            found = list(scan.found.values())
            cursor, rows = await self._deliver(found, cursor.with_watermark(scan.newest), ledger)
            whole = True
        first, last = listing.first_count or 0, listing.count or 0
        if whole and cursor.total is not None and first > cursor.total:
            # The server counts more than went out: rows arrived with an upload time that the scan does not reach (its
            # clock was set back, the field is empty). All ids of the window are looked through.
            cursor, more, _ = await self._tail(cursor, ledger, cursor.floor)
            rows += more
        return Scanned(cursor, rows, whole, first, last)

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
                cursor, more = await self._deliver(list(waiting.values()), cursor.with_watermark(seen), ledger)
                rows, waiting = rows + more, {}
            page = await listing.next()
        cursor, more = await self._deliver(list(waiting.values()), cursor.with_watermark(seen), ledger)
        return cursor, rows + more, page is None

    async def _deliver(self, rows: list[SeenRow], cursor: Cursor, ledger: Ledger) -> tuple[Cursor, int]:
        """Rows that a comparison of days sent before the scan saw them are known from here on, and not sent again."""
        sent = [row for row in rows if ledger.has(row)]
        unsent = [row for row in rows if not ledger.has(row)]
        total = None if cursor.total is None else cursor.total + len(unsent)
        moved = replace(cursor.with_rows(sent), total=total)
        return await self._feed.deliver(unsent, cursor=moved, ledger=ledger, arrived=True), len(unsent)

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
