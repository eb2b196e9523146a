"""Transactions of BioTime servers as punches. Sources: spec/connectors.md A2, B-2.9 to B-2.12; errata B4; DESIGN 2.3.

A transaction is the same punch as the row that its terminal pushes: same device, same PIN, same second on the device's
clock. When its server got it (upload_time) stands for the receipt: it tells the passes of a repeated hour apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from processors.normalize.polled.record import PolledRecord
from processors.normalize.published import published
from processors.normalize.punches import PunchRow, build_punch
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece
from runtime.local_time import AMBIGUOUS_LOCAL_TIME, Clock, ClockError, resolve_batch
from schemas.deadletters import Reason
from schemas.events import TimeFlag
from schemas.identity import normal_pin, punch_id
from wire.biotime.codes import verify_word
from wire.biotime.errors import RowUnreadable
from wire.biotime.transactions import TransactionRow, is_manual, is_mobile, parse_transaction
from wire.zkpush.target import SERIAL

_MAX_PIN_BYTES: Final = 64
_MAX_TEXT: Final = 256
_LATE_MS: Final = 86_400_000
_SERVER_AHEAD_MS: Final = 120_000  # the server's clock may be this much ahead of ours
_REASONS: Final = {"id": Reason.ID_MISSING, "emp_code": Reason.PIN_MISSING, "punch_time": Reason.TIME_UNREADABLE}


class _Upload(NamedTuple):
    """at: instant of upload_time, epoch ms, None when not said; receipt: what stands for the receipt of the row."""

    at: int | None
    receipt: int


def convert_transactions(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    uploads = _Uploads(record)

    def convert_row(line: int, row: Any) -> list[Derived | DeadRow]:
        return _convert(record, uploads, line, row)

    return record.convert(rows, convert_row, on_failure)


class _Uploads:
    """What upload_time says, by the clock of the server."""

    def __init__(self, record: PolledRecord) -> None:
        self._received_at = record.upload.headers.received_at
        try:
            zone = record.notes.upload_zone or record.notes.zone
            self._clock = Clock.parse(zone, "zone") if zone else None
        except ClockError:
            self._clock = None

    def of(self, row: TransactionRow) -> _Upload:
        """An upload_time that occurred twice, or lies after our own receipt, is no evidence."""
        received_at = self._received_at
        if not row.upload_time or self._clock is None:
            return _Upload(None, received_at)
        (instant,) = resolve_batch([row.upload_time], self._clock, received_at)
        if instant is None:
            return _Upload(None, received_at)
        sure = AMBIGUOUS_LOCAL_TIME not in instant.flags and instant.utc_ms <= received_at + _SERVER_AHEAD_MS
        return _Upload(instant.utc_ms, instant.utc_ms if sure else received_at)


def _convert(record: PolledRecord, uploads: _Uploads, line: int, raw: Any) -> list[Derived | DeadRow]:
    try:
        row = parse_transaction(raw)
    except RowUnreadable as error:
        return [DeadRow(_REASONS.get(error.field, Reason.NOT_A_ROW), line, record.bytes_of(raw), str(error))]
    if len(row.emp_code.encode()) > _MAX_PIN_BYTES:
        error_text = f"emp_code of {len(row.emp_code.encode())} bytes, at most {_MAX_PIN_BYTES} are kept"
        return [DeadRow(Reason.PIN_TOO_LONG, line, record.bytes_of(raw), error_text)]
    upload = uploads.of(row)
    device = _device(record, row)
    context = record.context(device)
    (time,) = context.times([row.punch_time], upload.receipt)
    if time.instant is None:
        return [DeadRow(Reason.TIME_UNREADABLE, line, record.bytes_of(raw), f"punch_time {row.punch_time[:60]!r}")]
    flags = list(time.flags)
    arrived_at = None if upload.at is None else min(upload.at, context.received_at)
    if arrived_at is not None and arrived_at - time.instant.utc_ms > _LATE_MS:
        flags.append(TimeFlag.LATE.value)
    if device in record.notes.conflicts:
        flags.append(TimeFlag.TZ_CONFLICT.value)
    time = time._replace(text=row.punch_text, flags=tuple(flags))
    said = PunchRow(
        pin=row.emp_code,
        state=row.state,
        verify=row.verify,
        verify_word=verify_word(row.verify),
        work_code=row.work_code[:_MAX_TEXT],
        not_attendance=_why_no_attendance(record, row),
        extra=_extra(row, upload, time.happened_at, record.time_basis(device, time)),
        source_ref=f"{record.source}:{record.notes.epoch}:{row.id}",
    )
    event_id = punch_id(context.upload.headers.tenant, device, said.pin, time.second)
    punch = build_punch(context, line, time, event_id, said, record.site(time))
    record.last_punches.add(device, time, arrived_at)
    return [Derived("punches", punch, None, line)]


def _device(record: PolledRecord, row: TransactionRow) -> str:
    """The terminal; the server itself for manual and mobile rows, and for what is no serial (DESIGN 2.3)."""
    serial = row.terminal_sn.upper()
    return serial if serial != "APP" and SERIAL.fullmatch(serial) else record.source


def _why_no_attendance(record: PolledRecord, row: TransactionRow) -> str:
    """A manual row is somebody's correction: it counts by the manual log that it is a copy of (errata B4). Mobile
    punches come from here alone."""
    if record.notes.manual and is_manual(row) and not is_mobile(row):
        return "manual_row"
    if normal_pin(row.emp_code) == "0":
        return "no_user"
    return "not_attendance_at_source" if row.is_attendance is False else ""


def _extra(row: TransactionRow, upload: _Upload, punch_at: int, basis: str) -> dict[str, str]:
    """What a punch has no field for. Where somebody stood is personal and stays in the raw row."""
    named = {
        "time_basis": basis,
        "origin": "mobile" if is_mobile(row) else "manual" if is_manual(row) else "device",
        "source": "" if row.source is None else str(row.source),
        "upload_time": row.upload_time or "",
        "upload_lag_s": "" if upload.at is None else str((upload.at - punch_at) // 1000),
        "terminal_sn": "" if SERIAL.fullmatch(row.terminal_sn) else row.terminal_sn[:_MAX_TEXT],
        "terminal_alias": row.terminal_alias[:_MAX_TEXT],
        "area_alias": row.area_alias[:_MAX_TEXT],
        "temperature": "" if row.temperature is None else f"{row.temperature:g}",
        "mask": "" if row.mask is None else "true" if row.mask else "false",
        "state_text": row.state_text[:_MAX_TEXT] if row.state is None else "",
        "verify_text": row.verify_text[:_MAX_TEXT] if row.verify is None else "",
    }
    extra = published(row.extra) if row.extra else {}
    extra.update({name: value for name, value in named.items() if value})
    return extra
