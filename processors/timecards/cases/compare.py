"""Cards against what a case expects, exactly as section 0 of spec/timecards.md says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from processors.timecards.cases.file import Difference
from processors.timecards.engine.card import MINUTE_KEYS, Card, DerivedStatus
from schemas.timecards import LOCKED_KEYS

_OTHER_KEYS = frozenset({"exceptions", "labor", "status"})


def as_in_a_case(card: Card, info_codes: frozenset[str]) -> dict[str, Any]:
    """A card in the words of the format: numbers that are not 0, exceptions that are compared, OPEN."""
    codes = {exception.code for exception in card.exceptions}
    return _words(card.minutes, codes - info_codes, card.labor, card.status)


def published_in_a_case(card: Mapping[str, Any], info_codes: frozenset[str]) -> dict[str, Any]:
    """A DailyCard likewise, of a locked one as it was derived; one of which only sums were left has no more."""
    content = card.get("content") or {}
    return _words(card, set(card["exceptions"]) - info_codes, card.get("labor", {}), content.get("status", ""))


def _words(minutes: Mapping[str, Any], codes: set[str], labor: Mapping[str, int], status: str) -> dict[str, Any]:
    day: dict[str, Any] = {key: minutes[key] for key in MINUTE_KEYS if minutes.get(key)}
    if codes:
        day["exceptions"] = sorted(codes)
    if labor:
        day["labor"] = dict(labor)
    if status == DerivedStatus.OPEN:
        day["status"] = "OPEN"
    return day


def compare_days(
    where: str, expected: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]], info: frozenset[str]
) -> list[Difference]:
    """`expected` is the complete set of days that are not empty."""
    differences = []
    for day in sorted(expected.keys() | found.keys()):
        for key, wanted, got in _day(expected.get(day), found.get(day, {}), info):
            differences.append(Difference(where, day, key, wanted, got))
    return differences


def _day(
    expected: Mapping[str, Any] | None, found: Mapping[str, Any], info: frozenset[str]
) -> Iterator[tuple[str, Any, Any]]:
    wanted = expected or {}
    for key in (*MINUTE_KEYS, *(key for key in wanted if key not in MINUTE_KEYS and key not in _OTHER_KEYS)):
        if wanted.get(key, 0) != found.get(key, 0):
            yield key, wanted.get(key, 0), found.get(key, 0)
    codes = sorted(set(wanted.get("exceptions", ())) - info)
    if codes != found.get("exceptions", []):
        yield "exceptions", codes, found.get("exceptions", [])
    if "labor" in wanted:
        hours = {code: minutes for code, minutes in found.get("labor", {}).items() if minutes}
        if {code: minutes for code, minutes in wanted["labor"].items() if minutes} != hours:
            yield "labor", wanted["labor"], hours
    if wanted.get("status") == "OPEN" and found.get("status") != "OPEN":
        yield "status", "OPEN", found.get("status", "not OPEN")


def compare_adjustments(
    expected: Iterable[tuple[str, Mapping[str, int]]],
    emitted: Iterable[tuple[str, Mapping[str, int]]],
    where: str = "adjustments",
) -> list[Difference]:
    """(date, deltas), by date the sum of all."""
    wanted, found = _sums(expected), _sums(emitted)
    differences = []
    for day in sorted(wanted.keys() | found.keys()):
        for key in LOCKED_KEYS:
            want, got = wanted.get(day, {}).get(key, 0), found.get(day, {}).get(key, 0)
            if want != got:
                differences.append(Difference(where, day, key, want, got))
    return differences


def _sums(deltas: Iterable[tuple[str, Mapping[str, int]]]) -> dict[str, dict[str, int]]:
    sums: dict[str, dict[str, int]] = {}
    for day, minutes in deltas:
        of_day = sums.setdefault(day, {})
        for key, delta in minutes.items():
            of_day[key] = of_day.get(key, 0) + delta
    return sums
