"""Files of people as rows of texts with their lines: YAML or CSV. Pure. What they mean: cli/employees_file.py.

Every value stays the text that stands in the file: a code `0012` is no number.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import yaml

from cli.registry_rows import Problem
from cli.yaml_values import NULL, ValueWrong, items, line_of, not_yaml, pairs, text_of, words_of

TEXTS: Final = ("first_name", "last_name", "nick_name", "department", "position", "site", "employment_type")
DATES: Final = ("hire_date", "leave_date")
LISTS: Final = ("areas",)
BOOLEANS: Final = ("active", "enable_attendance", "enable_overtime", "enable_holiday")
FACTS: Final = (*TEXTS, *DATES, *LISTS, *BOOLEANS)
EMPLOYMENT: Final = (
    *("valid_from", "valid_to", "site", "policy_group", "pay_group", "schedule", "employer", "payroll_number"),
)  # fmt: skip
PIN: Final = ("area", "device", "pin", "valid_from", "valid_to")
_OF_EMPLOYMENT, _OF_PIN = "employment.", "pin."
_COLUMNS: Final = (
    "employee", *FACTS, *(_OF_EMPLOYMENT + name for name in EMPLOYMENT), *(_OF_PIN + name for name in PIN)
)  # fmt: skip

Lined = tuple[int, Mapping[str, str]]


@dataclass(slots=True)
class PersonRow:
    """facts: line and text, or texts where it is a list; employment: None when nothing is said of it."""

    line: int
    code: str
    facts: dict[str, tuple[int, str | tuple[str, ...]]] = field(default_factory=dict)
    employment: list[Lined] | None = None
    pins: list[Lined] = field(default_factory=list)


def read_yaml(file: str, text: str) -> tuple[list[PersonRow], list[Problem]]:
    problems: list[Problem] = []
    rows: list[PersonRow] = []
    try:
        for node in listed(text, "employees"):
            try:
                rows.append(_person(node))
            except ValueWrong as error:
                problems.append(Problem(file, error.line, str(error)))
    except ValueWrong as error:
        problems.append(Problem(file, error.line, str(error)))
    except yaml.YAMLError as error:
        problems.append(Problem(file, *not_yaml(error, text)))
    return rows, problems


def listed(text: str, section: str) -> list[yaml.Node]:
    """The entries of the one list that a YAML file has. Raises ValueWrong, yaml.YAMLError."""
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    entries: list[yaml.Node] = []
    for key, node in pairs(root, "the file") if root is not None else ():
        if key != section:
            raise ValueWrong(node, f"unknown key {key[:80]!r} in the file (known: {section})")
        entries = items(node, section) if node.tag != NULL else []
    return entries


def read_csv(file: str, text: str) -> tuple[list[PersonRow], list[Problem]]:
    """Rows of one person become one."""
    problems: list[Problem] = []
    people: dict[str, PersonRow] = {}
    for line, cells in csv_rows(file, text, _COLUMNS, ("employee",), problems):
        person = people.setdefault(cells["employee"], PersonRow(line, cells["employee"]))
        for name in FACTS:
            value = tuple(part.strip() for part in cells[name].split(";")) if name in LISTS and name in cells else None
            said = value if value is not None else cells.get(name)
            if said and person.facts.setdefault(name, (line, said))[1] != said:
                problems.append(Problem(file, line, f"{name} is another one than in line {person.facts[name][0]}"))
        period = {name: cells[_OF_EMPLOYMENT + name] for name in EMPLOYMENT if _OF_EMPLOYMENT + name in cells}
        if period and period not in (known for _, known in person.employment or ()):
            person.employment = [*(person.employment or ()), (line, period)]
        pin = {name: cells[_OF_PIN + name] for name in PIN if _OF_PIN + name in cells}
        if pin and pin not in (known for _, known in person.pins):
            person.pins.append((line, pin))
    return list(people.values()), problems


def csv_rows(
    file: str, text: str, columns: tuple[str, ...], needed: tuple[str, ...], problems: list[Problem]
) -> list[tuple[int, dict[str, str]]]:
    """Line and cells that are not empty; rows that lack one of `needed` are problems."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        wrong = [
            f"unknown column {name[:80]!r} (known: {', '.join(columns)})" for name in sorted(set(header) - set(columns))
        ]
        wrong += [f"column {name} stands twice" for name in columns if header.count(name) > 1]
        wrong += [f"column {name} is missing" for name in needed if name not in header]
        if wrong:
            problems += [Problem(file, 1, message) for message in wrong]
            return []
        line = reader.line_num + 1
        for cells in reader:
            found = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
            if len(cells) > len(header):
                problems.append(Problem(file, line, f"{len(cells)} values for {len(header)} columns"))
            elif found and (missing := [name for name in needed if name not in found]):
                problems.append(Problem(file, line, f"{missing[0]} is missing"))
            elif found:
                rows.append((line, found))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(file, reader.line_num, f"not CSV: {error}"))
    return rows


def _person(node: yaml.Node) -> PersonRow:
    row = PersonRow(line_of(node), "")
    for key, value in pairs(node, "a person"):
        if key == "employee":
            row.code = text_of(value, "employee")
        elif key == "employment":
            row.employment = [_texts(item, "employment", EMPLOYMENT) for item in _items(value, key)]
        elif key == "pins":
            row.pins = [_texts(item, "a PIN", PIN) for item in _items(value, key)]
        elif key in LISTS:
            row.facts[key] = line_of(value), words_of(value, key) if value.tag != NULL else ()
        elif key in FACTS:
            row.facts[key] = line_of(value), _text(value, key)
        else:
            known = ", ".join(("employee", *FACTS, "employment", "pins"))
            raise ValueWrong(value, f"unknown key {key[:80]!r} of a person (known: {known})")
    if not row.code:
        raise ValueWrong(node, "employee is missing")
    return row


def _items(node: yaml.Node, what: str) -> list[yaml.Node]:
    return [] if node.tag == NULL else items(node, what)


def _texts(node: yaml.Node, what: str, keys: tuple[str, ...]) -> Lined:
    found = {}
    for key, value in pairs(node, what):
        if key not in keys:
            raise ValueWrong(value, f"unknown key {key[:80]!r} of {what} (known: {', '.join(keys)})")
        if text := _text(value, key):
            found[key] = text
    return line_of(node), found


def _text(node: yaml.Node, what: str) -> str:
    return "" if node.tag == NULL or node.value == "" else text_of(node, what)
