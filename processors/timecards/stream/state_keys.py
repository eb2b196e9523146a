"""Keys of `timecards.state` and `timecards.archive`, and how days are numbered in them.

`tenant+employee`: the header; `tenant+employee#<bucket>`: seven days; `tenant+employee!<week start>`: cards as they
were published (held.py); `+...`: the partition's own. A bucket begins on a Monday: at 00:00 UTC for instants, with its
date for everything that has a date. Tenants have no `+`; employee codes do not end in `#` and digits.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from processors.timecards.engine.zones import date_of, day_number
from schemas.timecards_input import timecards_key

_DAY_MS: Final = 86_400_000
_KEY: Final = re.compile(rb"(?P<owner>.+?)(?:#(?P<bucket>-?\d+)|!(?P<week>\d{4}-\d\d-\d\d))?", re.DOTALL)


class StateKey(NamedTuple):
    """owner: the header's key, b"" for the partition's own; bucket, week: of which."""

    kind: Literal["header", "bucket", "held", "own"]
    owner: bytes
    bucket: int = 0
    week: date = date.min


def header_key(tenant: str, employee: str) -> bytes:
    return timecards_key(tenant, employee)


def bucket_key(owner: bytes, bucket: int) -> bytes:
    """owner: a header's key."""
    return b"%b#%d" % (owner, bucket)


def held_key(owner: bytes, week_start: date) -> bytes:
    return b"%b!%b" % (owner, week_start.isoformat().encode())


def read_key(key: bytes) -> StateKey:
    if key.startswith(b"+"):
        return StateKey("own", b"")
    match = _KEY.fullmatch(key)
    if match is None or (match["bucket"] is None and match["week"] is None):
        return StateKey("header", key)
    if match["bucket"] is not None:
        return StateKey("bucket", match["owner"], int(match["bucket"]))
    return StateKey("held", match["owner"], week=date.fromisoformat(match["week"].decode()))


def bucket_of_ms(at_ms: int) -> int:
    """Of an instant, epoch ms."""
    return (at_ms // _DAY_MS + 3) // 7


def bucket_of_date(day: date) -> int:
    return (day_number(day) + 3) // 7


def first_date_of(bucket: int) -> date:
    """A Monday."""
    return date_of(bucket * 7 - 3)


def dates_of(bucket: int) -> tuple[date, ...]:
    first = first_date_of(bucket)
    return tuple(first + timedelta(days) for days in range(7))
