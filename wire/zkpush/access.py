"""Bodies of the access dialect: rtlog, rtstate, tabledata, querydata (spec/zk-push.md 2.6 E2 to E5, C59, C61).

A line is `key=value` pairs parted by tabs, with the table's name in front in tabledata. Keys come in any case and
order. Nothing is dropped: a line is a row or an error, both with their bytes; unknown keys are `extra`.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from wire.zkpush.attlog import MAX_PIN_BYTES, MAX_SINGLE_ERRORS
from wire.zkpush.packed import packed_body
from wire.zkpush.pairs import parse_pairs, read_integer
from wire.zkpush.zk_seconds import decode_zk_seconds

_BLANK: Final = b" \t\r\0\x0b\x0c"
_BLANKS_BEFORE_PAIR = re.compile(rb"(?<! ) +(?=[~A-Za-z_]\w*=)")  # where tabs were lost; values hold blanks too (L3)
_TABLE_IN_FRONT = re.compile(rb"[ \t]*([A-Za-z_]\w*)[ \t]+(?=[~A-Za-z_]\w* *=)")
_ZK_SECONDS = re.compile(r"\d{1,12}", re.ASCII)
_TRANSACTION_KEYS: Final = {
    "doorid": "eventaddr",
    "eventtype": "event",
    "inoutstate": "inoutstatus",
    "verified": "verifytype",
}
_STATE_KEYS: Final = frozenset(("sensor", "relay", "alarm"))
_COMPRESSED_TABLE: Final = "3"  # of the parameter datafmt


class AccessReason(StrEnum):
    """Why a line, or a whole body, is no row; a closed set, the reason code of the dead letter."""

    NOT_A_ROW = "not_a_row"
    TIME_MISSING = "time_missing"
    PIN_TOO_LONG = "pin_too_long"
    COMPRESSED_LZO = "compressed_lzo"
    COMPRESSED_GZIP = "compressed_gzip"
    COMPRESSED_TGZ = "compressed_tgz"
    COMPRESSED_TABLE = "compressed_table"


class DoorEventRow(NamedTuple):
    """Somebody or something at a door (rtlog, table transaction). Texts are trimmed, as sent; empty when not sent.

    `time_text` is the device's clock, not judged. `index_text` is the device's own row number and can restart.
    `verify` is a code or a string of 16 bits. `event` and `in_out` are None when missing or no integer; what stood
    there instead is in `unread` as (key, text). `card` is a secret of its owner.
    """

    line: int
    time_text: str
    pin: str
    card: str
    door: str
    event: int | None
    in_out: int | None
    verify: str
    index_text: str
    mask: str
    temperature: str
    converted_temperature: str
    unread: tuple[tuple[str, str], ...]
    extra: dict[str, str]
    charset: str
    raw: bytes

    def __repr__(self) -> str:
        return f"DoorEventRow(line={self.line})"


class DoorStateRow(NamedTuple):
    """Sensors, relays and alarms of the doors at a time, as sent; `access_events` puts them into words."""

    line: int
    time_text: str
    sensor: str
    relay: str
    alarm: str
    extra: dict[str, str]
    charset: str
    raw: bytes


class TableRow(NamedTuple):
    """A row of a device table; `table` in lower case, keys of `fields` too; of a key that comes twice the first."""

    line: int
    table: str
    fields: dict[str, str]
    charset: str
    raw: bytes

    def __repr__(self) -> str:
        return f"TableRow(line={self.line})"


class AccessError(NamedTuple):
    """A line that is no row, or with `line` 0 a whole body; `detail` is for people and holds nothing of the bytes."""

    line: int
    reason: AccessReason
    raw: bytes
    detail: str

    def __repr__(self) -> str:
        return f"AccessError(line={self.line}, reason={self.reason.value})"


class AccessBatch(NamedTuple):
    """Events, door states and errors of one body, each in the order of the lines."""

    events: list[DoorEventRow]
    states: list[DoorStateRow]
    errors: list[AccessError]


class TableBatch(NamedTuple):
    """Rows and errors of one body, each in the order of the lines."""

    rows: list[TableRow]
    errors: list[AccessError]


def parse_door_log(body: bytes, params: Mapping[str, str]) -> AccessBatch:
    """rtlog and rtstate; either table carries rows of the other too, so each line is told by its keys.

    `params` as in `Target.params`. Never raises.
    """
    batch = AccessBatch([], [], [])
    lines, errors = _lines_of(body, params)
    batch.errors.extend(errors)
    for row in lines:
        read = _door_row(row)
        if isinstance(read, DoorEventRow):
            batch.events.append(read)
        elif isinstance(read, DoorStateRow):
            batch.states.append(read)
        else:
            batch.errors.append(read)
    return batch._replace(errors=_bounded(batch.errors))


def parse_tabledata(body: bytes, params: Mapping[str, str]) -> TableBatch:
    """Rows of tabledata and of querydata type=tabledata or count; `params` as in `Target.params`. Never raises.

    A row names its table in front; one that does not is of the table that `tablename` names. The row of a count is
    `<table>=<count>`. Compressed tables (datafmt=3) are one error that holds the body.
    """
    if params.get("datafmt") == _COMPRESSED_TABLE:
        detail = "compressed table (datafmt=3), a form that nobody documents"
        return TableBatch([], [AccessError(0, AccessReason.COMPRESSED_TABLE, body, detail)])
    rows, errors = _lines_of(body, params)
    return TableBatch(rows, _bounded(errors))


def event_of_transaction(row: TableRow) -> DoorEventRow | AccessError:
    """A row of table transaction as an event: other keys than in rtlog, and the time as one number (`zk_seconds`)."""
    fields = dict(row.fields)
    seconds = fields.pop("time_second", "")
    time = decode_zk_seconds(int(seconds)) if _ZK_SECONDS.fullmatch(seconds) else None
    if time is not None:
        fields["time"] = f"{time:%Y-%m-%d %H:%M:%S}"
    elif seconds:
        fields.setdefault("time", seconds)
    for key, name in _TRANSACTION_KEYS.items():
        if key in fields:
            fields.setdefault(name, fields.pop(key))
    return _event_row(row._replace(fields=fields))


def _lines_of(body: bytes, params: Mapping[str, str]) -> tuple[list[TableRow], list[AccessError]]:
    packed = packed_body(body, params)
    if packed is not None:
        return [], [AccessError(0, AccessReason(packed.reason.value), body, packed.detail)]
    rows: list[TableRow] = []
    errors: list[AccessError] = []
    for line, raw in enumerate(body.split(b"\n"), 1):
        if not raw.strip(_BLANK):
            continue
        raw = raw.rstrip(b"\r")
        front = _TABLE_IN_FRONT.match(raw)
        table = front[1].decode("ascii") if front else params.get("tablename", "")
        start = front.end() if front else 0
        text = raw if raw.find(b"\t", start) >= 0 else _BLANKS_BEFORE_PAIR.sub(b"\t", raw[start:])
        pairs = parse_pairs(text, start if text is raw else 0)
        if pairs.fields:
            fields = {key: value.strip(" \0") for key, value in pairs.fields.items()}
            rows.append(TableRow(line, table.lower(), fields, pairs.charset, raw))
        else:
            errors.append(AccessError(line, AccessReason.NOT_A_ROW, raw, "no key=value"))
    return rows, errors


def _door_row(row: TableRow) -> DoorEventRow | DoorStateRow | AccessError:
    if "event" in row.fields or "pin" in row.fields:
        return _event_row(row)
    if _STATE_KEYS.isdisjoint(row.fields):
        return AccessError(row.line, AccessReason.NOT_A_ROW, row.raw, "neither event, PIN nor a door's state")
    extra = dict(row.fields)
    time = extra.pop("time", "")
    if not time:
        return AccessError(row.line, AccessReason.TIME_MISSING, row.raw, "a state without time")
    sensor, relay, alarm = (extra.pop(key, "") for key in ("sensor", "relay", "alarm"))
    return DoorStateRow(row.line, time, sensor, relay, alarm, extra, row.charset, row.raw)


def _event_row(row: TableRow) -> DoorEventRow | AccessError:
    extra = dict(row.fields)
    time, pin = extra.pop("time", ""), extra.pop("pin", "")
    if not time:
        return AccessError(row.line, AccessReason.TIME_MISSING, row.raw, "an event without time")
    if len(pin.encode()) > MAX_PIN_BYTES:
        detail = f"PIN of {len(pin.encode())} bytes, at most {MAX_PIN_BYTES} are kept"
        return AccessError(row.line, AccessReason.PIN_TOO_LONG, row.raw, detail)
    texts = {key: extra.pop(key, "") for key in ("event", "inoutstatus")}
    numbers = {key: read_integer(text) for key, text in texts.items()}
    return DoorEventRow(
        line=row.line,
        time_text=time,
        pin=pin,
        card=extra.pop("cardno", ""),
        door=extra.pop("eventaddr", ""),
        event=numbers["event"],
        in_out=numbers["inoutstatus"],
        verify=extra.pop("verifytype", ""),
        index_text=extra.pop("index", ""),
        mask=extra.pop("maskflag", ""),
        temperature=extra.pop("temperature", ""),
        converted_temperature=extra.pop("convtemperature", ""),
        unread=tuple((key, text) for key, text in texts.items() if text and numbers[key] is None),
        extra=extra,
        charset=row.charset,
        raw=row.raw,
    )


def _bounded(errors: list[AccessError]) -> list[AccessError]:
    """A body of millions of bad lines must not become millions of dead letters: the surplus is one."""
    errors.sort(key=lambda error: error.line)
    rest = errors[MAX_SINGLE_ERRORS:]
    if not rest:
        return errors
    detail = f"{len(rest)} more lines that are no rows, from this one on, together"
    raw = b"\n".join(error.raw for error in rest)
    return [*errors[:MAX_SINGLE_ERRORS], AccessError(rest[0].line, AccessReason.NOT_A_ROW, raw, detail)]
