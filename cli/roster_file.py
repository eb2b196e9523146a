"""Rosters: planned shifts of single dates, from YAML or CSV. Pure.

CSV: `employee,date,shifts`, several shifts parted by `;`. YAML: a list `roster` of the same three. No shift is a free
day; `-` takes the entry away, so that the schedule holds again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import yaml

from cli.employees_rows import csv_rows, listed
from cli.registry_histories import parse_date
from cli.registry_rows import Problem
from cli.shift_text import MAX_SHIFTS_OF_A_DAY, day_text, overlapping, parse_shift
from cli.yaml_values import NULL, ValueWrong, line_of, not_yaml, pairs, text_of
from schemas.registry_timecards import ScheduledShift
from schemas.timecards_input import PlannedShift

BACK: Final = "-"
MAX_DATES: Final = 400  # of one person in one file: they travel in one record
_COLUMNS: Final = ("employee", "date", "shifts")

Shifts = tuple[ScheduledShift, ...]


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """shifts: None is back to the schedule."""

    line: int
    employee: str
    day: date
    shifts: Shifts | None


def read_roster(file: str, text: str) -> tuple[list[RosterEntry], list[Problem]]:
    """In order of people and dates. Either is empty."""
    problems: list[Problem] = []
    rows = list(_rows(file, text, problems))
    entries: dict[tuple[str, date], RosterEntry] = {}
    for line, employee, day_word, words in rows:
        try:
            entry = _entry(line, employee, day_word, words)
        except ValueError as error:
            problems.append(Problem(file, line, str(error)))
            continue
        if (before := entries.setdefault((entry.employee, entry.day), entry)) is not entry:
            problems.append(Problem(file, line, f"employee {employee} has {entry.day} in line {before.line} too"))
    problems += _contradictions(file, entries)
    problems.sort(key=lambda problem: problem.line)
    return ([], problems) if problems else ([entries[key] for key in sorted(entries)], [])


def by_employee(entries: Sequence[RosterEntry]) -> dict[str, dict[date, list[PlannedShift] | None]]:
    found: dict[str, dict[date, list[PlannedShift] | None]] = {}
    for entry in entries:
        plan = None if entry.shifts is None else [
            PlannedShift(start=one.start, end=one.end, rest=one.rest, name=one.name) for one in entry.shifts
        ]  # fmt: skip
        found.setdefault(entry.employee, {})[entry.day] = plan
    return found


def entry_text(entry: RosterEntry) -> str:
    plan = "back to the schedule" if entry.shifts is None else day_text(entry.shifts)
    return f"employee {entry.employee}, {entry.day}: {plan}"


def _rows(file: str, text: str, problems: list[Problem]) -> Iterator[tuple[int, str, str, list[str]]]:
    """Line, employee, date, shifts as texts."""
    if file.lower().endswith(".csv"):
        for line, cells in csv_rows(file, text, _COLUMNS, ("employee", "date"), problems):
            shifts = cells.get("shifts", "").split(";")
            yield line, cells["employee"], cells["date"], [word for word in map(str.strip, shifts) if word]
    elif file.lower().endswith((".yaml", ".yml")):
        try:
            for node in listed(text, "roster"):
                yield _yaml_row(node)
        except ValueWrong as error:
            problems.append(Problem(file, error.line, str(error)))
        except yaml.YAMLError as error:
            problems.append(Problem(file, *not_yaml(error, text)))
    else:
        problems.append(Problem(file, 1, "a roster ends in .yaml, .yml or .csv"))


def _yaml_row(node: yaml.Node) -> tuple[int, str, str, list[str]]:
    found = dict(pairs(node, "an entry"))
    for key in found:
        if key not in _COLUMNS:
            raise ValueWrong(node, f"unknown key {key[:80]!r} of an entry (known: {', '.join(_COLUMNS)})")
    for key in _COLUMNS:
        if key not in found:
            raise ValueWrong(node, f"{key} is missing")
    shifts = found["shifts"]
    parts = [] if shifts.tag == NULL else shifts.value if isinstance(shifts, yaml.SequenceNode) else [shifts]
    return (
        line_of(node), text_of(found["employee"], "employee"), text_of(found["date"], "date"),
        [text_of(part, "a shift") for part in parts],
    )  # fmt: skip


def _entry(line: int, employee: str, day_word: str, words: list[str]) -> RosterEntry:
    day = parse_date(day_word)
    if day is None:
        raise ValueError(f"{day_word[:80]!r} is no date such as 2026-01-31")
    if words == [BACK]:
        return RosterEntry(line, employee, day, None)
    if len(words) > MAX_SHIFTS_OF_A_DAY:
        raise ValueError(f"{len(words)} shifts on {day}, {MAX_SHIFTS_OF_A_DAY} are allowed")
    return RosterEntry(line, employee, day, tuple(map(parse_shift, words)))


def _contradictions(file: str, entries: Mapping[tuple[str, date], RosterEntry]) -> Iterator[Problem]:
    counts: dict[str, int] = {}
    for (employee, day), entry in entries.items():
        counts[employee] = counts.get(employee, 0) + 1
        if counts[employee] == MAX_DATES + 1:
            yield Problem(file, entry.line, f"employee {employee} has more than {MAX_DATES} dates: use several files")
        following = entries.get((employee, day + timedelta(1)))
        days = [entry.shifts or (), following.shifts or () if following else ()]
        if trouble := overlapping(days, begins_anew=False):
            yield Problem(file, entry.line, f"employee {employee}, {day}: {trouble} (day 1 is this date)")
