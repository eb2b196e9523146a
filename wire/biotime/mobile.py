"""A row of the mobile API's `transactions/`: a punch without an id, its time a wall clock stamped as UTC (A3)."""

from dataclasses import dataclass, field
from typing import Final

from wire.biotime.dates import local_seconds, wall_from_epoch
from wire.biotime.errors import RowUnreadable
from wire.biotime.secrets import PERSONAL_FIELDS, SECRET_FIELDS
from wire.biotime.values import Json, as_row, extras, int_of, needed_text, text_of

# `description` repeats the place of an app's punch, word for word; of a terminal's it is the alias.
_KNOWN: Final = frozenset(
    (
        *("emp_code", "punch_date", "punch_time", "punch_state", "source", "terminal_sn", "description"),
        *PERSONAL_FIELDS,
        *SECRET_FIELDS,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MobileRow:
    """`punch_time`: wall time `YYYY-MM-DDTHH:MM:SS`. `extra` holds no place and no other personal data."""

    emp_code: str
    punch_time: str
    state: int | None
    state_text: str
    source: int | None
    terminal_sn: str
    extra: dict[str, str] = field(default_factory=dict)


def parse_mobile_transaction(row: Json) -> MobileRow:
    """Raises RowUnreadable, naming the field: emp_code or punch_time."""
    row = as_row(row)
    return MobileRow(
        emp_code=needed_text(row, "emp_code"),
        punch_time=_punch_time(row),
        state=int_of(row.get("punch_state")),
        state_text=text_of(row.get("punch_state")),
        source=int_of(row.get("source")),
        terminal_sn=text_of(row.get("terminal_sn")),
        extra=extras(row, _KNOWN),
    )


def _punch_time(row: Json) -> str:
    text = needed_text(row, "punch_time")
    try:
        number = int_of(row["punch_time"])
        return local_seconds(text) if number is None else wall_from_epoch(number)
    except ValueError as error:
        raise RowUnreadable("punch_time", f"punch_time is {error}") from None
