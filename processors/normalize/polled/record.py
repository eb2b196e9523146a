"""One raw record of a connector: its rows, its notes, and a context for each device that the rows name.

The zone of a device's clock: its registry period, else the offset that was learnt of it, else the zone of its server or
station, else the one for unknown devices (flagged ZONE_ASSUMED). Sources: DESIGN 5; spec/connectors.md B-2.12, B-3.6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson

from processors.normalize.context import AssumedClock, Context, EventTime, clean
from processors.normalize.failures import dead_row
from processors.normalize.polled.last_punches import LastPunches
from processors.normalize.polled.notes import parse_notes
from processors.normalize.records import DeadRow, Derived, DevicePeriods, OnFailure, Piece, RawUpload
from runtime.local_time import Clock, ClockError
from schemas.deadletters import Reason
from schemas.events import TimeFlag
from schemas.identity import SourceRank
from wire.zkpush.target import SERIAL

PeriodsOf = Callable[[str], DevicePeriods]  # serial in upper case, or the key of a source
ConvertRow = Callable[[int, Any], Sequence[Derived | DeadRow]]  # 1-based number of the row, the row

PIECE_ROWS: Final = 500
_SKEWED_S: Final = 60.0
_REGISTRY, _LEARNT, _SERVER_ZONE, _ASSUMED = "registry", "learnt", "server_zone", "assumed"


class PolledRecord:
    """`last_punches` is what the device processor is to hear of the rows; `via`: the source that was polled for them,
    empty where the source is a terminal that spoke itself."""

    def __init__(self, upload: RawUpload, periods_of: PeriodsOf, unknown_zone: str) -> None:
        self.upload = upload
        self.source = upload.headers.source
        self.via = "" if SERIAL.fullmatch(self.source) else self.source
        self.table = upload.headers.table
        self.notes = parse_notes(clean(upload.headers.query))
        self.last_punches = LastPunches(self.source, self.table)
        self._periods_of = periods_of
        self._unknown_zone = unknown_zone
        self._contexts: dict[str, tuple[Context, str]] = {}

    def context(self, device: str) -> Context:
        """Of one device's rows: `device` is a serial in upper case or the source itself."""
        return self._known(device)[0]

    def time_basis(self, device: str, time: EventTime) -> str:
        """What the offset of a time rests on: registry, learnt, server_zone, assumed."""
        return _REGISTRY if time.period is not None else self._known(device)[1]

    def site(self, time: EventTime) -> str:
        return time.site or self.notes.site

    def flagged(self, time: EventTime) -> EventTime:
        """With the flag of a station whose clock is off."""
        if self.notes.skew_s is None or abs(self.notes.skew_s) <= _SKEWED_S:
            return time
        return time._replace(flags=(*time.flags, TimeFlag.SKEW.value))

    def rows(self) -> list[Any] | DeadRow:
        """The JSON array of the body, or an object alone."""
        try:
            body = orjson.loads(self.upload.body)
        except orjson.JSONDecodeError as error:
            message = f"no JSON at character {error.pos}"
            return DeadRow(Reason.UNKNOWN_FORMAT, 0, self.upload.body, message)
        if isinstance(body, dict):
            return [body]
        if not isinstance(body, list):
            return DeadRow(Reason.UNKNOWN_FORMAT, 0, self.upload.body, f"no array of rows but {type(body).__name__}")
        return body

    def bytes_of(self, row: Any) -> bytes:
        """A row as its dead letter keeps it; all of the body where a row cannot be written alone (too deep)."""
        try:
            return orjson.dumps(row)
        except orjson.JSONEncodeError:
            return self.upload.body

    def convert(self, rows: list[Any], convert_row: ConvertRow, on_failure: OnFailure) -> Iterator[Piece]:
        """The rows in their order, at most PIECE_ROWS at a time; at the end what the device processor is to hear."""
        for start in range(0, len(rows), PIECE_ROWS):
            piece = Piece()
            for line, row in enumerate(rows[start : start + PIECE_ROWS], start + 1):
                try:
                    found = convert_row(line, row)
                except Exception as failure:  # noqa: BLE001 - promise 4: one row's failure must not stop the others
                    piece.dead.append(dead_row(failure, line, self.bytes_of(row), on_failure))
                    continue
                piece.events += [one for one in found if isinstance(one, Derived)]
                piece.dead += [one for one in found if isinstance(one, DeadRow)]
            yield piece
        yield Piece(list(self.last_punches.inputs(self.context)))

    def _known(self, device: str) -> tuple[Context, str]:
        known = self._contexts.get(device)
        if known is None:
            # Not a worker's name: the device did not speak to it.
            headers = replace(self.upload.headers, source=device, edge="" if self.via else self.upload.headers.edge)
            assumed, basis = self._assumed(device)
            context = Context(self.upload._replace(headers=headers), self._periods_of(device), assumed, SourceRank.POLL)
            known = self._contexts[device] = (context, basis)
        return known

    def _assumed(self, device: str) -> tuple[AssumedClock, str]:
        zone, learnt = self.notes.zone, self.notes.offsets.get(device)
        if learnt is not None:
            clock = _fixed(learnt)
            if _exists(zone or self._unknown_zone, clock):
                return AssumedClock(zone or self._unknown_zone, clock, ()), _LEARNT
        if zone and _exists(zone, "zone"):
            return AssumedClock(zone, flags=()), _SERVER_ZONE
        return AssumedClock(self._unknown_zone), _ASSUMED


def _fixed(offset_s: int) -> str:
    minutes = round(abs(offset_s) / 60)
    return f"fixed:{'-' if offset_s < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def _exists(zone: str, clock: str) -> bool:
    try:
        Clock.parse(zone, clock)
    except ClockError:
        return False
    return True
