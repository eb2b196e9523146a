"""What must be published now: versions of cards, as a pure function of what was published and what is derived.

Source: spec/timecards.md B11, B13, D. A version rises by one with every change of a card's content and never on replay;
a card that lost everything is published once more as VOID.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from processors.timecards.engine.card import Card, DerivedStatus
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


@dataclass(frozen=True, slots=True)
class Published:
    """One version of one card. status: of the derivation, or VOID; card: None for VOID. first_seen: the version in
    which each exception of the card was first seen, by its key."""

    work_date: date
    version: int
    status: str
    content_hash: str
    cause: Cause
    card: Card | None
    first_seen: Mapping[str, int] = field(default_factory=dict)

    @property
    def supersedes(self) -> int | None:
        return self.version - 1 if self.version > 1 else None


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody approved exactly this version and content."""

    version: int
    content_hash: str
    approved_by: str


def publish(
    previous: Mapping[date, Published],
    cards: Sequence[Card],
    cause: Cause,
    *,
    touched: Container[date] | None = None,
    first: date = date.min,
    last: date = date.max,
    frozen: Container[date] = (),
) -> list[Published]:
    """The versions to be written, by date: none when nothing changed.

    previous: the latest version of each date, VOID ones included; cards: all those derived for [first, last]; touched:
    dates that the cause is about (None: all), the others' is WEEK_RIPPLE; frozen: locked dates, of which nothing is
    published.
    """
    derived = {card.work_date: card for card in cards}
    new: list[Published] = []
    for day in sorted(derived.keys() | previous.keys()):
        if not first <= day <= last or day in frozen:
            continue
        card, before = derived.get(day), previous.get(day)
        content_hash = card.content_hash if card else VOID_HASH
        if content_hash == (before.content_hash if before else VOID_HASH):
            continue
        version = before.version + 1 if before else 1
        its_cause = cause if touched is None or day in touched else Cause.WEEK_RIPPLE
        status = str(card.status) if card else VOID
        seen = _first_seen(card, before, version)
        new.append(Published(day, version, status, content_hash, its_cause, card, seen))
    return new


def approved_status(published: Published, approvals: Sequence[Approval]) -> tuple[str, bool]:
    """(status, approval_stale): APPROVED when the newest approval names this version and hash; an approval of an older
    version leaves the status as derived and is stale."""
    if published.card is None or not approvals:
        return published.status, False
    newest = max(approvals, key=lambda approval: approval.version)
    if (newest.version, newest.content_hash) == (published.version, published.content_hash):
        complete = published.status == DerivedStatus.COMPLETE
        return ("APPROVED" if complete else published.status), False
    return published.status, True


def exception_key(exception: CardException) -> str:
    """What makes an exception the same one in the next version."""
    return "+".join((exception.code, *exception.punches))


def _first_seen(card: Card | None, before: Published | None, version: int) -> dict[str, int]:
    if card is None:
        return {}
    seen = before.first_seen if before else {}
    return {key: seen.get(key, version) for key in map(exception_key, card.exceptions)}
