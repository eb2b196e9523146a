"""Up to when devices have surely told everything, as connectors found it, for the device processor. Source: DESIGN 5.

Its raw record comes after the rows that it speaks for, in the same partition, so its input comes after theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from processors.normalize.inputs import device_input
from processors.normalize.polled.record import PolledRecord
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece
from schemas.deadletters import Reason
from schemas.devices import InputKind
from wire.zkpush.target import SERIAL

_LATEST_MS: Final = 4_102_444_800_000  # 2100


def convert_watermarks(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    def convert_row(line: int, raw: Any) -> list[Derived | DeadRow]:
        device = raw.get("device") if isinstance(raw, dict) else None
        watermark = raw.get("watermark") if isinstance(raw, dict) else None
        known = isinstance(device, str) and (device == record.source or SERIAL.fullmatch(device.upper()) is not None)
        if not known or type(watermark) is not int or not 0 <= watermark < _LATEST_MS:
            error = "a watermark is {device: serial or the source, watermark: epoch ms}"
            return [DeadRow(Reason.NOT_A_ROW, line, record.bytes_of(raw), error)]
        assert isinstance(device, str)
        context = record.context(device if device == record.source else device.upper())
        return [device_input(context, InputKind.WATERMARK, via=record.source, watermark=watermark)]

    return record.convert(rows, convert_row, on_failure)
