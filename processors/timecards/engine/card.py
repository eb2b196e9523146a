"""The card of one date: its content, and the hash that says whether it changed. Source: B12."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

import orjson
from pydantic import TypeAdapter

from processors.timecards.engine.buckets import BucketLine
from processors.timecards.engine.exceptions import CardException

BUCKET_KEYS: Final = ("reg", "ot1", "ot2", "ot3", "hol", "wkd")
MINUTE_KEYS: Final = (
    "gross", "paid_break", "unpaid_break", "meal_auto", "worked", *BUCKET_KEYS, "night", "late", "early", "absent",
    "leave",
)  # fmt: skip


class DerivedStatus(StrEnum):
    """How far a card is by its inputs alone; approval and lock come after (B13)."""

    OPEN = "OPEN"  # somebody is on the clock as far as event time knows
    PROVISIONAL = "PROVISIONAL"  # its shifts are closed, devices may still hold punches
    COMPLETE = "COMPLETE"  # event time passed everything that could belong to it


@dataclass(frozen=True, slots=True)
class CardSegment:
    """On the clock. start_at, end_at: as punched; paid_start, paid_end: snapped, rounded, cut at the date's boundaries;
    all epoch seconds. Offsets are those of the punches' wall clocks, seconds."""

    start_punch: str
    end_punch: str
    start_at: int
    end_at: int
    paid_start: int
    paid_end: int
    start_offset_s: int
    end_offset_s: int
    site: str
    work_code: str
    job_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CardBreak:
    """kind: BREAK, MEAL or GAP. paid_s: how much of the whole break is paid, from its start on; the rest as in
    CardSegment."""

    kind: str
    start_punch: str
    end_punch: str
    start_at: int
    end_at: int
    paid_start: int
    paid_end: int
    paid_s: int


@dataclass(frozen=True, slots=True)
class CardShift:
    """A shift whose work date this is. Instants are epoch seconds, first_in and last_out as punched, None when there is
    none; meal_s: deducted, after meal_at_s of paid time, since more than meal_after_min were worked."""

    first_in: int | None
    last_out: int | None
    plan_name: str
    plan_start: int | None
    plan_end: int | None
    assign: str
    day_zone: str
    is_open: bool
    meal_s: int
    meal_at_s: int
    meal_after_min: int
    punches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CardPlan:
    """A planned shift of the date, taken or not; epoch seconds."""

    name: str
    start: int
    end: int
    duty_s: int


@dataclass(frozen=True, slots=True)
class Card:
    """One employee, one work date. minutes: MINUTE_KEYS and `duty`; overlays: minutes by name; labor, sites: gross
    minutes by work code and site; jobs: by place "1" to "6" and code; tips: decimal sums by place "1" to "3"; lines:
    why each bucket has its minutes. content_hash: SHA-256 of the canonical JSON of everything else, 32 hex digits."""

    work_date: date
    status: DerivedStatus
    minutes: Mapping[str, int]
    overlays: Mapping[str, int]
    labor: Mapping[str, int]
    jobs: Mapping[str, Mapping[str, int]]
    sites: Mapping[str, int]
    tips: Mapping[str, str]
    plans: tuple[CardPlan, ...]
    shifts: tuple[CardShift, ...]
    segments: tuple[CardSegment, ...]
    breaks: tuple[CardBreak, ...]
    exceptions: tuple[CardException, ...]
    lines: tuple[BucketLine, ...]
    zone: str
    content_hash: str = ""

    def record(self) -> dict[str, Any]:
        """The content as orjson takes it, without the hash."""
        return {name: getattr(self, name) for name in _CONTENT}

    @property
    def is_blocked(self) -> bool:
        return any(exception.blocking for exception in self.exceptions)


_CARD: Final = TypeAdapter(Card)
_CONTENT: Final = tuple(field.name for field in fields(Card) if field.name != "content_hash")


def read_card(record: Mapping[str, Any], content_hash: str) -> Card:
    """A card from its record, as JSON gives it back, so that a stored version can be explained. Raises ValueError."""
    return _CARD.validate_python({**record, "content_hash": content_hash})


def hash_of(content: Mapping[str, Any]) -> str:
    """Of a card's record: the same however its inputs arrived."""
    return sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
