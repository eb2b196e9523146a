"""What a cursor needs of a polled transaction, and nothing else: the row itself stays as it came. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import orjson

from connectors.source import Json
from wire.biotime.dates import local_or_none
from wire.biotime.errors import RowUnreadable
from wire.biotime.transactions import id_of, upload_time_of
from wire.biotime.values import text_of

# What makes a row another row when it changes. Names, aliases and sync marks change by themselves and say nothing new.
_TOLD: Final = ("emp_code", "punch_time", "punch_state", "verify_type", "work_code", "terminal_sn", "source")


@dataclass(frozen=True, slots=True)
class SeenRow:
    """upload: the server's clock; punch: the terminal's; both `YYYY-MM-DDTHH:MM:SS` without a zone, None when they
    cannot be read. id: None when there is none: such a row goes out once per content (`whole`)."""

    id: int | None
    upload: str | None
    punch: str | None
    body: Json

    @property
    def serial(self) -> str:
        return text_of(self.body.get("terminal_sn"))

    @property
    def content(self) -> int:
        """32 bits of what the row tells: an edit changes them."""
        return crc32("\x1f".join([text_of(self.body.get(name)) for name in _TOLD]).encode())

    @property
    def whole(self) -> str:
        """Of a row without an id: all of it, since nothing in it can be trusted to tell rows apart."""
        raw = orjson.dumps(self.body, option=orjson.OPT_SORT_KEYS)
        return f"{crc32(raw):08x}{crc32(raw[::-1]):08x}"


def seen_row(body: Json) -> SeenRow:
    try:
        number: int | None = id_of(body)
    except RowUnreadable:
        number = None
    return SeenRow(number, upload_time_of(body), local_or_none(body.get("punch_time")), body)


def oldest_first(rows: Iterable[SeenRow]) -> list[SeenRow]:
    """In the order in which the server got them; rows without an id last."""
    return sorted(rows, key=lambda row: (row.id is None, row.id or 0))


def newest_upload(rows: Iterable[SeenRow], known: str | None = None) -> str | None:
    """The greatest upload time, `known` among them."""
    return max((time for time in (known, *(row.upload for row in rows)) if time is not None), default=None)
