"""Cards against what a case expects, exactly as section 0 of spec/timecards.md says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from processors.timecards.cases.file import Difference
from processors.timecards.engine.card import MINUTE_KEYS, Card, DerivedStatus
from processors.timecards.locking import ADJUSTED_KEYS, Adjustment

_OTHER_KEYS = frozenset({"exceptions", "labor", "status"})


def as_in_a_case(card: Card, info_codes: frozenset[str]) -> dict[str, Any]:
    """A card in the words of the format: numbers that are not 0, exceptions that are compared, OPEN."""
    day: dict[str, Any] = {key: card.minutes[key] for key in MINUTE_KEYS if card.minutes[key]}
    codes = sorted({exception.code for exception in card.exceptions} - info_codes)
    if codes:
        day["exceptions"] = codes
    if card.labor:
        day["labor"] = dict(card.labor)
    if card.status is DerivedStatus.OPEN:
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


def compare_adjustments(expected: Iterable[Mapping[str, Any]], emitted: Iterable[Adjustment]) -> list[Difference]:
    """By date, the sum of all that were emitted."""
    wanted: dict[str, dict[str, int]] = {}
    for one in expected:
        _add(wanted.setdefault(one["date"], {}), one["deltas"])
    found: dict[str, dict[str, int]] = {}
    for adjustment in emitted:
        _add(found.setdefault(adjustment.work_date.isoformat(), {}), adjustment.deltas)
    differences = []
    for day in sorted(wanted.keys() | found.keys()):
        for key in ADJUSTED_KEYS:
            want, got = wanted.get(day, {}).get(key, 0), found.get(day, {}).get(key, 0)
            if want != got:
                differences.append(Difference("adjustments", day, key, want, got))
    return differences


def _add(sums: dict[str, int], deltas: Mapping[str, int]) -> None:
    for key, delta in deltas.items():
        sums[key] = sums.get(key, 0) + delta
