"""A row of `/iclock/api/transactions/`: one punch as the server knows it (spec/connectors.md A2)."""

from dataclasses import dataclass, field
from typing import Any, Final

from wire.biotime.codes import MOBILE_SERIAL, SOURCE_MANUAL, SOURCE_MOBILE
from wire.biotime.dates import local_or_none, local_seconds
from wire.biotime.errors import RowUnreadable
from wire.biotime.secrets import PERSONAL_FIELDS, SECRET_FIELDS
from wire.biotime.values import Json, as_row, bool_of, extras, float_of, int_of, needed_id, needed_text, text_of

_NOT_MEASURED: Final = 255.0
_KNOWN: Final = frozenset(
    (
        *("id", "emp_code", "punch_time", "upload_time", "punch_state", "verify_type", "work_code", "terminal_sn"),
        *("terminal_alias", "area_alias", "source", "is_attendance", "temperature", "mask_flag", "is_mask"),
        *PERSONAL_FIELDS,
        *SECRET_FIELDS,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionRow:
    """Times are wall times, `YYYY-MM-DDTHH:MM:SS`: `punch_time` of the terminal, `upload_time` of the server (on
    BioTimeCloud UTC; None where it is not said). `state`, `verify`: the family's codes, None where the text is no
    number; `*_text`: as sent. `temperature`: degrees Celsius as sent, None where not measured. `extra` holds no
    personal data.
    """

    id: int
    emp_code: str
    punch_time: str
    punch_text: str
    upload_time: str | None
    state: int | None
    state_text: str
    verify: int | None
    verify_text: str
    work_code: str
    terminal_sn: str
    terminal_alias: str
    area_alias: str
    source: int | None
    is_attendance: bool | None
    temperature: float | None
    mask: bool | None
    extra: dict[str, str] = field(default_factory=dict)


def parse_transaction(row: Json) -> TransactionRow:
    """Raises RowUnreadable, naming the field: id, emp_code or punch_time."""
    row = as_row(row)
    number = needed_id(row)
    code = needed_text(row, "emp_code")
    text = needed_text(row, "punch_time")
    try:
        punched = local_seconds(text)
    except ValueError as error:
        raise RowUnreadable("punch_time", f"punch_time is {error}") from None
    temperature, temperature_rest = _temperature(row.get("temperature"))
    extra = extras(row, _KNOWN)
    if temperature_rest:
        extra["temperature"] = temperature_rest
    return TransactionRow(
        id=number,
        emp_code=code,
        punch_time=punched,
        punch_text=text,
        upload_time=local_or_none(row.get("upload_time")),
        state=int_of(row.get("punch_state")),
        state_text=text_of(row.get("punch_state")),
        verify=int_of(row.get("verify_type")),
        verify_text=text_of(row.get("verify_type")),
        work_code=text_of(row.get("work_code")),
        terminal_sn=text_of(row.get("terminal_sn")),
        terminal_alias=text_of(row.get("terminal_alias")),
        area_alias=text_of(row.get("area_alias")),
        source=int_of(row.get("source")),
        is_attendance=bool_of(row.get("is_attendance")),
        temperature=temperature,
        mask=_mask(row),
        extra=extra,
    )


def id_of(row: Json) -> int:
    """The row's id, for a cursor, from a row that need not be readable otherwise. Raises RowUnreadable."""
    return needed_id(as_row(row))


def upload_time_of(row: Json) -> str | None:
    """When the server got it, `YYYY-MM-DDTHH:MM:SS` of its own zone: to be compared with its like only."""
    return local_or_none(row.get("upload_time"))


def is_manual(row: TransactionRow) -> bool:
    """Typed in at the server, not punched: the manual-log reader may have it too (errata B4)."""
    return not row.terminal_sn or row.source == SOURCE_MANUAL


def is_mobile(row: TransactionRow) -> bool:
    """Punched with the app."""
    return row.source == SOURCE_MOBILE or row.terminal_sn == MOBILE_SERIAL


def _temperature(value: Any) -> tuple[float | None, str]:
    """The reading, and what could not be read as one. 255 and 0 are "not measured"."""
    if value is None or value == "" or value == "-":
        return None, ""
    found = float_of(value)
    if found is None:
        return None, text_of(value)
    return (None if found in (_NOT_MEASURED, 0.0) else found), ""


def _mask(row: Json) -> bool | None:
    """Named `mask_flag` by BioTimeCloud and `is_mask` by the others."""
    found = bool_of(row.get("mask_flag"))
    return bool_of(row.get("is_mask")) if found is None else found
