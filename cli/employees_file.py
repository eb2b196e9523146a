"""Files of people: text to entries, or to everything that is wrong with it, by line; and people to YAML. Pure.

YAML has a list `employees`; CSV has a person in each row, several rows where the person has several periods or PINs, in
columns `employment.<name>` and `pin.<name>`. What an entry does not name stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final

import yaml
from pydantic import ValidationError

from cli.employees_rows import BOOLEANS, DATES, EMPLOYMENT, LISTS, TEXTS, PersonRow, read_csv, read_yaml
from cli.registry_histories import MAX_NAME_CHARACTERS, parse_date, parse_time, time_text
from cli.registry_rows import Problem
from schemas.employees import Employee, Employment, Identity
from schemas.identity import normal_pin

_MAX_CODE: Final = 64
_TRUTH: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class PinEntry:
    """scope: `area:<id>` or `device:<serial>`; pin: normal; times in epoch milliseconds."""

    line: int
    scope: str
    pin: str
    valid_from: int | None
    valid_to: int | None


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """What a file says of one person. facts: fields of Employee that it names; employment: None when it names none."""

    file: str
    line: int
    code: str
    facts: Mapping[str, Any]
    employment: tuple[Employment, ...] | None
    pins: tuple[PinEntry, ...]


def read_people(file: str, text: str) -> tuple[list[PersonEntry], list[Problem]]:
    """Either is empty. What a file is goes by its name's ending."""
    if file.lower().endswith(".csv"):
        rows, problems = read_csv(file, text)
    elif file.lower().endswith((".yaml", ".yml")):
        rows, problems = read_yaml(file, text)
    else:
        return [], [Problem(file, 1, "a file of people ends in .yaml, .yml or .csv")]
    reader = _EntryReader(file, problems)
    entries = [reader.entry(row) for row in rows]
    seen: dict[str, int] = {}
    for entry in entries:
        if (before := seen.setdefault(entry.code, entry.line)) != entry.line:
            reader.wrong(entry.line, f"employee {entry.code} stands in line {before} too")
    problems.sort(key=lambda problem: problem.line)
    return ([], problems) if problems else (entries, [])


def people_yaml(employees: Iterable[Employee], identities: Iterable[Identity]) -> str:
    """YAML that `read_people` reads back to the same."""
    pins: dict[str, list[dict[str, Any]]] = {}
    for one in identities:
        kind, _, name = one.scope.partition(":")
        entry = {kind: name, "pin": one.pin}
        bounds = {"valid_from": time_text(one.valid_from), "valid_to": time_text(one.valid_to)}
        pins.setdefault(one.employee, []).append({**entry, **{key: text for key, text in bounds.items() if text}})
    people = [_person(employee, pins.get(employee.employee, [])) for employee in employees]
    return yaml.dump(
        {"employees": people}, Dumper=yaml.CSafeDumper, sort_keys=False, default_flow_style=None, width=1000,
        allow_unicode=True,
    )  # fmt: skip


def _person(employee: Employee, pins: list[dict[str, Any]]) -> dict[str, Any]:
    plain = Employee(tenant=employee.tenant, employee=employee.employee, rank=0, source="operator")
    named = {name: getattr(employee, name) for name in (*TEXTS, *DATES, *LISTS, *BOOLEANS)}
    entry = {"employee": employee.employee, **{n: v for n, v in named.items() if v != getattr(plain, n)}}
    if employee.employment:
        entry["employment"] = [
            {name: value for name in EMPLOYMENT if (value := getattr(period, name))} for period in employee.employment
        ]
    return {**entry, "pins": pins} if pins else entry


class _EntryReader:
    """What is wrong is appended to `problems`."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self._file = file
        self._problems = problems

    def wrong(self, line: int, message: str) -> None:
        self._problems.append(Problem(self._file, line, message))

    def entry(self, row: PersonRow) -> PersonEntry:
        if not row.code or len(row.code) > _MAX_CODE or "+" in row.code or not row.code.isprintable():
            self.wrong(row.line, f"employee {row.code[:80]!r} is no code of 1 to {_MAX_CODE} characters without '+'")
        facts = {}
        for name, (line, value) in row.facts.items():
            try:
                facts[name] = _fact(name, value)
            except ValueError as error:
                self.wrong(line, f"{name} {error}")
        employment = None if row.employment is None else self._employment(row.employment)
        return PersonEntry(self._file, row.line, row.code, facts, employment, tuple(map(self._pin, row.pins)))

    def _employment(self, rows: Iterable[tuple[int, Mapping[str, str]]]) -> tuple[Employment, ...]:
        periods = []
        for line, values in rows:
            try:
                for name in ("valid_from", "valid_to"):
                    _date(values.get(name, ""))
                period = Employment(**values)
            except ValidationError as error:
                self.wrong(line, f"employment: {error.errors()[0]['msg']}")
                continue
            except ValueError as error:
                self.wrong(line, f"employment: {error}")
                continue
            if period.valid_from and period.valid_to and period.valid_from >= period.valid_to:
                self.wrong(line, "employment: valid_to is not after valid_from")
            periods.append((period, line))
        periods.sort(key=lambda found: found[0].valid_from)
        for (earlier, _), (later, line) in pairwise(periods):
            if not earlier.valid_to or earlier.valid_to > later.valid_from:
                self.wrong(line, "employment: its period overlaps with another one of the person")
        return tuple(period for period, _ in periods)

    def _pin(self, row: tuple[int, Mapping[str, str]]) -> PinEntry:
        line, values = row
        area, device, pin = (values.get(name, "") for name in ("area", "device", "pin"))
        if bool(area) == bool(device):
            self.wrong(line, "a PIN is one of a device or of an area: name one of the two")
        if not pin or len(pin) > _MAX_CODE or "+" in pin or not pin.isprintable():
            self.wrong(line, f"pin {pin[:80]!r} is no PIN of 1 to {_MAX_CODE} characters without '+'")
        bounds: list[int | None] = []
        for name in ("valid_from", "valid_to"):
            try:
                bounds.append(parse_time(values[name]) if values.get(name) else None)
            except ValueError as error:
                self.wrong(line, f"{name} {error}")
                bounds.append(None)
        if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
            self.wrong(line, "valid_to is before valid_from (the same as it: never)")
        return PinEntry(line, f"area:{area}" if area else f"device:{device.upper()}", normal_pin(pin), *bounds)


def _fact(name: str, value: str | tuple[str, ...]) -> Any:
    if name in LISTS or not isinstance(value, str):
        return list(value)
    if name in BOOLEANS:
        if not value and name != "active":
            return None
        if value.lower() not in _TRUTH:
            raise ValueError(f"{value[:80]!r} is neither true nor false")
        return _TRUTH[value.lower()]
    if name in DATES:
        return _date(value)
    if len(value) > MAX_NAME_CHARACTERS:
        raise ValueError(f"has {len(value)} characters, {MAX_NAME_CHARACTERS} are allowed")
    return value


def _date(text: str) -> str:
    if text and parse_date(text) is None:
        raise ValueError(f"{text[:80]!r} is no date such as {date(2026, 1, 31)}")
    return text
