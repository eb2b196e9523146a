"""The reader of mobile transactions, newest first, for comparison only: what counts of them comes from transactions
(errata B4). Rows have no ids, so the last ones are known by what they say."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from connectors.biotime.reader import ServerReader, digest_of
from connectors.biotime.reading import Reading
from connectors.errors import SourceTrouble
from connectors.source import Json, Outcome
from schemas.polled import PolledTable
from wire.biotime.errors import RowUnreadable
from wire.biotime.mobile import parse_mobile_transaction

_KNOWN: Final = 5_000


class MobileJob:
    """One page a run, down to a page without news or the last `repair_days`.

    State: {"known": digests of rows that went out, "whole": whether the last reading came to its end}.
    """

    name = "mobile"

    def __init__(self, reader: ServerReader) -> None:
        self.every_seconds = reader.server.people_seconds
        self._reader = reader
        self._begin()

    def _begin(self) -> None:
        self._reading = Reading("mobile transactions")
        self._fresh: list[int] = []  # newest first
        self._before: list[int] | None = None  # known when this reading began
        self._was_whole = False

    async def run(self) -> Outcome:
        try:
            page = await self._reader.mobile_page("mobile_transactions", self._reading.page)
            rows = page.rows if self._reading.take(page) else ()
        except SourceTrouble:
            self._begin()
            raise
        state = self._reader.tools.state
        kept = state.get(self.name) or {"known": [], "whole": False}
        if self._before is None:
            self._before, self._was_whole = kept["known"], kept["whole"]
        known = {*self._before, *self._fresh}
        floor = (self._reader.today() - timedelta(days=self._reader.server.repair_days)).isoformat()
        recent = [(digest_of(row), row) for row in rows if _punched(row) >= floor]
        fresh = {digest: row for digest, row in recent if digest not in known}
        await self._reader.emit(PolledTable.BIOTIME_MOBILE, fresh.values())
        self._fresh = [*self._fresh, *fresh][:_KNOWN]
        ended = self._reading.ended or not recent or (self._was_whole and not fresh)
        after = {"known": [*self._fresh, *self._before][:_KNOWN], "whole": ended}
        if after != kept:
            await state.put({self.name: after})
        if ended:
            self._begin()
        return Outcome(len(fresh), again=not ended)


def _punched(row: Json) -> str:
    """Wall time; one that cannot be read is no reason to stop: the row goes out, and the normalizer refuses it."""
    try:
        return parse_mobile_transaction(row).punch_time
    except RowUnreadable:
        return "~"
