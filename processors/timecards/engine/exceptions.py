"""What is odd about a day: codes, severities, what blocks approval. Source: B11, timecards.md preamble, errata B6."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

# The closed list: code to (severity, blocks approval).
SEVERITIES: Final[dict[str, tuple[str, bool]]] = {
    "MISSING_IN": ("error", True),
    "MISSING_OUT": ("error", True),
    "MISSING_BREAK_IN": ("error", True),
    "ABSENT": ("error", False),
    "UNMAPPED_STATE": ("error", True),
    "FUTURE_PUNCH": ("error", True),
    "PAST_PUNCH": ("error", True),  # "and the like" of DESIGN 5: the clock stood before 2015
    "UNKNOWN_EMPLOYEE": ("error", True),
    "AMBIGUOUS_LOCAL_TIME": ("error", True),
    "NONEXISTENT_LOCAL_TIME": ("error", False),
    "TOO_MANY_PUNCHES": ("error", True),
    "MISSING_BREAK_OUT": ("warning", False),
    "DOUBLE_IN": ("warning", False),
    "DOUBLE_OUT": ("warning", False),
    "LATE": ("warning", False),
    "EARLY_LEAVE": ("warning", False),
    "MEAL_MISSED": ("warning", False),
    "MEAL_SHORT": ("warning", False),
    "MEAL_LATE": ("warning", False),
    "SHORT_REST": ("warning", False),
    "LONG_SHIFT": ("warning", False),
    "DEVICE_OFFLINE": ("warning", False),
    "UNVERIFIED": ("warning", False),
    "OVERTIME_NOT_ALLOWED": ("warning", False),
    "UNREADABLE_TIP": ("warning", False),
    "DUPLICATE_PUNCH": ("info", False),
    "MANUAL_PUNCH": ("info", False),
    "LATE_ARRIVING": ("info", False),
    "HOLIDAY_WORK": ("info", False),
    "MULTI_SITE": ("info", False),
    "TRANSFER": ("info", False),
    "POST_LOCK_CHANGE": ("info", False),
    "POSSIBLY_MANUAL": ("info", False),
}


class Loose(NamedTuple):
    """A finding that belongs to no shift: its code, its day number, its punches."""

    code: str
    day: int
    punches: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class CardException:
    """One exception of a card: punches are the ids that it is about, in time order; empty when it is about none.
    detail: what else it names: serials of silent devices, how many punches are too many."""

    code: str
    work_date: date
    punches: tuple[str, ...]
    severity: str
    blocking: bool
    detail: str = ""


def card_exception(
    code: str, on: date, punches: tuple[str, ...], *, always_blocking: bool = False, detail: str = ""
) -> CardException:
    severity, blocking = SEVERITIES[code]
    return CardException(code, on, punches, severity, blocking or always_blocking, detail)
