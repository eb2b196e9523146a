"""The cursor of a server's transactions: which arrivals are known (spec/connectors.md B-2). Pure.

Arrival, not punch time, is what it goes by: a terminal that was away for weeks uploads punches weeks old, and one whose
clock is wrong may say any date. Ids are given on arrival, but a slow database transaction can show a lower id after a
higher one; so the last 2,000 ids are kept one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from connectors.biotime.rows import SeenRow
from connectors.source import Json

ID_WINDOW: Final = 2000
_ODD_KEPT: Final = 200
_GONE_FROM_THE_TOP: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """recent_ids: those above max_id - 2,000 that were emitted; watermark: greatest upload time seen, server clock;
    order_ok: whether `-upload_time` was honoured, None: no page could tell; total: rows that the server should count;
    odd: contents of the last rows without an id; start: first punch day that is read, "": all; blocked: why only a new
    epoch helps; orders: new-epoch orders done."""

    epoch: int = 1
    max_id: int = 0
    recent_ids: frozenset[int] = frozenset()
    upload_watermark: str | None = None
    order_ok: bool | None = None
    total: int | None = None
    odd: tuple[str, ...] = ()
    start: str = ""
    blocked: str = ""
    orders: int = 0

    @property
    def floor(self) -> int:
        """Ids up to here are known, whatever the server shows."""
        return self.max_id - ID_WINDOW

    def is_new(self, row: SeenRow) -> bool:
        if row.id is None:
            return row.whole not in self.odd
        return row.id > self.max_id or (row.id > self.floor and row.id not in self.recent_ids)

    def with_rows(self, rows: Collection[SeenRow], *, arrived: bool = True) -> Cursor:
        """After these were emitted. arrived: by a scan of arrivals, which may raise max_id; a row that another reading
        found may be far above what the scan has seen. The watermark is the scan's to move, when it is complete."""
        ids = {row.id for row in rows if row.id is not None and (arrived or row.id <= self.max_id)}
        odd = [row.whole for row in rows if row.id is None]
        top = max(ids | {self.max_id})
        recent = frozenset(number for number in self.recent_ids | ids if number > top - ID_WINDOW)
        return replace(self, max_id=top, recent_ids=recent, odd=(*self.odd, *odd)[-_ODD_KEPT:])

    def left_to_scan(self, row: SeenRow) -> bool:
        """It arrived after the last scan, whose like will find it: so no id is known with an upload time beyond the
        watermark, except where ids began anew."""
        return row.upload is not None and self.upload_watermark is not None and row.upload > self.upload_watermark

    def with_watermark(self, seen: str | None) -> Cursor:
        return replace(self, upload_watermark=max((t for t in (self.upload_watermark, seen) if t), default=None))


def to_json(cursor: Cursor) -> Json:
    return {
        "epoch": cursor.epoch,
        "max_id": cursor.max_id,
        "recent_ids": sorted(cursor.recent_ids),
        "upload_watermark": cursor.upload_watermark,
        "order_ok": cursor.order_ok,
        "total": cursor.total,
        "odd": list(cursor.odd),
        "start": cursor.start,
        "blocked": cursor.blocked,
        "orders": cursor.orders,
    }


def from_json(kept: Json) -> Cursor:
    return Cursor(**{**kept, "recent_ids": frozenset(kept["recent_ids"]), "odd": tuple(kept["odd"])})


def began_anew(cursor: Cursor, rows: Iterable[SeenRow], known_as: Mapping[int, int]) -> str:
    """Why the rows of one scan show that the server's ids began anew; "" when they do not (B-2.10).

    rows: all that the scan saw, known ones too; it reached down to the watermark. known_as: content of ids that were
    emitted, where it is still kept. An id that was emitted had an upload time up to the watermark then; the same id
    with a later one is another row, unless an edit moved it: an edited row leaves the ids above it where they were.
    """
    told = [(row.id, row) for row in rows if row.id is not None]
    top = max((number for number, _ in told), default=0)
    for number, row in told:
        if not cursor.left_to_scan(row) or number > cursor.max_id:
            continue
        if number <= cursor.floor:
            return f"id {number} arrived at {row.upload}, although ids up to {cursor.max_id} were there before"
        another = number in cursor.recent_ids and known_as.get(number) != row.content
        if another and (top < cursor.max_id or number == cursor.max_id):
            return f"id {number} was another row before this one, which arrived at {row.upload}"
    return ""


def top_is_gone(cursor: Cursor, top: int) -> str:
    """Why a list whose highest id is `top` is not the one that was read; "" when it may be. One deletes a row or two by
    hand; a restored database lacks more, and is told before its next row comes."""
    gone = sum(number > top for number in cursor.recent_ids)
    return f"the highest id is {top}, and {gone} ids above it were there before" if gone >= _GONE_FROM_THE_TOP else ""
