"""People as servers and stations know them (BIOTIME/EMPLOYEES, AKUVOX/USERS) as `people` events, without secrets.

The device is the server or the station itself. Who they are for payroll is `employees`, which connectors write. A row
with `@deleted` says that somebody is gone. Sources: spec/connectors.md A3, A5, F24; errata B6, A4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from processors.normalize.inventory.inputs import plain_texts
from processors.normalize.people import person, removal
from processors.normalize.polled.record import PolledRecord
from processors.normalize.published import published
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece
from schemas.deadletters import Reason
from wire.akuvox.errors import RowUnreadable as UserUnreadable
from wire.akuvox.users import parse_user
from wire.biotime.errors import RowUnreadable
from wire.biotime.personnel import parse_employee
from wire.biotime.references import Ref
from wire.biotime.values import int_of
from wire.zkpush.words import privilege_word

_DELETED: Final = "@deleted"
_MAX_PIN_BYTES: Final = 64
_MAX_NAME: Final = 200


def convert_employees(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    return _convert(record, rows, _employee, on_failure)


def convert_users(record: PolledRecord, rows: list[Any], on_failure: OnFailure) -> Iterator[Piece]:
    return _convert(record, rows, _user, on_failure)


def _convert(
    record: PolledRecord,
    rows: list[Any],
    read: Callable[[Any], tuple[str, dict[str, Any], dict[str, str]]],
    on_failure: OnFailure,
) -> Iterator[Piece]:
    """`read` gives PIN, fields of Person, extra."""
    context = record.context(record.source)

    def convert_row(line: int, raw: Any) -> Sequence[Derived | DeadRow]:
        try:
            pin, own, extra = read(raw)
        except (RowUnreadable, UserUnreadable) as error:
            return [DeadRow(Reason.NOT_A_ROW, line, record.bytes_of(raw), str(error))]
        if not pin:
            return [DeadRow(Reason.PIN_MISSING, line, record.bytes_of(raw), "the person has no code")]
        if len(pin.encode()) > _MAX_PIN_BYTES:
            error_text = f"a code of {len(pin.encode())} bytes, at most {_MAX_PIN_BYTES} are kept"
            return [DeadRow(Reason.PIN_TOO_LONG, line, record.bytes_of(raw), error_text)]
        if raw.get(_DELETED) is True:
            return [removal(context, line, pin, "user")]
        source_ref = {"source_ref": f"{record.source}:person:{extra['id']}"} if "id" in extra else {}
        return [person(context, line, pin, "user", own, {**published(extra), **source_ref}, None, "")]

    return record.convert(rows, convert_row, on_failure)


def _employee(raw: Any) -> tuple[str, dict[str, Any], dict[str, str]]:
    row = parse_employee(raw)
    privilege = int_of(row.dev_privilege)
    own = {
        "name": " ".join(filter(None, (row.first_name, row.last_name)))[:_MAX_NAME],
        "privilege": privilege,
        "privilege_word": privilege_word(privilege),
        "verify_mode": int_of(row.verify_mode),
    }
    extra = {
        **row.extra,
        "id": row.id,
        "nick_name": row.nick_name,
        "department": _ref_text(row.department),
        "position": _ref_text(row.position),
        "areas": ",".join(map(_ref_text, row.areas)),
        "hire_date": row.hire_date,
        "emp_type": row.emp_type,
        "enroll_sn": row.enroll_sn,
        "enable_attendance": row.enable_attendance,
        "enable_overtime": row.enable_overtime,
        "enable_holiday": row.enable_holiday,
        "app_status": row.app_status,
        "company": row.company,
    }
    return row.emp_code.strip(), own, plain_texts(extra)


def _ref_text(ref: Ref | None) -> str:
    return "" if ref is None else ref.code or ref.id


def _user(raw: Any) -> tuple[str, dict[str, Any], dict[str, str]]:
    """Cards and PINs are keyed hashes here: only whether there is one is told."""
    row = parse_user(raw)
    own = {
        "name": row.name[:_MAX_NAME],
        "has_password": bool(row.pins),
        "has_card": bool(row.cards),
        "time_zones": ";".join(f"{one.schedule}-{one.relays}" if one.relays else one.schedule for one in row.schedules)[
            :_MAX_NAME
        ],
    }
    extra = {
        **row.extra,
        "id": row.id,
        "type": row.type,
        "source_type": row.source,
        "lift_floors": ",".join(row.lift_floors),
        "web_relay": row.web_relay,
        "has_face": row.has_face,
    }
    return row.user_id, own, plain_texts(extra)
