"""The greatest punch of a PIN, for "View Last Punch" and self service (topic `lastpunch`). Source: DESIGN 4.

Three kinds of keys. Of a clock alone, told from its punches: `<serial>+<normal PIN>`. Of the person behind the PIN,
told from timecards: `hours+<serial>+<normal PIN>` for clocks where the person punched lately, and
`area+<area>+<normal PIN>` for all clocks of their areas. Serials are in upper case or have a `:`, so the keys differ.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from schemas.events import EpochMs
from schemas.identity import normal_pin

LAST_PUNCH_VERSION: Final = 1
MAX_OVERRULED: Final = 20
_OF_TIMECARDS: Final = (b"hours+", b"area+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPunch:
    """The greatest time wins, not the last arrival. From timecards, it is the greatest of the person that counts, at
    whatever clock: corrections are applied, and `week_minutes` and what follows is said."""

    v: Annotated[Literal[1], Field(description="version of this shape")] = LAST_PUNCH_VERSION
    tenant: Annotated[str, Field(description="tenant")]
    device: Annotated[str, Field(description="serial in upper case; empty for a punch that a correction added")]
    pin: Annotated[str, Field(description="PIN as the device sent it; empty for a punch that a correction added")]
    punch_at: Annotated[EpochMs, Field(description="instant of the punch, epoch ms UTC")]
    local_text: Annotated[str, Field(description="its time as the device sent it, or `YYYY-MM-DD HH:MM:SS` there")]
    state: Annotated[int | None, Field(description="attendance state code")]
    work_code: Annotated[str, Field(description="work code as sent")]
    event_id: Annotated[str, Field(description="id of the punch, or of the correction that added it")] = ""
    rank: Annotated[
        int, Field(ge=0, lt=1 << 64, description="rank of the punch: a copy of it of greater rank replaces this one")
    ] = 0
    week_minutes: Annotated[
        int | None, Field(description="payable minutes of the workweek of `as_of`; null without timecards")
    ] = None
    week_start: Annotated[str, Field(description="first date of that workweek at home; empty without timecards")] = ""
    as_of: Annotated[
        EpochMs | None, Field(description="the newest that the timecards were worked out from, epoch ms")
    ] = None
    employee: Annotated[str, Field(description="whose it is; empty without timecards")] = ""
    overruled: Annotated[
        list[str],
        Field(
            max_length=MAX_OVERRULED,
            description="ids of the person's punches after this one that do not count, or not then: the last ones",
        ),
    ] = Field(default_factory=list)


def last_punch_key(serial: str, pin: str) -> bytes:
    """Of a PIN at a clock, told from its punches; `serial` in upper case."""
    return f"{serial}+{normal_pin(pin)}".encode()


def hours_key(serial: str, pin: str) -> bytes:
    """Of the person behind a PIN at a clock; partition by serial."""
    return b"hours+" + last_punch_key(serial, pin)


def area_key(area: str, pin: str) -> bytes:
    """Of the person behind a PIN in an area; partition by area."""
    return b"area+" + last_punch_key(area, pin)


def is_of_timecards(key: bytes) -> bool:
    """Whether a key of the topic is told from timecards, not from a clock's punches."""
    return key.startswith(_OF_TIMECARDS)
