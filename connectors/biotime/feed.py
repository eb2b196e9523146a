"""What the jobs that read transactions share: what is kept, whether filters work, and the one way out for rows."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from prometheus_client import Counter

from connectors.biotime.arrivals import scan_floor
from connectors.biotime.cursor import Cursor, from_json, to_json
from connectors.biotime.ledger import Ledger
from connectors.biotime.listing import TransactionsClient
from connectors.biotime.rows import SeenRow, oldest_first
from connectors.biotime.slices import Backfill, backfill_from_json, backfill_to_json
from connectors.biotime.watermarks import Watermarks
from connectors.biotime.zones import ZoneLearner, upload_zone_of
from connectors.source import Json, Tools
from runtime.connector_sections import BioTimeServer
from schemas.polled import (
    NOTE_CONFLICTS,
    NOTE_EPOCH,
    NOTE_MANUAL,
    NOTE_OFFSETS,
    NOTE_UPLOAD_ZONE,
    NOTE_ZONE,
    PolledTable,
)

log = logging.getLogger(__name__)

CURSOR: Final = "transactions"
BACKFILL: Final = "backfill"
REPAIR: Final = "repair"
ZONES: Final = "zones"
TERMINALS: Final = "terminals"
CONTROL: Final = "control"
FAR_FUTURE: Final = "2199-01-01 00:00:00"
BATCH_ROWS: Final = 2_000

ROWS_WITHOUT_ID = Counter(
    "punchstream_connectors_biotime_rows_without_id_total", "polled rows without an id, each content once"
)
ROWS_EDITED = Counter("punchstream_connectors_biotime_rows_edited_total", "rows that changed and went out again")
ROWS_GONE = Counter("punchstream_connectors_biotime_rows_gone_total", "rows that the server does not show any more")
ROWS_UNEXPLAINED = Counter(
    "punchstream_connectors_biotime_rows_unexplained_total", "rows that the server counts and no scan of arrivals found"
)


@dataclass(slots=True)
class Feed:
    """One server's transactions. Jobs load what is kept at each run: nothing is true that was not committed."""

    client: TransactionsClient
    server: BioTimeServer
    tools: Tools
    zone: ZoneInfo = field(init=False)
    upload_zone: ZoneInfo = field(init=False)
    zones: ZoneLearner = field(init=False)
    marks: Watermarks = field(init=False)
    _filters_work: bool | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.server.zone)
        self.upload_zone = upload_zone_of(self.server)
        learnt = self.tools.state.get(ZONES) or {}
        self.zones = ZoneLearner(self.zone, self.upload_zone, learnt)
        self.marks = Watermarks(self.upload_zone)

    def cursor(self) -> Cursor | None:
        kept = self.tools.state.get(CURSOR)
        return None if kept is None else from_json(kept)

    def plan(self) -> Backfill | None:
        """The backfill that is under way."""
        kept = (self.tools.state.get(BACKFILL) or {}).get("plan")
        return None if kept is None else backfill_from_json(kept)

    def orders(self) -> int:
        """How many orders of a backfill were begun."""
        done: int = (self.tools.state.get(BACKFILL) or {}).get("orders", 0)
        return done

    def planned(self, plan: Backfill | None, orders: int | None = None) -> dict[str, Json | None]:
        """What to save of it."""
        kept = None if plan is None else backfill_to_json(plan)
        return {BACKFILL: {"plan": kept, "orders": self.orders() if orders is None else orders}}

    def repair(self) -> Json:
        """night: the last whose days were compared; next: the day to compare, None when through; whole: even where its
        count is right; rescans: orders done."""
        return self.tools.state.get(REPAIR) or {}

    def order(self, kind: str) -> Json:
        """The last order of a kind: {} when there never was one."""
        found: Json = (self.tools.state.get(CONTROL) or {}).get(kind) or {}
        return found

    def today(self) -> date:
        """At the server."""
        return datetime.fromtimestamp(self.tools.clock(), self.zone).date()

    def ledger(self) -> Ledger:
        today = self.today()
        floor, last = today - timedelta(days=self.server.repair_days), today + timedelta(days=1)
        return Ledger(self.tools.state.get, floor.isoformat(), last.isoformat())

    def scan_floor(self, cursor: Cursor) -> str | None:
        """The upload time down to which the next scan reads."""
        overlap = timedelta(seconds=self.server.overlap_seconds)
        return scan_floor(cursor.upload_watermark, overlap, self.upload_zone)

    async def filters_work(self) -> bool:
        """Once per start: a filter that the server does not know returns everything, so one that leaves nothing is
        asked for first (B-2.6). Raises SourceTrouble."""
        if self._filters_work is None:
            page = await self.client.transactions_page(page=1, page_size=1, filters={"start_time": FAR_FUTURE})
            self._filters_work = not page.rows and not page.count
            if not self._filters_work:
                log.warning(
                    "%s ignores start_time: days cannot be compared with it, and a backfill reads all of it by id",
                    self.server.key,
                )
        return self._filters_work

    async def deliver(
        self,
        rows: Sequence[SeenRow],
        *,
        cursor: Cursor,
        ledger: Ledger,
        arrived: bool = False,
        also: Mapping[str, Json | None] | None = None,
    ) -> Cursor:
        """Emit, and after the acknowledgement save that it was: a crash in between repeats rows; ids make them one.

        arrived: found by a scan of arrivals. Raises what Emit and State raise.
        """
        rows = oldest_first(rows)
        learnt = arrived and self.zones.learn(rows)
        if rows:
            await self.tools.emit.rows(
                PolledTable.BIOTIME_TRANSACTIONS, [row.body for row in rows], notes=self._notes(rows, cursor)
            )
        self._tell_rows_without_id(rows)
        for row in rows:
            ledger.add(row)
        self.marks.uploaded(rows)
        moved = cursor.with_rows(rows, arrived=arrived)
        values: dict[str, Json | None] = {**ledger.changes(), **(also or {})}
        kept = to_json(moved)
        if kept != self.tools.state.get(CURSOR):
            values[CURSOR] = kept
        if learnt:
            values[ZONES] = self.zones.to_json()
        if values:
            await self.tools.state.put(values)
            ledger.saved()
        return moved

    def _notes(self, rows: Sequence[SeenRow], cursor: Cursor) -> dict[str, str]:
        serials = {row.serial for row in rows} - {""}
        terminals = self.tools.state.get(TERMINALS) or {}
        now = self.tools.clock()
        notes = {NOTE_EPOCH: str(cursor.epoch), NOTE_ZONE: self.server.zone}
        if self.upload_zone.key != self.server.zone:
            notes[NOTE_UPLOAD_ZONE] = self.upload_zone.key
        if offsets := self.zones.unlike_server(serials, now):
            notes[NOTE_OFFSETS] = ",".join(f"{serial}:{offset}" for serial, offset in offsets.items())
        if conflicts := self.zones.conflicts(serials, terminals, now):
            notes[NOTE_CONFLICTS] = ",".join(conflicts)
        if "manual_logs" in self.server.readers:
            notes[NOTE_MANUAL] = "1"
        return notes

    def _tell_rows_without_id(self, rows: Sequence[SeenRow]) -> None:
        odd = sum(row.id is None for row in rows)
        if odd:
            ROWS_WITHOUT_ID.inc(odd)
            log.warning("%s: %d rows have no id; each is read once per content", self.server.key, odd)
