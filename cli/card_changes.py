"""What became different from one version of a card to another, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cli.timecard_text import hhmm, minute_word

if TYPE_CHECKING:
    from processors.timecards.engine.card import Card


def changes(before: Card | None, after: Card | None) -> list[str]:
    """None: nothing is left (VOID), or nothing was there. Empty when both say the same."""
    return list(_changes(before, after))


def _changes(before: Card | None, after: Card | None) -> Iterator[str]:
    if before is None and after is None:
        return
    old, new = (card.minutes if card else {} for card in (before, after))
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key, 0), new.get(key, 0)
        if was != now:
            yield f"{minute_word(key)} {hhmm(was)} -> {hhmm(now)} ({'+' if now > was else ''}{hhmm(now - was)})"
    if before and after and before.status != after.status:
        yield f"status {before.status} -> {after.status}"
    yield from _moved("punch", _punches(before), _punches(after))
    yield from _moved("exception", _exceptions(before), _exceptions(after))


def _moved(what: str, before: set[str], after: set[str]) -> Iterator[str]:
    for one in sorted(after - before):
        yield f"{what} added: {one}"
    for one in sorted(before - after):
        yield f"{what} gone: {one}"


def _punches(card: Card | None) -> set[str]:
    return {punch for shift in card.shifts for punch in shift.punches} if card else set()


def _exceptions(card: Card | None) -> set[str]:
    return {one.code for one in card.exceptions} if card else set()
