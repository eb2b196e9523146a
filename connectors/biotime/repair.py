"""Closed days once a night, and all of the last ones when an operator asks: counted, and read again where the count is
another than what went out (spec/connectors.md B-2.5). It never moves the live cursor."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from connectors.biotime.cursor import Cursor
from connectors.biotime.days import compare_days
from connectors.biotime.feed import REPAIR, Feed
from connectors.source import Json, Outcome

_HOUR: Final = 2  # of the server's night: late terminals of the evening have uploaded


class RepairJob:
    """One run is one day."""

    name = "transactions_repair"
    every_seconds = 600.0

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    async def run(self) -> Outcome:
        feed = self._feed
        cursor, plan = feed.cursor(), feed.plan()
        if cursor is None or cursor.blocked or (plan is not None and plan.first) or not await feed.filters_work():
            return Outcome()
        kept = feed.repair()
        rescan = int(feed.order("rescan").get("n", 0))
        today = feed.today()
        if rescan > kept.get("rescans", 0):
            return await self._day(cursor, {**kept, "rescans": rescan, "next": _text(today, 1), "whole": True})
        if kept.get("next"):
            return await self._day(cursor, kept)
        if kept.get("night", "") >= today.isoformat() or self._hour() < _HOUR:
            return Outcome()
        return await self._day(cursor, {**kept, "night": today.isoformat(), "next": _text(today, -1), "whole": False})

    async def _day(self, cursor: Cursor, kept: Json) -> Outcome:
        feed, ledger = self._feed, self._feed.ledger()
        day = date.fromisoformat(str(kept["next"]))
        oldest = max(ledger.floor, cursor.start)
        if day.isoformat() < oldest:
            await feed.tools.state.put({REPAIR: {**kept, "next": None}})
            return Outcome()
        compared = await compare_days(
            feed, cursor, ledger, day, day, whole_up_to=float("inf") if kept["whole"] else -1
        )  # fmt: skip
        await feed.deliver(
            (), cursor=compared.cursor, ledger=ledger, also={REPAIR: {**kept, "next": _text(day, -1)}}
        )  # fmt: skip
        return Outcome(compared.rows, again=True)

    def _hour(self) -> int:
        return datetime.fromtimestamp(self._feed.tools.clock(), self._feed.zone).hour


def _text(day: date, later: int) -> str:
    return (day + timedelta(days=later)).isoformat()
