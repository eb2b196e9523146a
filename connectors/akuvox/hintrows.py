"""Events of a station whose door log cannot be read, from its action URLs: the only word of them, and a lossy one
(spec/connectors.md B-3 9). Where the log can be read, a hint only makes that happen at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from connectors.akuvox.logjob import DOOR
from connectors.akuvox.metrics import HINTS_DROPPED
from connectors.akuvox.shared import Shared
from connectors.source import Json, Outcome
from schemas.polled import PolledTable

MOST_WAITING: Final = 1_000
_AT: Final = "@at"
_SECRETS: Final = frozenset({"code", "qrcode", "card_sn"})


class HintRowsJob:
    """Hints wait here until it is known whether the station has a log; the oldest give way when there are too many."""

    name = "hints"

    def __init__(self, shared: Shared) -> None:
        self.every_seconds = shared.station.slow_seconds
        self._shared = shared
        self._waiting: deque[Json] = deque()

    def keep(self, hint: Mapping[str, str]) -> None:
        row: Json = {name: value for name, value in hint.items() if name.lower() not in _SECRETS and name != _AT}
        if hint.get(_AT, "").isdigit():
            row[_AT] = int(hint[_AT])
        self._waiting.append(row)
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            HINTS_DROPPED.inc()

    async def run(self) -> Outcome:
        rows, self._waiting = list(self._waiting), deque()
        if not rows or DOOR.name in self._shared.readable:
            return Outcome()
        if DOOR.name in self._shared.lacking:
            try:
                await self._shared.tools.emit.rows(PolledTable.AKUVOX_HINT, rows, notes=self._shared.notes(1, DOOR.log))
            except BaseException:
                self._waiting.extendleft(reversed(rows))
                raise
            return Outcome(len(rows))
        self._waiting.extendleft(reversed(rows))
        return Outcome()
