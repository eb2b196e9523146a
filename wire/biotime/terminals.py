"""A row of `/iclock/api/terminals/`: one clock as the server knows it (spec/connectors.md A3)."""

from dataclasses import dataclass, field
from typing import Final

from wire.biotime.dates import local_or_none
from wire.biotime.references import Ref, company_of, ref_of
from wire.biotime.secrets import SECRET_FIELDS
from wire.biotime.values import Json, as_row, bool_of, extras, int_of, needed_id, text_of

_HOURS_UP_TO: Final = 14
_MINUTES_UP_TO: Final = 14 * 60
_COUNTS: Final = ("user_count", "fp_count", "face_count", "palm_count", "transaction_count")
_KNOWN: Final = frozenset(
    (
        *("id", "sn", "alias", "ip_address", "terminal_name", "fw_ver", "push_ver", "state", "terminal_tz", "area"),
        *("area_name", "last_activity", "push_time", "transfer_time", "transfer_interval", "heartbeat"),
        *("is_attendance", "company"),
        *_COUNTS,
        *SECRET_FIELDS,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalRow:
    """`last_activity`, `push_time`: wall times of the server, None where not said (or the sentinel of 1901).

    `terminal_tz` is the number as sent, `tz_offset_seconds` what it means; neither is to be trusted. Counts are None
    where the server does not know; `transfer_interval` in minutes, `heartbeat` in seconds.
    """

    id: int
    sn: str
    alias: str
    ip_address: str
    terminal_name: str
    fw_ver: str
    push_ver: str
    state: int | None
    terminal_tz: int | None
    tz_offset_seconds: int | None
    area: Ref | None
    area_name: str
    last_activity: str | None
    push_time: str | None
    user_count: int | None
    fp_count: int | None
    face_count: int | None
    palm_count: int | None
    transaction_count: int | None
    transfer_time: str
    transfer_interval: int | None
    heartbeat: int | None
    is_attendance: bool | None
    company: str
    extra: dict[str, str] = field(default_factory=dict)


def parse_terminal(row: Json) -> TerminalRow:
    """Raises RowUnreadable without an id. A terminal without a serial is kept: its `sn` is ""."""
    row = as_row(row)
    zone = int_of(row.get("terminal_tz"))
    area = ref_of(row.get("area"), "area_code", "area_name", row.get("area_name"))
    counts = {name: int_of(row.get(name)) for name in _COUNTS}
    return TerminalRow(
        id=needed_id(row),
        sn=text_of(row.get("sn")),
        alias=text_of(row.get("alias")),
        ip_address=text_of(row.get("ip_address")),
        terminal_name=text_of(row.get("terminal_name")),
        fw_ver=text_of(row.get("fw_ver")),
        push_ver=text_of(row.get("push_ver")),
        state=int_of(row.get("state")),
        terminal_tz=zone,
        tz_offset_seconds=offset_of_terminal_tz(zone),
        area=area,
        area_name=text_of(row.get("area_name")) or (area.name if area else ""),
        last_activity=local_or_none(row.get("last_activity")),
        push_time=local_or_none(row.get("push_time")),
        user_count=counts["user_count"],
        fp_count=counts["fp_count"],
        face_count=counts["face_count"],
        palm_count=counts["palm_count"],
        transaction_count=counts["transaction_count"],
        transfer_time=text_of(row.get("transfer_time")),
        transfer_interval=int_of(row.get("transfer_interval")),
        heartbeat=int_of(row.get("heartbeat")),
        is_attendance=bool_of(row.get("is_attendance")),
        company=company_of(row),
        extra=extras(row, _KNOWN),
    )


def offset_of_terminal_tz(value: int | None) -> int | None:
    """Seconds east of UTC: up to 14 it is hours, beyond that minutes; None for none, or more than any zone has."""
    if value is None or abs(value) > _MINUTES_UP_TO:
        return None
    return value * (3600 if abs(value) <= _HOURS_UP_TO else 60)
