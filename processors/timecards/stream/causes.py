"""Why a version came to be: of everything that touched a week in one go, what counts for a date. Source:
spec/timecards.md D."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

from processors.timecards.versions import Cause

MAX_IDS: Final = 20

# Of several the first of these.
ORDER: Final = (
    Cause.CORRECTION, Cause.LEAVE, Cause.IDENTITY, Cause.LATE_PUNCH, Cause.NEW_PUNCH, Cause.SCHEDULE, Cause.POLICY,
    Cause.REOPEN, Cause.FINALIZE,
)  # fmt: skip
_PLACE: Final = {cause: place for place, cause in enumerate(ORDER)}


class Touch(NamedTuple):
    """Something that a week depends on changed. dates: those that it is about, None for all; id: of the punch or
    correction; by: who decided it."""

    cause: Cause
    dates: frozenset[date] | None = None
    id: str = ""
    by: str = ""


class Reason(NamedTuple):
    """Of one date."""

    cause: Cause
    ids: tuple[str, ...]
    by: str


def reason_of(day: date, touches: Sequence[Touch]) -> Reason:
    """Where all of them are about other dates it is their week's ripple, with their ids."""
    about = [touch for touch in touches if touch.dates is None or day in touch.dates]
    its = about or touches
    cause = min((touch.cause for touch in about), key=_PLACE.__getitem__, default=Cause.WEEK_RIPPLE)
    return Reason(cause, _ids(its), next((touch.by for touch in its if touch.by), ""))


def _ids(touches: Iterable[Touch]) -> tuple[str, ...]:
    return tuple(sorted({touch.id for touch in touches if touch.id})[:MAX_IDS])
