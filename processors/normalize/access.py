"""The access dialect: rtlog, rtstate, tabledata and querydata as `access`, `punches` and `people` events.

A door event that is attendance is also a punch, under the id that any other way of telling it would give it. PIN 0 is
nobody. Sources: spec/zk-push.md 2.6 E2 to E5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from processors.normalize.access_tables import of_table_row
from processors.normalize.context import Context, EventTime
from processors.normalize.devices import options_input
from processors.normalize.door_fields import NOTHING_SAID
from processors.normalize.door_punches import punch_of
from processors.normalize.failures import dead_row
from processors.normalize.inputs import alert
from processors.normalize.published import published, with_notes
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece, UploadPart
from processors.normalize.verify import verify_meaning
from schemas.deadletters import Reason
from schemas.device_events import AccessEvent, AccessKind
from schemas.identity import normal_pin
from wire.zkpush.access import (
    AccessError,
    DoorEventRow,
    DoorStateRow,
    TableRow,
    event_of_transaction,
    parse_door_log,
    parse_tabledata,
)
from wire.zkpush.access_events import event_word, is_attendance, was_granted
from wire.zkpush.options import parse_options
from wire.zkpush.words import AlertKind

ACCESS_TABLES: Final = frozenset(("RTLOG", "RTSTATE", "TABLEDATA", "QUERYDATA"))
_DOOR_LOGS: Final = frozenset(("RTLOG", "RTSTATE"))
_EVENT_TABLES: Final = frozenset(("transaction", "rtlog", "rtstate"))
_PIECE_ROWS: Final = 200
_ALERTS: Final = {100: AlertKind.TAMPER, 101: AlertKind.DURESS, 102: AlertKind.TAMPER, 103: AlertKind.DURESS}
_COUNT_OPTIONS: Final = {"user": "UserCount", "transaction": "TransactionCount"}

_Row = DoorEventRow | DoorStateRow | TableRow


def convert_access(context: Context, on_failure: OnFailure) -> Iterator[Piece]:
    """The rows of one body, in the order of its lines, at most `_PIECE_ROWS` at a time."""
    body, params = context.upload.body, context.params
    asked = params.get("type", "").lower() if context.table == "QUERYDATA" else ""
    if asked == "options":
        batch = parse_options(body)
        events = [options_input(context, batch.options)] if batch.options else []
        dead = [DeadRow(Reason(error.reason.value), error.line, error.raw, error.detail) for error in batch.errors]
        yield Piece(events, dead, UploadPart(rows=len(batch.options)))
        return
    rows, errors = _rows(context)
    yield Piece(
        dead=[DeadRow(Reason(error.reason.value), error.line, error.raw, error.detail) for error in errors],
        upload=UploadPart(),
    )
    if asked == "count":
        # Whole numbers only: rows of people sent in the place of a count must not be published as options.
        counts = {_COUNT_OPTIONS.get(n, f"{n}Count"): v for row in rows if isinstance(row, TableRow)
                  for n, v in row.fields.items() if len(row.fields) == 1 and v.isascii() and v.isdigit()}  # fmt: skip
        yield Piece([options_input(context, counts)] if counts else [])
        return
    times = context.times(["" if isinstance(row, TableRow) else row.time_text for row in rows])
    for start in range(0, len(rows), _PIECE_ROWS):
        piece = Piece(upload=UploadPart())
        for row, time in zip(rows[start : start + _PIECE_ROWS], times[start : start + _PIECE_ROWS], strict=True):
            try:
                _convert_row(context, row, time, piece)
            except Exception as failure:  # noqa: BLE001 - promise 4: one row's failure must not stop the others
                piece.dead.append(dead_row(failure, row.line, row.raw, on_failure))
        yield piece


def _rows(context: Context) -> tuple[list[_Row], list[AccessError]]:
    body, params = context.upload.body, context.params
    if context.table in _DOOR_LOGS:
        batch = parse_door_log(body, params)
        rows: list[_Row] = sorted([*batch.events, *batch.states], key=lambda row: row.line)
        return rows, batch.errors
    table = parse_tabledata(body, params)
    errors = list(table.errors)
    rows = []
    for row in table.rows:
        if row.table not in _EVENT_TABLES:
            rows.append(row)
        elif row.table == "transaction":
            event = event_of_transaction(row)
            if isinstance(event, AccessError):
                errors.append(event)
            else:
                rows.append(event)
        else:
            inner = parse_door_log(row.raw, {})
            rows += [event._replace(line=row.line) for event in inner.events]
            rows += [state._replace(line=row.line) for state in inner.states]
            errors += [error._replace(line=row.line) for error in inner.errors]
    return rows, errors


def _convert_row(context: Context, row: _Row, time: EventTime, piece: Piece) -> None:
    assert piece.upload is not None
    if isinstance(row, TableRow):
        found = of_table_row(context, row, time)
        if isinstance(found, DeadRow):
            piece.dead.append(found)
        else:
            piece.events += found
    elif isinstance(row, DoorStateRow):
        piece.events.append(_state(context, row, time))
    else:
        events, dead = _event(context, row, time)
        piece.events += events
        piece.dead += dead
        if any(event.topic == "punches" for event in events) and time.instant is not None:
            hour = time.instant.local_ms // 3_600_000
            piece.upload.hours[hour] = piece.upload.hours.get(hour, 0) + 1
    piece.upload.rows += 1
    if time.instant is not None:
        piece.upload.saw(time.instant.utc_ms)


def _event(context: Context, row: DoorEventRow, time: EventTime) -> tuple[list[Derived], list[DeadRow]]:
    dead = []
    punch = None
    pin = row.pin if normal_pin(row.pin) not in ("", "0") else ""
    if is_attendance(row.event, row.pin):
        if time.instant is None:
            dead.append(DeadRow(Reason.TIME_UNREADABLE, row.line, row.raw, "a punch whose time cannot be read"))
        else:
            punch = punch_of(context, row, time)
    extra = published({"mask": row.mask, "temperature": row.temperature, "converted_temperature":
                       row.converted_temperature, **row.extra})  # fmt: skip
    extra = {name: value for name, value in extra.items() if value}
    own: dict[str, Any] = {
        "kind": AccessKind.EVENT,
        "pin": pin,
        "has_card": bool(row.card.strip("0 ")),
        "code": row.event,
        "word": event_word(row.event),
        "door": row.door[:64],
        "in_out": row.in_out,
        "verify": row.verify[:64],
        "verify_word": verify_meaning(row.verify, time.period).word,
        "index": row.index_text[:64],
        "granted": was_granted(row.event),
        "punch_id": punch.event_id if punch else "",
        "sensor": "",
        "relay": "",
        "alarm": "",
        "extra": with_notes(extra, unread=row.unread, charset=row.charset),
    }
    identity = ("access", own["index"], time.second, normal_pin(pin), own["door"], str(row.event))
    events = [Derived("access", AccessEvent(**context.timed(row.line, time, identity, own)), None, row.line)]
    if punch is not None:
        events.append(Derived("punches", punch, None, row.line))
    told = _ALERTS.get(row.event) if row.event is not None else None
    if told:
        events.append(alert(context, time, told.value, str(row.event), ""))
    return events, dead


def _state(context: Context, row: DoorStateRow, time: EventTime) -> Derived:
    own: dict[str, Any] = {
        "kind": AccessKind.STATE,
        **NOTHING_SAID,
        "sensor": row.sensor[:64],
        "relay": row.relay[:64],
        "alarm": row.alarm[:256],
        "extra": with_notes(published(row.extra), charset=row.charset),
    }
    identity = ("access", "state", time.second, row.sensor, row.relay, row.alarm)
    return Derived("access", AccessEvent(**context.timed(row.line, time, identity, own)), None, row.line)
