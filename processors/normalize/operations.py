"""Operation log lines, device errors and rows of tables without a type of their own as `operations` events.

Sources: document table 2.6; spec/zk-push.md O2, O16; errata Z6.
"""

from __future__ import annotations

from typing import Any, Final

from processors.normalize.context import Context, EventTime
from processors.normalize.inputs import alert
from processors.normalize.people import removal
from processors.normalize.published import is_publishable, is_secret_name, published, with_notes
from processors.normalize.records import Derived
from schemas.device_events import Operation, OperationKind
from wire.zkpush.rows import ErrorRow, GenericRow, OperationRow
from wire.zkpush.words import alarm_reason, alarm_word, operation_alert, operation_word

_ALARM, _DURESS_ALARM, _SETTING, _PARAMETER = 3, 32, 5, 108
# The operations whose first operand is a user's PIN by the document.
_ABOUT_A_USER: Final = frozenset((2, 6, 9, 10, 11, 12))
# Operations that took something from the user in the first operand, and what.
_REMOVED: Final = {9: "user", 10: "fingerprint", 11: "password", 12: "card"}
# What passwords and cards are changed to may stand in the operands after the first, or in all of them.
_CARDS_AND_PASSWORDS: Final = frozenset((7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 100))
_PASSWORDS_ALONE: Final = frozenset((80, 113, 115, 117, 118))


def of_operation(context: Context, row: OperationRow, time: EventTime) -> list[Derived]:
    """The operation; what it took from a user; the alert when somebody should hear of it."""
    operands, withheld = _operands(row)
    pin = row.operands[0].strip() if row.code in _ABOUT_A_USER and row.operands else ""
    pin = pin if pin.strip("0") else ""
    extra = {f"tail{number}": text for number, text in enumerate(row.tail, 1)}
    if withheld:
        extra = {}
    extra = with_notes(published(extra), withheld=withheld, charset=row.charset)
    kind = OperationKind.ALARM if row.code in (_ALARM, _DURESS_ALARM) else OperationKind.OPERATION
    reason = alarm_word(alarm_reason(row.operands)) if row.code == _ALARM else ""
    told = operation_alert(row.code, row.operands)
    own = _own(
        kind=kind,
        code=str(row.code),
        word=reason or operation_word(row.code),
        alert=told.value if told else "",
        administrator=row.administrator,
        pin=pin,
        operands=operands,
    )
    identity = ("operation", str(row.code), row.administrator, time.second, *operands)
    events = [_operation(context, row.line, time, identity, own, extra)]
    item = _REMOVED.get(row.code)
    if pin and item:
        events.append(removal(context, row.line, pin[:64], item))
    if told:
        events.append(alert(context, time, told.value, str(row.code), row.administrator))
    return events


def of_error(context: Context, row: ErrorRow, time: EventTime) -> list[Derived]:
    """A fault that the device reports. It bears no time: the same fault is one event a day (UTC, of receipt), so that a
    body sent twice counts once; one that a command caused is one for good."""
    withheld = ["Additional"] if row.additional else []
    message = row.message if is_publishable(row.message) else ""
    if row.message and not message:
        withheld.append("ErrMsg")
    extra = published({"DataOrigin": row.origin, "CmdId": row.command_id, **row.extra})
    extra = with_notes(
        {name: value for name, value in extra.items() if value},
        withheld=withheld,
        unread=row.unread,
        repeated=row.repeated,
        charset=row.charset,
    )
    day = "" if row.command_id else str(context.received_at // 86_400_000)
    identity = ("error", row.code, message, row.origin, row.command_id, day)
    own = _own(kind=OperationKind.ERROR, code=row.code, word=message)
    return [_operation(context, row.line, time, identity, own, extra)]


def of_record(
    context: Context, line: int, table: str, fields: dict[str, str], time: EventTime, notes: dict[str, Any]
) -> list[Derived]:
    """A row of a table that has no event type of its own: its table as code, its fields in `extra`."""
    pin = next((value.strip() for name, value in fields.items() if name.casefold() == "pin"), "")
    named = {name: value for name, value in fields.items() if name.casefold() != "pin"}
    extra = with_notes(published(named), **notes)
    identity = ("record", table, pin, *(f"{name}={value}" for name, value in sorted(extra.items())))
    own = _own(kind=OperationKind.RECORD, code=table[:64], pin=pin[:64])
    return [_operation(context, line, time, identity, own, extra)]


def of_generic(context: Context, row: GenericRow, time: EventTime) -> list[Derived]:
    notes = {"unread": row.unread, "repeated": row.repeated, "charset": row.charset}
    return of_record(context, row.line, row.tag or context.table, row.fields, time, notes)


def _operation(
    context: Context, line: int, time: EventTime, identity: tuple[str, ...], own: dict[str, Any], extra: dict[str, str]
) -> Derived:
    fields = context.timed(line, time, identity, {**own, "extra": extra})
    return Derived("operations", Operation(**fields), None, line)


def _own(*, kind: OperationKind, code: str, **rest: Any) -> dict[str, Any]:
    empty = {"word": "", "alert": "", "administrator": "", "pin": "", "operands": []}
    return {"kind": kind, "code": code, **empty, **rest}


def _operands(row: OperationRow) -> tuple[list[str], list[str]]:
    """The operands that may be published, empty where not, and what is left out."""
    keep = len(row.operands)
    if row.code in _PASSWORDS_ALONE:
        keep = 0
    elif row.code in _CARDS_AND_PASSWORDS:
        keep = 1
    elif row.code in (_SETTING, _PARAMETER) and row.operands:
        item = row.operands[0].strip()
        # Which item a number means no document says: it may be the communication key.
        if item.lstrip("-").isdigit() or is_secret_name(item):
            keep = 1
    operands, hidden = [], False
    for place, text in enumerate(row.operands):
        known = (place < keep and is_publishable(text)) or not text.strip("0 ")
        operands.append(text if known else "")
        hidden |= not known
    return operands, ["operands"] if hidden or (keep < len(row.operands) and any(row.tail)) else []
