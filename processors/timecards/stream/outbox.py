"""Records that are written with the state, in the order in which readers need them. Source: spec/timecards.md D."""

from __future__ import annotations

from datetime import date
from typing import Final

from runtime.state_records import Output
from schemas.timecards import card_key

DAILY: Final = "timecards.daily"
HISTORY: Final = "timecards.history"
WEEK: Final = "timecards.week"
ADJUSTMENTS: Final = "timecards.adjustments"
REPORTS: Final = "timecards.reports"
ARCHIVE: Final = "timecards.archive"


class Outbox:
    """Daily cards before the weeks that name them."""

    def __init__(self) -> None:
        self._daily: list[Output] = []
        self._weeks: list[Output] = []
        self._others: list[Output] = []
        self.size = 0  # bytes of cards since they were taken

    def card(self, tenant: str, employee: str, day: date, value: bytes, *, is_new_version: bool) -> None:
        key = card_key(tenant, employee, day.isoformat())
        self._daily.append((DAILY, key, value))
        self.size += len(value) * (1 + is_new_version)
        if is_new_version:
            self._daily.append((HISTORY, key, value))

    def week(self, tenant: str, employee: str, week_start: date, value: bytes) -> None:
        self._weeks.append((WEEK, card_key(tenant, employee, week_start.isoformat()), value))

    def adjustment(self, adjustment_id: str, value: bytes) -> None:
        self._others.append((ADJUSTMENTS, adjustment_id.encode(), value))

    def report(self, key: bytes, value: bytes) -> None:
        self._others.append((REPORTS, key, value))

    def archive(self, key: bytes, value: bytes) -> None:
        self._others.append((ARCHIVE, key, value))

    def taken(self) -> list[Output]:
        """All since it was asked last."""
        found = [*self._daily, *self._weeks, *self._others]
        self._daily, self._weeks, self._others, self.size = [], [], [], 0
        return found
