"""Reading by id, where the order by upload time is ignored or the backlog is long (spec/connectors.md B-2.4).

Lists come by id, lowest first, when no order is asked for: what is new is at the end, and what was read can be saved on
the way, since every row that is still to come has a higher id.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.biotime.listing import Listing, TransactionsClient
from connectors.biotime.rows import seen_row
from connectors.errors import ServerFault
from connectors.source import Json


async def listing_after(client: TransactionsClient, after_id: int) -> Listing:
    """The list from the page on which the first id above `after_id` is, or will be. Raises SourceTrouble; ServerFault
    where the list is not ordered by id."""
    front = Listing(client)
    page = await front.next()
    if page is None or page.count is None:
        return Listing(client)
    _lowest(page.rows)
    size = front.size
    low, high = 1, max(1, -(-page.count // size))
    probe = high
    while low < high:
        found = await client.transactions_page(page=probe)
        if found.rows and _lowest(found.rows) <= after_id:
            low = probe
        else:
            high = probe - 1
        probe = (low + high + 1) // 2
    return Listing(client, page=low, size=size)


async def highest_id(client: TransactionsClient) -> int:
    """The highest id that the server shows; 0 when it has no rows."""
    listing, top = await listing_after(client, 1 << 62), 0
    while (page := await listing.next()) is not None:
        top = max([top, *(row.id or 0 for row in map(seen_row, page.rows))])
    return top


def _lowest(rows: Sequence[Json]) -> int:
    ids = [row.id for row in map(seen_row, rows) if row.id is not None]
    if ids != sorted(ids):
        raise ServerFault("transactions are listed neither by upload time nor by id: nothing tells what is new")
    return ids[0] if ids else 0
