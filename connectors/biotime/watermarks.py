"""Up to when a terminal behind a server has told everything: the lesser of the last complete poll and the terminal's
last upload (DESIGN 5). Pure.

The poll says what the server knew, the upload what the terminal had told the server. That a terminal was heard of later
(`last_activity`) proves nothing, as a heartbeat of a pushing terminal does not: it may hold a backlog. So the mark of
a terminal at which nobody punches stands still, until somebody does or the card stops waiting for it. What is not known
is on the safe side: an upload in the hour that is lived twice counts as the first of the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from connectors.biotime.rows import SeenRow
from connectors.source import Json

EVERY_SECONDS: Final = 60.0


@dataclass(slots=True)
class Watermarks:
    """upload_zone: of upload times. Kept in memory only: who takes over tells them again when it knows them."""

    upload_zone: ZoneInfo
    _uploads: dict[str, int] = field(default_factory=dict)
    _told: dict[str, int] = field(default_factory=dict)
    _told_at: float | None = None

    def uploaded(self, rows: Iterable[SeenRow]) -> None:
        for row in rows:
            self.upload_at(row.serial, row.upload)

    def upload_at(self, serial: str, upload: str | None) -> None:
        """`upload`: the server's text, `YYYY-MM-DDTHH:MM:SS`."""
        if serial and upload is not None:
            device = serial.upper()
            self._uploads[device] = max(self._uploads.get(device, 0), _epoch_ms(upload, self.upload_zone))

    def due(self, polled_ms: int, monotonic: float) -> list[Json]:
        """What to tell after a complete poll that began at `polled_ms`: marks that advanced, at most every 60 s."""
        if self._told_at is not None and monotonic - self._told_at < EVERY_SECONDS:
            return []
        marks = {device: min(polled_ms, upload) for device, upload in self._uploads.items()}
        return [
            {"device": device, "watermark": mark}
            for device, mark in sorted(marks.items())
            if mark > self._told.get(device, 0)
        ]

    def told(self, marks: Iterable[Json], monotonic: float) -> None:
        for mark in marks:
            self._told[mark["device"]] = mark["watermark"]
            self._told_at = monotonic


def _epoch_ms(local: str, zone: ZoneInfo) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=zone, fold=0).timestamp() * 1000)
