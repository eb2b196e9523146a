"""What is kept in `resolve.state`, and its bytes.

Keys: `pin+<device>+<PIN>`: identities, months and their days with punches; `day+<device>+<PIN>+<YYYY-MM-DD>`: the
punches of a day of the device's own calendar; `area+<id>`; `mark+<device>`: its watermark; `+progress`. Values are JSON
arrays: there are many. Source: DESIGN 6; decisions/0029.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

import orjson

from processors.errors import Fatal
from processors.resolve.ownership import KnownIdentity
from schemas.codec import NotAnEvent, decode_event, encode_event
from schemas.events import Punch
from schemas.identity import normal_pin
from schemas.resolver_input import AreaDevices

PROGRESS_KEY: Final = b"+progress"
AREA_PREFIX: Final = b"area+"
MARK_PREFIX: Final = b"mark+"
_USUAL_TEXT = re.compile(r"\d{4}-\d\d-\d\d")
_VERSION: Final = 1
_FORMER_OWNERS: Final = 8
_DAY_MS: Final = 86_400_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

ReadT = TypeVar("ReadT")


class StateUnreadable(Fatal):
    """A stored value that this version cannot read: skipping it would lose whose punches are whose."""


class KeptPunch(NamedTuple):
    """The best copy of a punch, as far as cards need it (fields of Punch), and whose it is.

    owner: employee, "" for nobody; was: whose it was before, the last ones, for a batch that is done again.
    """

    rank: int
    punch_at: int
    utc_offset_s: int
    zone: str
    site: str
    time_flags: Sequence[str]
    state: int | None
    verify: int | None
    unverified: bool
    work_code: str
    job_codes: Sequence[str]
    tip_codes: Sequence[str]
    source: str
    received_at: int
    is_attendance: bool
    tenant: str
    owner: str = ""
    was: Sequence[str] = ()

    @classmethod
    def of(cls, punch: Punch) -> KeptPunch:
        """Not owned yet."""
        return cls(
            punch.rank, punch.punch_at, punch.utc_offset_s, punch.zone, punch.site,
            [str(flag) for flag in punch.time_flags], punch.state, punch.verify, punch.unverified, punch.work_code,
            punch.job_codes, punch.tip_codes, punch.source, punch.received_at, punch.is_attendance,
            punch.tenant,
        )  # fmt: skip

    def owned_by(self, owner: str) -> KeptPunch:
        """The former owner is remembered."""
        if owner == self.owner:
            return self
        was = [name for name in self.was if name not in (owner, self.owner)][-_FORMER_OWNERS + 1 :]
        return self._replace(owner=owner, was=[*was, self.owner] if self.owner else was)


Day = Mapping[str, KeptPunch]  # by punch id


class Pin(NamedTuple):
    """A PIN at a device. identities: by IdentityChange.entry; months: `YYYY-MM` to a bit for each day with punches."""

    identities: Mapping[str, KnownIdentity] = MappingProxyType({})
    months: Mapping[str, int] = MappingProxyType({})


class Mark(NamedTuple):
    """Up to when a device has told everything, None when it never said; since: the clock when it was first waited for;
    site: as its last watermark said. Epoch ms."""

    watermark: int | None
    since: int
    site: str = ""


class Progress(NamedTuple):
    """Of a partition. next_offset: inputs before it are in the state; clock: greatest receipt, epoch ms."""

    next_offset: int = 0
    clock: int = 0


def day_of(punch: Punch) -> str:
    """`YYYY-MM-DD` on the device's clock, the same for all copies: from the text, since `local_time` may be clamped."""
    if _USUAL_TEXT.match(punch.local_text):
        return punch.local_text[:10]
    return _day(punch.local_time)


def _day(local_ms: int) -> str:
    return (_EPOCH + timedelta(days=local_ms // _DAY_MS)).strftime("%Y-%m-%d")


def pin_key(device: str, pin: str) -> bytes:
    return f"pin+{device}+{normal_pin(pin)}".encode()


def is_pin_key(key: bytes) -> bool:
    return key.startswith(b"pin+")


def day_key(key: bytes, day: str) -> bytes:
    """Of the PIN with that `pin_key`; `YYYY-MM-DD`."""
    return b"day%b+%b" % (key[3:], day.encode())


def days_of(pin: Pin) -> Iterator[str]:
    """`YYYY-MM-DD`, all with punches."""
    for month, days in pin.months.items():
        yield from (f"{month}-{day:02}" for day in range(days.bit_length()) if days >> day & 1)


def with_day(pin: Pin, day: str) -> Pin:
    """`pin` itself when it has the day."""
    days, bit = pin.months.get(day[:7], 0), 1 << int(day[8:])
    return pin if days & bit else pin._replace(months={**pin.months, day[:7]: days | bit})


def device_of(key: bytes) -> str:
    """Of a `pin_key`. Serials and names of sources have no `+`."""
    return key[4:].decode().partition("+")[0]


def pin_of(key: bytes) -> str:
    """Of a `pin_key`: normal form."""
    return key[4:].decode().partition("+")[2]


def area_key(area: str) -> bytes:
    return AREA_PREFIX + area.encode()


def mark_key(device: str) -> bytes:
    return MARK_PREFIX + device.encode()


def encode_day(day: Day) -> bytes:
    return orjson.dumps([_VERSION, {punch_id: tuple(kept) for punch_id, kept in day.items()}])


def encode_pin(pin: Pin) -> bytes:
    return orjson.dumps([_VERSION, {entry: tuple(known) for entry, known in pin.identities.items()}, dict(pin.months)])


def encode_small(value: Mark | Progress) -> bytes:
    return orjson.dumps([_VERSION, *value])


def encode_area(area: AreaDevices) -> bytes:
    return encode_event(area)


def decode_day(value: bytes) -> dict[str, KeptPunch]:
    """This and the others raise StateUnreadable."""
    return _read("a day", value, lambda punches: {key: KeptPunch(*kept) for key, kept in punches.items()})


def decode_pin(value: bytes) -> Pin:
    return _read(
        "a PIN",
        value,
        lambda identities, months: Pin({entry: KnownIdentity(*known) for entry, known in identities.items()}, months),
    )


def decode_mark(value: bytes) -> Mark:
    return _read("a watermark", value, Mark)


def decode_progress(value: bytes) -> Progress:
    return _read("the progress", value, Progress)


def decode_area(value: bytes) -> AreaDevices:
    try:
        return decode_event(AreaDevices, value)
    except NotAnEvent as error:
        raise StateUnreadable(f"resolve.state: an area cannot be read: {error}") from error


def _read(what: str, value: bytes, make: Callable[..., ReadT]) -> ReadT:
    """The types of what we wrote ourselves are taken as they are: this runs for every punch."""
    try:
        version, *fields = orjson.loads(value)
        if version != _VERSION:
            raise ValueError(f"version {version}, this code reads {_VERSION}")
        return make(*fields)
    except (ValueError, TypeError, AttributeError) as error:
        raise StateUnreadable(f"resolve.state: {what} of {len(value)} bytes cannot be read: {error}") from error
