"""Rows of a registry file that are the history of one thing: the same id several times, periods that do not overlap."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import inf
from typing import TypeVar

from cli.registry_rows import Problem, Row
from schemas.registry import Period
from schemas.registry_timecards import DatedPeriod

MAX_NAME_CHARACTERS = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

P = TypeVar("P", bound=Period | DatedPeriod)


def time_text(at_ms: int | None) -> str | None:
    """Epoch milliseconds as ISO 8601 in UTC."""
    return None if at_ms is None else (_EPOCH + timedelta(milliseconds=at_ms)).isoformat()


def parse_time(text: str) -> int:
    """Epoch milliseconds. Raises ValueError when it is no ISO 8601 time, or one without an offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time such as 2026-01-01T00:00:00+00:00") from None
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} says no offset from UTC: write it as in 2026-01-01T00:00:00+00:00")
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def parse_date(text: str) -> date | None:
    """`YYYY-MM-DD` and nothing else."""
    try:
        return date.fromisoformat(text) if len(text) == len("2026-01-31") else None
    except ValueError:
        return None


def periods_at(periods: Iterable[P], at: str | None) -> list[P]:
    """Those that hold at a time, or on a date where they hold by dates; all without one. Raises ValueError."""
    found = []
    for period in periods:
        if at is None:
            found.append(period)
        elif isinstance(period, DatedPeriod):
            if (day := parse_date(at)) is None:
                raise ValueError(f"{at[:80]!r} is no date such as 2026-01-31")
            if period.covers(day):
                found.append(period)
        elif period.covers(parse_time(at)):
            found.append(period)
    return found


def overlap(one: Period | DatedPeriod, other: Period | DatedPeriod) -> bool:
    """Whether there is a moment, or a date, at which both hold."""
    return _place(one.valid_from, -inf) < _place(other.valid_to, inf) and _place(other.valid_from, -inf) < _place(
        one.valid_to, inf
    )


def _place(bound: int | date | None, none: float) -> float:
    return none if bound is None else bound.toordinal() if isinstance(bound, date) else bound


class HistoryReader:
    """What is wrong is appended to `problems`, and the row left out."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems

    def histories(
        self, rows: list[Row], key: str, pattern: re.Pattern[str], allowed: str,
        read: Callable[[Row], P], fold: Callable[[str], str],
    ) -> dict[str, tuple[P, ...]]:  # fmt: skip
        """Periods by id, sorted. `key` names the column of the id, `allowed` says in words what `pattern` wants."""
        found: dict[str, list[tuple[P, int]]] = {}
        for number, row in enumerate(rows):
            period = read(row)
            name = row.values.get(key)
            if name is None:
                self.wrong(row, f"{key} is missing")
                continue
            if not pattern.fullmatch(name):
                self.wrong(row, f"{key} {name[:80]!r} is not made of {allowed}", key)
            found.setdefault(fold(name), []).append((period, number))
        histories = {}
        for name, entries in found.items():
            entries.sort(key=lambda entry: _place(entry[0].valid_from, -inf))
            for (earlier, number), (later, other) in pairwise(entries):
                if overlap(earlier, later):
                    first, second = rows[min(number, other)], rows[max(number, other)]
                    where = f"{first.file} line {first.line}"
                    self.wrong(second, f"{key} {name}: its period overlaps with that of {where}")
            histories[name] = tuple(period for period, _number in entries)
        return histories

    def name(self, row: Row) -> str:
        name = row.values.get("name", "")
        if len(name) > MAX_NAME_CHARACTERS:
            self.wrong(row, f"the name has {len(name)} characters, {MAX_NAME_CHARACTERS} are allowed", "name")
        return name

    def validity(self, row: Row) -> tuple[int | None, int | None]:
        times: dict[str, int | None] = {"valid_from": None, "valid_to": None}
        for key in times:
            if key in row.values:
                try:
                    times[key] = parse_time(row.values[key])
                except ValueError as error:
                    self.wrong(row, f"{key} {error}", key)
        start, end = times["valid_from"], times["valid_to"]
        if start is not None and end is not None and start >= end:
            self.wrong(row, "valid_to is not after valid_from", "valid_to")
        return start, end

    def dates(self, row: Row) -> tuple[date | None, date | None]:
        """valid_from and valid_to of kinds that hold by work dates."""
        start, end = self.date(row, "valid_from"), self.date(row, "valid_to")
        if start is not None and end is not None and start >= end:
            self.wrong(row, "valid_to is not after valid_from", "valid_to")
        return start, end

    def date(self, row: Row, key: str) -> date | None:
        text = row.values.get(key)
        found = None if text is None else parse_date(text)
        if text is not None and found is None:
            self.wrong(row, f"{key} {text[:80]!r} is no date such as 2026-01-31", key)
        return found

    def truth(self, row: Row, key: str) -> bool:
        """`true` or `false`; false where nothing is said."""
        text = row.values.get(key, "false").lower()
        if text not in ("true", "false"):
            self.wrong(row, f"{key} {text[:80]!r} is neither true nor false", key)
        return text == "true"

    def wrong(self, row: Row, message: str, key: str = "") -> None:
        self._problems.append(Problem(row.file, row.lines.get(key, row.line), message))

    def wrong_at(self, row: Row, line: int, message: str) -> None:
        self._problems.append(Problem(row.file, line, message))
