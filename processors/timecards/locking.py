"""Locked pay periods: cards frozen as they were published, later differences as signed adjustments.

Source: spec/timecards.md B13, D. Pure: locked + all adjustments = current derivation, checked per date and key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final

from processors.timecards.engine.card import BUCKET_KEYS, Card, DerivedStatus
from processors.timecards.versions import Published

ADJUSTED_KEYS: Final = ("worked", *BUCKET_KEYS)


@dataclass(frozen=True, slots=True)
class LockedPeriod:
    """The versions served for the dates of a period (both inclusive) from its lock on; VOID ones are left out."""

    first: date
    last: date
    cards: Mapping[date, Published]

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Signed minutes by ADJUSTED_KEYS that are not zero. sequence: 1 for the first of its date since the lock;
    new_version: what the date's version would be now (locked version + sequence)."""

    adjustment_id: str
    work_date: date
    deltas: Mapping[str, int]
    locked_version: int
    new_version: int
    sequence: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a date cannot be locked without a waiver."""

    work_date: date
    reason: str


def blockers(cards: Iterable[Card]) -> list[Blocker]:
    """What keeps the cards of a period from being locked: cards not COMPLETE, exceptions that block."""
    found = []
    for card in cards:
        if card.status != DerivedStatus.COMPLETE:
            found.append(Blocker(card.work_date, f"the card is {card.status}"))
        codes = dict.fromkeys(exception.code for exception in card.exceptions if exception.blocking)
        found += [Blocker(card.work_date, code) for code in codes]
    return found


def lock(first: date, last: date, published: Mapping[date, Published]) -> LockedPeriod:
    """Freezes the latest versions of the dates in [first, last]. Raises ValueError when last is before first."""
    if last < first:
        raise ValueError(f"period {first} to {last}: it ends before it begins")
    inside = {day: one for day, one in sorted(published.items()) if first <= day <= last and one.card is not None}
    return LockedPeriod(first, last, inside)


def adjustments(
    card_key: str, period: LockedPeriod, earlier: Sequence[Adjustment], cards: Iterable[Card]
) -> list[Adjustment]:
    """The adjustments that make locked + earlier + these the current derivation; none when it is already.

    card_key: tenant + employee; earlier: of this lock; cards: all derived now, those outside the period are no matter.
    """
    current = {card.work_date: card for card in cards if card.work_date in period}
    adjusted = {one.work_date for one in earlier}
    new = []
    for day in sorted(current.keys() | period.cards.keys() | adjusted):
        card, before = current.get(day), net_minutes(period, earlier, day)
        now = card.minutes if card else {}
        deltas = {key: now.get(key, 0) - before[key] for key in ADJUSTED_KEYS}
        deltas = {key: delta for key, delta in deltas.items() if delta}
        if not deltas:
            continue
        locked = period.cards.get(day)
        locked_version = locked.version if locked else 0
        sequence = sum(1 for one in earlier if one.work_date == day) + 1
        identity = f"{card_key}+{day}+{locked_version}+{locked_version + sequence}+{sequence}"
        new.append(
            Adjustment(
                sha256(identity.encode()).hexdigest()[:32], day, deltas, locked_version, locked_version + sequence,
                sequence, card.content_hash if card else "",
            )
        )  # fmt: skip
    return new


def net_minutes(period: LockedPeriod, earlier: Iterable[Adjustment], day: date) -> dict[str, int]:
    """Locked plus adjustments of a date, by ADJUSTED_KEYS."""
    locked = period.cards.get(day)
    minutes = locked.card.minutes if locked and locked.card else {}
    net = {key: minutes.get(key, 0) for key in ADJUSTED_KEYS}
    for one in earlier:
        if one.work_date == day:
            for key, delta in one.deltas.items():
                net[key] += delta
    return net
