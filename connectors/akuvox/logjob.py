"""The reader of a station's door log or call log: one page where nothing is new, as many as it takes where rows are
(spec/connectors.md B-3). Never by time, and never a call that clears: others read these logs too.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from connectors.akuvox.fingerprints import Known, SeenRow, seen_call_row, seen_door_row
from connectors.akuvox.logcursor import FULL_PAGE, Cursor, load, measured, to_json
from connectors.akuvox.metrics import EPOCHS, GAPS, TIGHT_RINGS
from connectors.akuvox.pages import Step
from connectors.akuvox.reading import Found, Gap, Reading
from connectors.akuvox.shared import Shared
from connectors.errors import ApiBlocked, AuthFailed, DialectWeb, NotSupported, ServerFault, Unreachable
from connectors.source import Json, Outcome
from schemas.polled import PolledTable, SourceStatus
from wire.akuvox.redaction import hash_code
from wire.akuvox.rows import LogPage

log = logging.getLogger(__name__)

MAX_PAGES: Final = 5_000
WATERMARK_SECONDS: Final = 60.0

Fetch = Callable[[int | None], Awaitable[LogPage]]


@dataclass(frozen=True, slots=True)
class LogKind:
    """name: of the reader, its job and its state; log: as notes and events name it."""

    name: str
    log: str
    table: PolledTable
    seen_row: SeenRow


DOOR: Final = LogKind("doorlog", "door", PolledTable.AKUVOX_DOORLOG, seen_door_row)
CALL: Final = LogKind("calllog", "call", PolledTable.AKUVOX_CALLLOG, seen_call_row)


class LogJob:
    """One run reads what is new, writes it down, and saves after the acknowledgement that it did."""

    def __init__(self, shared: Shared, kind: LogKind, fetch: Fetch) -> None:
        self.name = kind.name
        self.every_seconds = shared.station.poll_seconds
        self._shared = shared
        self._kind = kind
        self._fetch = fetch
        self._look: tuple[int, tuple[Json, ...], int | None] | None = None  # of the last poll: its newest rows
        self._whole: bool | None = None
        self._generation = 0
        self._polled: float | None = None  # monotonic
        self._marked = -WATERMARK_SECONDS
        self._is_tight = False

    async def run(self) -> Outcome:
        try:
            outcome = await self._poll()
        except NotSupported as error:
            # Not for the runner, which would let it rest for a day: after another firmware it is asked again.
            if self.name not in self._shared.lacking:
                self._shared.lacking.add(self.name)
                self._shared.readable.discard(self.name)
                log.info("%s has no %s: %s", self._shared.station.key, self.name, error)
            return Outcome()
        except (Unreachable, AuthFailed, ApiBlocked, DialectWeb):
            self._shared.lost()
            raise
        return outcome

    def close(self) -> None:
        self._tell_tight(is_tight=False)

    async def _poll(self) -> Outcome:
        shared, tools = self._shared, self._shared.tools
        await shared.identify()
        started, started_ms = tools.monotonic(), int(tools.clock() * 1000)
        seconds = None if self._polled is None else started - self._polled
        if self._whole is None or shared.generation != self._generation:
            self._generation = shared.generation
            self._whole = self._reads_whole(load(self.name, tools.state.get)[0])
        page = await self._fetch(None if self._whole else 1)
        shared.readable.add(self.name)
        look = (shared.generation, page.rows[:FULL_PAGE], page.num)
        if look == self._look and not self._ordered():
            rows, gap = 0, None
        else:
            rows, gap = await self._read(page, seconds)
            self._look = look
        self._polled = started
        if gap is None and self._kind is DOOR:
            await self._mark(started_ms)
        return Outcome(rows)

    def _reads_whole(self, cursor: Cursor) -> bool:
        return cursor.whole_for is not None and cursor.whole_for == self._shared.client.firmware

    def _ordered(self) -> bool:
        """An order waits that this log has not carried out."""
        rescan, epoch = self._shared.order("rescan"), self._shared.order("epoch")
        if not rescan and not epoch:
            return False
        cursor = load(self.name, self._shared.tools.state.get)[0]
        return bool(rescan.get("n", 0) > cursor.rescans or epoch.get("n", 0) > cursor.epochs)

    async def _read(self, page: LogPage, seconds: float | None) -> tuple[int, Gap | None]:
        """Rows that went out, and the gap before them. seconds: since the last poll of this process."""
        shared = self._shared
        kept, kept_known = load(self.name, shared.tools.state.get)
        rescan, epoch = shared.order("rescan"), shared.order("epoch")
        cursor, known, since = kept, kept_known, ""
        if epoch.get("n", 0) > cursor.epochs:
            cursor = Cursor(
                epoch=kept.epoch + 1, whole_for=kept.whole_for, ring=kept.ring, peak=kept.peak, epochs=epoch["n"],
                rescans=kept.rescans,
            )  # fmt: skip
            known, since = Known(), epoch.get("from", "")
        to_the_end = rescan.get("n", 0) > cursor.rescans
        reading = Reading(
            cursor, known, self._kind.seen_row, whole=self._whole is True, to_the_end=to_the_end, since=since
        )
        await self._read_on(reading, page)
        found = reading.found()
        if found.gap is not None or (cursor.begun and found.cursor.epoch != cursor.epoch):
            await shared.look_again()
        self._whole = self._whole is True or reading.pages.ignores_pages
        ring, peak = measured(
            reading.pages.num, cursor, new=found.rows, whole=cursor.begun and found.gap is None and seconds is not None,
            seconds=max(seconds or 0.0, self.every_seconds),
        )  # fmt: skip
        moved = replace(
            found.cursor,
            whole_for=shared.client.firmware if self._whole else None,
            rescans=rescan["n"] if to_the_end else cursor.rescans,
            promise=(),
        )
        if found.cursor.promise:
            # Rows of a new epoch go out: after a crash, and another restart of the IDs, it must not be used again.
            before = replace(kept, promise=found.cursor.promise)
            await shared.tools.state.put({self.name: to_json(before, kept_known)})
        await self._emit(found, seconds)
        if moved != kept or found.known.total != kept_known.total:
            moved = replace(moved, num=reading.pages.num, ring=ring, peak=round(peak, 3))
            filled = found.known.segments_since(self.name, known.total)
            await shared.tools.state.put({self.name: to_json(moved, found.known), **filled})
        self._tell(found, moved, epochs=moved.epoch - kept.epoch)
        return found.rows, found.gap

    async def _read_on(self, reading: Reading, page: LogPage) -> None:
        step = reading.take(page)
        for _ in range(MAX_PAGES):
            if step is Step.DONE:
                return
            step = reading.take(await self._fetch(reading.pages.next_page))
        raise ServerFault(f"{self._shared.station.key}: its {self.name} has no end after {MAX_PAGES} pages")

    async def _emit(self, found: Found, seconds: float | None) -> None:
        shared, kind = self._shared, self._kind
        emit = shared.tools.emit
        if found.gap is not None:
            gap = found.gap
            told = {
                "log": kind.log, "last_known": gap.last_known, "oldest_available": gap.oldest, "num": gap.num,
                "why": gap.why,
            }  # fmt: skip
            await emit.one(PolledTable.GAP, told, notes=shared.notes(gap.epoch, kind.log))
        if not found.rows:
            return
        key = shared.tools.secret()
        newest = kind.seen_row(found.batches[-1][1][-1][0]).local_time
        await shared.check_clock(newest, None if found.gap is not None else seconds)
        for epoch, rows in found.batches:
            redacted: set[str] = set()
            bodies: list[Json] = []
            for row, occurrence in rows:
                body, names = hash_code(row, key)
                redacted.update(names)
                if occurrence is not None:
                    body["@occurrence"] = occurrence
                if kind is DOOR and (user := shared.users.user_of(body, key)):
                    body["@user"] = user
                bodies.append(body)
            notes = shared.notes(epoch, kind.log)
            await emit.rows(kind.table, bodies, notes=notes, redacted=",".join(sorted(redacted)))

    def _tell(self, found: Found, cursor: Cursor, *, epochs: int) -> None:
        key = self._shared.station.key
        if epochs > 0:
            EPOCHS.labels(self._kind.log).inc(epochs)
            log.info("%s: the IDs of its %s began anew: epoch %d", key, self.name, cursor.epoch)
        if found.gap is not None:
            GAPS.labels(self._kind.log).inc()
            self._shared.tools.tell.status(SourceStatus.GAP, f"{self.name}: {found.gap.why}")
        is_tight = cursor.is_tight(self.every_seconds)
        if is_tight and not self._is_tight:
            log.warning(
                "%s: its %s holds %d rows and is written at up to %.2f a second: poll it more often than each %g s",
                key, self.name, cursor.ring, cursor.peak, self.every_seconds,
            )  # fmt: skip
        self._tell_tight(is_tight=is_tight)

    def _tell_tight(self, *, is_tight: bool) -> None:
        TIGHT_RINGS.labels(self._kind.log).inc(is_tight - self._is_tight)
        self._is_tight = is_tight

    async def _mark(self, polled_ms: int) -> None:
        """Up to when the station has told everything (DESIGN 5): the start of a poll without a gap."""
        now = self._shared.tools.monotonic()
        if now - self._marked < WATERMARK_SECONDS:
            return
        mark = {"device": self._shared.station.key, "watermark": polled_ms}
        await self._shared.tools.emit.rows(PolledTable.WATERMARKS, [mark], notes=self._shared.notes())
        self._marked = now
