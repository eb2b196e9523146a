"""Words of versions: why one came to be, what a card that lost everything is, what makes two exceptions the same one.

Source: spec/timecards.md B11, B13, D.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from processors.timecards.engine.exceptions import CardException

VOID: Final = "VOID"
VOID_HASH: Final = "0" * 32


class Cause(StrEnum):
    """Why a version came to be."""

    NEW_PUNCH = "NEW_PUNCH"
    LATE_PUNCH = "LATE_PUNCH"
    CORRECTION = "CORRECTION"
    POLICY = "POLICY"
    SCHEDULE = "SCHEDULE"
    LEAVE = "LEAVE"
    IDENTITY = "IDENTITY"
    WEEK_RIPPLE = "WEEK_RIPPLE"  # another date of its workweek changed
    FINALIZE = "FINALIZE"  # event time advanced
    REOPEN = "REOPEN"


def exception_key(exception: CardException) -> str:
    """What makes an exception the same one in the next version."""
    return "+".join((exception.code, *exception.punches))
