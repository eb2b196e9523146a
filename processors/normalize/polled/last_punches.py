"""Polled punches told to the device processor: one UPLOAD input a device and raw record, `via` the source.

It says when a device was last punched at, nothing of its presence: the device did not speak to us.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from processors.normalize.context import Context, EventTime
from processors.normalize.inputs import device_input
from processors.normalize.records import Derived, UploadPart
from processors.normalize.uploads import punches_by_hour
from schemas.devices import InputKind

_HOUR_MS: Final = 3_600_000


class LastPunches:
    """Sums by device over the rows of one raw record of `source`."""

    def __init__(self, source: str, table: str) -> None:
        self._source = source
        self._table = table
        self._parts: dict[str, UploadPart] = {}
        self._seen_at: dict[str, int] = {}

    def add(self, device: str, time: EventTime, seen_at: int | None = None) -> None:
        """A punch whose time was readable; seen_at: when its server got it, epoch ms."""
        assert time.instant is not None
        part = self._parts.get(device) or self._parts.setdefault(device, UploadPart())
        part.rows += 1
        part.saw(time.instant.utc_ms)
        hour = time.instant.local_ms // _HOUR_MS
        part.hours[hour] = part.hours.get(hour, 0) + 1
        if seen_at is not None:
            self._seen_at[device] = max(seen_at, self._seen_at.get(device, seen_at))

    def inputs(self, context_of: Callable[[str], Context]) -> Iterator[Derived]:
        for device, part in self._parts.items():
            context = context_of(device)
            yield device_input(
                context,
                InputKind.UPLOAD,
                via=self._source,
                table=self._table,
                rows=part.rows,
                newest_at=part.newest_at,
                punches_by_hour=punches_by_hour(part.hours, context.received_at),
                seen_at=self._seen_at.get(device),
            )
