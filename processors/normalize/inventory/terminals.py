"""Terminals behind a BioTime server (BIOTIME/TERMINALS) as `device.input` of each. Source: spec/connectors.md A3, F23.

Their online state is told from `last_activity`, the server's clock: the zone of upload_time, else of the server.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from processors.normalize.inventory.inputs import plain_texts, polled_input, serial_of
from processors.normalize.polled.record import PolledRecord
from processors.normalize.published import published
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece
from runtime.local_time import Clock, ClockError, resolve_batch
from schemas.deadletters import Reason
from schemas.devices import InputKind
from wire.biotime.errors import RowUnreadable
from wire.biotime.terminals import TerminalRow, parse_terminal


def convert_terminals(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    clock = _server_clock(record)

    def convert_row(line: int, raw: Any) -> Sequence[Derived | DeadRow]:
        try:
            row = parse_terminal(raw)
        except RowUnreadable as error:
            return [DeadRow(Reason.NOT_A_ROW, line, record.bytes_of(raw), str(error))]
        serial = serial_of(row.sn)
        if not serial:
            return [DeadRow(Reason.ID_MISSING, line, record.bytes_of(raw), "the terminal has no serial")]
        return [_input(record, clock, serial, row)]

    return record.convert(rows, convert_row, on_failure)


def _input(record: PolledRecord, clock: Clock | None, serial: str, row: TerminalRow) -> Derived:
    received_at = record.upload.headers.received_at
    return polled_input(
        record,
        serial,
        InputKind.TERMINAL,
        seen_at=_instant(row.last_activity, clock, received_at),
        newest_at=_instant(row.push_time, clock, received_at),
        utc_offset_s=record.notes.offsets.get(serial),
        tz_conflict=serial in record.notes.conflicts,
        options=_options(row),
    )


def _options(row: TerminalRow) -> dict[str, str]:
    """Under the names that options have where there is one. A count of 0 may mean that the server does not know."""
    area = row.area
    named = {
        "UserCount": row.user_count or None,
        "FPCount": row.fp_count or None,
        "FaceCount": row.face_count or None,
        "TransactionCount": row.transaction_count or None,
        "FWVersion": row.fw_ver,
        "PushVersion": row.push_ver,
        "IPAddress": row.ip_address,
        "~DeviceName": row.terminal_name,
        "alias": row.alias,
        "area": row.area_name,
        "area_code": area.code if area else "",
        "state": row.state,
        "terminal_tz": row.terminal_tz,
        "transfer_time": row.transfer_time,
        "transfer_interval": row.transfer_interval,
        "heartbeat": row.heartbeat,
        "is_attendance": row.is_attendance,
        "palm_count": row.palm_count or None,
        "terminal_id": row.id,
    }
    return {**published(plain_texts(row.extra)), **plain_texts(named)}


def _server_clock(record: PolledRecord) -> Clock | None:
    try:
        return Clock.parse(record.notes.upload_zone or record.notes.zone, "zone")
    except ClockError:
        return None


def _instant(text: str | None, clock: Clock | None, received_at: int) -> int | None:
    """Epoch ms UTC; None where there is no time, or no zone to read it in."""
    if text is None or clock is None:
        return None
    (instant,) = resolve_batch([text], clock, received_at)
    return None if instant is None else instant.utc_ms
