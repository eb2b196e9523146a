"""Comparing days with what went out: what is missing, what was edited, what is gone (spec/connectors.md B-2.5)."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from connectors.biotime.cursor import Cursor
from connectors.biotime.feed import BATCH_ROWS, ROWS_EDITED, ROWS_GONE, Feed
from connectors.biotime.ledger import Ledger
from connectors.biotime.listing import Listing
from connectors.biotime.rows import SeenRow, seen_row

log = logging.getLogger(__name__)

_NAMED: Final = 20  # ids in a message


@dataclass(frozen=True, slots=True)
class Compared:
    cursor: Cursor
    rows: int = 0
    read: bool = False  # False: the counts agreed, and no more than a page was read


async def compare_days(
    feed: Feed, cursor: Cursor, ledger: Ledger, first: date, last: date, *, whole_up_to: float = 0
) -> Compared:
    """Read the punch days from `first` to `last` again, unless the server counts in them what went out, and more than
    `whole_up_to` rows. New and edited rows go out; of rows that are gone nothing is taken back, they are told.

    Needs filters that work. Raises SourceTrouble.
    """
    filters = {"start_time": f"{first.isoformat()} 00:00:00", "end_time": f"{last.isoformat()} 23:59:59"}
    days = [(first + timedelta(days=number)).isoformat() for number in range((last - first).days + 1)]
    listing = Listing(feed.client, ordering="punch_time", filters=filters)
    page = await listing.next()
    held = sum(ledger.count(day) for day in days)
    counted = 0 if page is None else listing.count
    if counted == held and held > whole_up_to:
        return Compared(cursor)
    present: set[int] = set()
    waiting: list[SeenRow] = []
    sent = 0
    while page is not None:
        for row in map(seen_row, page.rows):
            if row.id is not None and row.id in present:
                continue
            if row.id is not None:
                present.add(row.id)
            if _unsent(row, cursor, ledger):
                waiting.append(row)
        if len(waiting) >= BATCH_ROWS:
            cursor, sent = await _deliver(feed, waiting, cursor, ledger), sent + len(waiting)
            waiting = []
        page = await listing.next()
    steady = not listing.shrank and listing.count == listing.first_count and len(present) == (listing.count or 0)
    gone = [(day, number) for day in days for number in ledger.ids(day) if number not in present] if steady else []
    if gone:
        _tell_gone(feed, gone, ledger)
    cursor = await _deliver(feed, waiting, cursor, ledger)
    return Compared(cursor, sent + len(waiting), read=True)


def _unsent(row: SeenRow, cursor: Cursor, ledger: Ledger) -> bool:
    """New, or edited since it went out. What is still to be scanned is the scan's."""
    if cursor.left_to_scan(row):
        return False
    if row.id is None or not ledger.holds(row):
        return cursor.is_new(row)
    kept = ledger.find(row.id)
    if kept is None:
        return True
    day, content = kept
    if content == row.content:
        return False
    ROWS_EDITED.inc()
    if row.punch is not None and day != row.punch[:10]:
        ledger.discard(day, row.id)
    return True


async def _deliver(feed: Feed, rows: list[SeenRow], cursor: Cursor, ledger: Ledger) -> Cursor:
    added = sum(row.id is not None and ledger.find(row.id) is None for row in rows)
    total = None if cursor.total is None else cursor.total + added
    return await feed.deliver(rows, cursor=replace(cursor, total=total), ledger=ledger)


def _tell_gone(feed: Feed, gone: list[tuple[str, int]], ledger: Ledger) -> None:
    """Once: they leave the ledger. The cursor's total follows the server's count by itself."""
    ROWS_GONE.inc(len(gone))
    days = ", ".join(sorted({day for day, _ in gone}))
    named = ", ".join(str(number) for _, number in gone[:_NAMED]) + (", ..." if len(gone) > _NAMED else "")
    log.warning(
        "%s does not show %d rows of %s any more that were read (ids %s): somebody deleted them there; they stay here",
        feed.server.key, len(gone), days, named,
    )  # fmt: skip
    for day, number in gone:
        ledger.discard(day, number)
