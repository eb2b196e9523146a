"""Up to when devices have surely told everything, as connectors and edges found it. Source: DESIGN 5.

The raw record comes after the rows that it speaks for, in the same partition; `resolver` keeps that order. An edge's
speaks for its source alone.
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
    def may_speak_for(device: str) -> bool:
        return device == record.source or (bool(record.via) and SERIAL.fullmatch(device.upper()) is not None)

    def convert_row(line: int, raw: Any) -> list[Derived | DeadRow]:
        device = raw.get("device") if isinstance(raw, dict) else None
        watermark = raw.get("watermark") if isinstance(raw, dict) else None
        if not isinstance(device, str) or not may_speak_for(device) or not _is_instant(watermark):
            error = "a watermark is {device: serial or the source, watermark: epoch ms}"
            return [DeadRow(Reason.NOT_A_ROW, line, record.bytes_of(raw), error)]
        context = record.context(device if device == record.source else device.upper())
        return [device_input(context, InputKind.WATERMARK, via=record.via, watermark=watermark)]

    return record.convert(rows, convert_row, on_failure)


def _is_instant(watermark: object) -> bool:
    return type(watermark) is int and 0 <= watermark < _LATEST_MS
