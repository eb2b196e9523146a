"""Reading a stretch of punch times beside the live scan: the first time, or because an operator asked (B-2.13).

One run is one slice, or 10,000 rows by id; between runs the worker lets the live scan have its turn.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from connectors.biotime.cursor import Cursor
from connectors.biotime.feed import BATCH_ROWS, REPAIR, Feed
from connectors.biotime.ledger import Ledger
from connectors.biotime.listing import Listing
from connectors.biotime.rows import SeenRow, seen_row
from connectors.biotime.slices import SLICE_ROWS, Backfill, asked_backfill
from connectors.biotime.tail import listing_after
from connectors.source import Outcome

_RUN_ROWS: Final = 10_000


class BackfillJob:
    """At most one backfill at a time; the next order waits."""

    name = "transactions_backfill"
    every_seconds = 60.0

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    async def run(self) -> Outcome:
        feed = self._feed
        cursor = feed.cursor()
        if cursor is None or cursor.blocked:
            return Outcome()
        plan = feed.plan() or await self._ordered()
        if plan is None:
            return Outcome()
        if await feed.filters_work():
            rows, plan = await self._slice(plan, cursor)
        else:
            rows, plan = await self._by_id(plan, cursor)
        return Outcome(rows, again=plan is not None)

    async def _ordered(self) -> Backfill | None:
        """What an operator asked for, and is not done."""
        feed = self._feed
        order = feed.order("backfill")
        if order and order["n"] > feed.orders():
            plan = asked_backfill(date.fromisoformat(order["from"]), date.fromisoformat(order["to"]))
            await feed.tools.state.put(feed.planned(plan, order["n"]))
            return plan
        repair, rescan = feed.repair(), int(feed.order("rescan").get("n", 0))
        if rescan > repair.get("rescans", 0) and not await feed.filters_work():
            # Days cannot be compared on such a server: the window of the repair is read again instead.
            today = feed.today()
            plan = asked_backfill(today - timedelta(days=feed.server.repair_days), today + timedelta(days=1))
            await feed.tools.state.put({REPAIR: {**repair, "rescans": rescan}, **feed.planned(plan)})
            return plan
        return None

    async def _slice(self, plan: Backfill, cursor: Cursor) -> tuple[int, Backfill | None]:
        """One slice that fits; rows of it that are not known to have gone out."""
        feed, ledger, sent = self._feed, self._feed.ledger(), 0
        present: set[int | str] = set()
        listing = Listing(feed.client, ordering="punch_time", filters=_filters(plan))
        page = await listing.next()
        while (listing.count or 0) > SLICE_ROWS and (shorter := plan.halved()) is not None:
            plan = shorter
            listing = Listing(feed.client, ordering="punch_time", filters=_filters(plan))
            page = await listing.next()
        while page is not None:
            rows = _not_in(present, [seen_row(body) for body in page.rows])
            present |= {_key(row) for row in rows}
            rows = [row for row in rows if row.punch is None or row.punch < plan.end]
            count, cursor = await self._deliver(rows, plan, cursor, ledger)
            sent += count
            page = await listing.next()
        plan = plan.advanced(len(present))
        left = None if plan.done else plan
        await feed.deliver((), cursor=cursor, ledger=ledger, also=feed.planned(left))
        return sent, left

    async def _by_id(self, plan: Backfill, cursor: Cursor) -> tuple[int, Backfill | None]:
        feed, ledger, sent, read = self._feed, self._feed.ledger(), 0, 0
        listing = await listing_after(feed.client, plan.after_id)
        page = await listing.next()
        while page is not None and read < _RUN_ROWS:
            rows = [seen_row(body) for body in page.rows]
            wanted = [row for row in rows if row.punch is None or plan.at <= row.punch < plan.until]
            count, cursor = await self._deliver(wanted, plan, cursor, ledger)
            sent, read = sent + count, read + len(rows)
            plan = replace(plan, after_id=max([plan.after_id, *(row.id or 0 for row in rows)]))
            page = await listing.next()
        left = None if page is None else plan
        await feed.deliver((), cursor=cursor, ledger=ledger, also=feed.planned(left))
        return sent, left

    async def _deliver(
        self, rows: Collection[SeenRow], plan: Backfill, cursor: Cursor, ledger: Ledger
    ) -> tuple[int, Cursor]:
        floor = self._feed.scan_floor(cursor)
        unsent = [row for row in rows if _unsent(row, plan, cursor, ledger, floor)]
        for first in range(0, len(unsent), BATCH_ROWS):
            cursor = await self._feed.deliver(unsent[first : first + BATCH_ROWS], cursor=cursor, ledger=ledger)
        return len(unsent), cursor


def _unsent(row: SeenRow, plan: Backfill, cursor: Cursor, ledger: Ledger, floor: str | None) -> bool:
    if cursor.left_to_scan(row):
        return False
    if plan.base is None:
        return True
    if row.id is None:
        return cursor.is_new(row)
    if row.id > cursor.max_id and row.upload is not None and floor is not None and row.upload >= floor:
        return False  # arrived since the last scan, in the second of its watermark or as a lower one became visible
    if ledger.holds(row):
        kept = ledger.find(row.id)
        return kept is None or kept[1] != row.content
    return row.id not in cursor.recent_ids if row.id <= plan.base else cursor.is_new(row)


def _filters(plan: Backfill) -> dict[str, str]:
    """Both ends are included there; the last second belongs to the next slice, or fractions of it would to none."""
    return {"start_time": plan.at.replace("T", " "), "end_time": plan.end.replace("T", " ")}


def _not_in(present: Collection[int | str], rows: Collection[SeenRow]) -> list[SeenRow]:
    """Rows that come for the first time."""
    return [row for row in {_key(row): row for row in rows}.values() if _key(row) not in present]


def _key(row: SeenRow) -> int | str:
    return row.whole if row.id is None else row.id
