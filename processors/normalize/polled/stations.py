"""What the logs of door stations have in common: their rows read as a whole, `access` events, and the punches that some
door events count as.

Rows come oldest first, so their order is evidence in a repeated hour. Sources: spec/connectors.md A5, B-3; DESIGN 2.3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, NamedTuple, TypeVar

from processors.normalize.context import EventTime
from processors.normalize.door_fields import NOTHING_SAID
from processors.normalize.failures import dead_row
from processors.normalize.polled.record import PolledRecord
from processors.normalize.published import published
from processors.normalize.punches import PunchRow, build_punch
from processors.normalize.records import DeadRow, Derived, OnFailure
from schemas.deadletters import Reason
from schemas.device_events import AccessEvent, AccessKind
from schemas.events import Punch
from schemas.identity import normal_pin, punch_id
from wire.akuvox.errors import RowUnreadable
from wire.akuvox.logs import CallRow, DoorRow, fingerprint, row_ref

_MAX_PIN_BYTES: Final = 64
_MAX_TEXT: Final = 64
_STATES: Final[Mapping[str, int | None]] = {"in": 0, "out": 1, "alternate": None}
_ANY_READER: Final = "*"
_OCCURRENCE: Final = "@occurrence"

RowT = TypeVar("RowT", DoorRow, CallRow)


class LogRow(NamedTuple, Generic[RowT]):
    """A row as read. ref: what tells it from the others of its log and epoch; source_ref: what does everywhere."""

    line: int
    row: RowT
    time: EventTime
    ref: str
    source_ref: str


def read_log(
    record: PolledRecord, log: str, raw_rows: list[Any], parse: Callable[[object], RowT], on_failure: OnFailure
) -> list[LogRow[RowT] | DeadRow]:
    """The rows of one body, one for one. `log` is `door` or `call`."""
    parsed: list[RowT | DeadRow] = []
    for line, raw in enumerate(raw_rows, 1):
        try:
            parsed.append(parse(raw))
        except RowUnreadable as error:
            parsed.append(DeadRow(Reason.NOT_A_ROW, line, record.bytes_of(raw), str(error)))
        except Exception as failure:  # noqa: BLE001 - promise 4: one row's failure must not stop the others
            parsed.append(dead_row(failure, line, record.bytes_of(raw), on_failure))
    texts = ["" if isinstance(row, DeadRow) else row.local_time for row in parsed]
    times = record.context(record.source).times(texts)
    equal: Counter[str] = Counter()
    found: list[LogRow[RowT] | DeadRow] = []
    for line, (raw, row, time) in enumerate(zip(raw_rows, parsed, times, strict=True), 1):
        if isinstance(row, DeadRow):
            found.append(row)
            continue
        print_ = fingerprint(raw)
        told = raw.get(_OCCURRENCE)
        ref = row_ref(raw, told if isinstance(told, int) else equal[print_])[:_MAX_TEXT]
        equal[print_] += 1
        sent = f"{row.date} {row.time}".strip()
        time = time_as_sent(record, time, sent)
        found.append(LogRow(line, row, time, ref, source_ref(record, log, ref)))
    return found


def time_as_sent(record: PolledRecord, time: EventTime, text: str) -> EventTime:
    """With the text as the station sent it, and the flag of a station whose clock is off."""
    return record.flagged(time._replace(text=text, second=time.second if time.instant else text))


def source_ref(record: PolledRecord, log: str, ref: str) -> str:
    """`akuvox:<mac>:<epoch>:<log>:<ID>`."""
    return f"{record.source}:{record.notes.epoch}:{log}:{ref}"


def door_punch(
    record: PolledRecord,
    line: int,
    raw: Any,
    time: EventTime,
    *,
    user: str,
    reader: str,
    log: str,
    ref: str,
    method: str,
) -> Punch | DeadRow | None:
    """A door event of a known person as a punch, where the setting of its reader (relay) says so.

    The log and the row's id are part of its id: a door may be opened twice in a second. `raw` is the row, for the dead
    letter of a punch that cannot be made.
    """
    readers = record.notes.punches
    direction, pin = readers.get(reader, readers.get(_ANY_READER, "")), user.strip()
    if direction not in _STATES or not pin:
        return None
    if time.instant is None:
        return DeadRow(Reason.TIME_UNREADABLE, line, record.bytes_of(raw), "a punch whose time cannot be read")
    if len(pin.encode()) > _MAX_PIN_BYTES:
        error = f"UserID of {len(pin.encode())} bytes, at most {_MAX_PIN_BYTES} are kept"
        return DeadRow(Reason.PIN_TOO_LONG, line, record.bytes_of(raw), error)
    context = record.context(record.source)
    said = PunchRow(
        pin=pin,
        state=_STATES[direction],
        verify=None,
        verify_word=method,
        not_attendance="no_user" if normal_pin(pin) == "0" else "",
        extra=_published({"time_basis": record.time_basis(record.source, time), "origin": log, "door": reader}),
        source_ref=source_ref(record, log, ref),
    )
    which = f"{time.second}|{log}|{record.notes.epoch}|{ref}"
    event_id = punch_id(context.upload.headers.tenant, record.source, pin, which)
    record.last_punches.add(record.source, time)
    return build_punch(context, line, time, event_id, said, record.site(time))


def found_of(line: int, event: Derived, punch: Punch | DeadRow | None) -> list[Derived | DeadRow]:
    """What came of one row: its event, and its punch or why there is none."""
    if punch is None:
        return [event]
    return [event, Derived("punches", punch, None, line) if isinstance(punch, Punch) else punch]


def access_event(
    record: PolledRecord,
    line: int,
    time: EventTime,
    kind: AccessKind,
    identity: tuple[str, ...],
    extra: Mapping[str, str],
    **said: Any,
) -> Derived:
    """`said`: the fields of AccessEvent that are not empty; `identity`: the log and what tells the row apart in it."""
    notes = record.notes
    more = {
        "time_basis": record.time_basis(record.source, time),
        "skew_s": "" if notes.skew_s is None else f"{notes.skew_s:g}",
    }
    own: dict[str, Any] = {
        "kind": kind,
        **NOTHING_SAID,
        **{name: value[:_MAX_TEXT] if isinstance(value, str) else value for name, value in said.items()},
        "extra": _published({**extra, **more}),
    }
    log, *rest = identity
    fields = record.context(record.source).timed(line, time, (log, str(notes.epoch), *rest), own)
    return Derived("access", AccessEvent(**{**fields, "site": record.site(time)}), None, line)


def _published(extra: Mapping[str, str]) -> dict[str, str]:
    """What is not empty and no secret. Names with an @ are the connector's own, and stand elsewhere."""
    return published({name: value for name, value in extra.items() if value and not name.startswith("@")})
