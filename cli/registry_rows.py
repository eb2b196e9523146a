"""Registry files as rows of text with their lines: YAML (all kinds and defaults) or CSV (sites or devices). Pure.

Every value stays the text that stands in the file: a serial `0012` is no number, a tenant `no` no truth value. Values
that are more than a text (NESTED) stay nodes of the file, for whoever reads that kind.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import yaml

from cli.registry_fields import DEVICE_FACTS, EMPTY, LISTS, MAPS, OPTION_KEYS, OPTIONS, PREFIX
from cli.yaml_values import NULL, line_of, not_yaml

SITE_KEYS = ("id", "name", "zone", "ack_profile", "options", "valid_from", "valid_to")
DEVICE_KEYS = (
    *("serial", "site", "zone", "clock", "tenant", "ack_profile"),
    *(*DEVICE_FACTS, "options", "valid_from", "valid_to"),
)
GROUP_KEYS = ("id", "name", "parent", "valid_from", "valid_to")
POLICY_KEYS = ("id", "preset", "settings", "tenant", "sites", "groups", "employees", "valid_from", "valid_to")
CALENDAR_KEYS = ("id", "holidays", "sites", "valid_from", "valid_to")
SCHEDULE_KEYS = ("id", "anchor", "days", "week", "free_on_holidays", "valid_from", "valid_to")
PAYGROUP_KEYS = (
    *("id", "name", "tenant", "cycle", "anchor", "needs_approval", "company_code"),
    *("valid_from", "valid_to"),
)
NESTED = frozenset(("settings", "sites", "groups", "employees", "holidays", "days", "week"))
DEFAULT_KEYS = ("site", "clock", "tenant", "ack_profile", "tags", "link", "charset", "options")

Kind = Literal["site", "device", "department", "position", "area", "policy", "calendar", "schedule", "paygroup"]
_SECTIONS: Final[dict[str, tuple[Kind, tuple[str, ...]]]] = {
    "sites": ("site", SITE_KEYS),
    "devices": ("device", DEVICE_KEYS),
    "departments": ("department", GROUP_KEYS),
    "positions": ("position", GROUP_KEYS),
    "areas": ("area", (*GROUP_KEYS, "devices")),
    "policies": ("policy", POLICY_KEYS),
    "calendars": ("calendar", CALENDAR_KEYS),
    "schedules": ("schedule", SCHEDULE_KEYS),
    "paygroups": ("paygroup", PAYGROUP_KEYS),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a line (1-based) of a file."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as written, without what is empty or null.

    line: where it begins, 1-based; lines: where single values stand, when that is another line; nodes: those of NESTED.
    """

    kind: Kind
    file: str
    line: int
    values: Mapping[str, str]
    lines: Mapping[str, int]
    nodes: Mapping[str, yaml.Node] = field(default_factory=dict)


def read_rows(file: str, text: str) -> tuple[list[Row], list[Problem]]:
    """Rows of one file, in its order, and all that is wrong with its form. What it is goes by the name's ending."""
    if file.lower().endswith(".csv"):
        return _read_csv(file, text)
    if file.lower().endswith((".yaml", ".yml")):
        return _YamlFile(file).read(text)
    return [], [Problem(file, 1, "a registry file ends in .yaml, .yml or .csv")]


def _read_csv(file: str, text: str) -> tuple[list[Row], list[Problem]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[Row] = []
    problems: list[Problem] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        kind: Kind = "device" if "serial" in header else "site"
        problems += [Problem(file, 1, message) for message in _header_problems(header, kind)]
        if problems:
            return [], problems
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) > len(header):
                problems.append(Problem(file, line, f"{len(cells)} values for {len(header)} columns"))
            elif any(cell.strip() for cell in cells):
                values = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
                rows.append(Row(kind, file, line, values, {}))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(file, reader.line_num, f"not CSV: {error}"))
    return rows, problems


def _header_problems(header: list[str], kind: Kind) -> Iterator[str]:
    keys = [*(key for key in (DEVICE_KEYS if kind == "device" else SITE_KEYS) if key != "options"), *OPTION_KEYS]
    if kind == "site" and "id" not in header:
        yield "the first line names the columns: serial, site, tenant, ... for devices, id, name, zone, ... for sites"
        return
    yield from (f"unknown column {name!r} (known: {', '.join(keys)})" for name in header if name not in keys)
    yield from (f"column {name} stands twice" for name in sorted(set(header)) if header.count(name) > 1)


class _YamlFile:
    """Reads the node tree, not Python values: nodes know their lines and keep their text."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._rows: list[Row] = []
        self._problems: list[Problem] = []

    def read(self, text: str) -> tuple[list[Row], list[Problem]]:
        try:
            root = yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.YAMLError as error:
            return [], [Problem(self._file, *not_yaml(error, text))]
        if root is not None:
            self._read_root(root)
        return self._rows, self._problems

    def _read_root(self, root: yaml.Node) -> None:
        defaults: dict[str, str] = {}
        for key, node in self._pairs(root, "the file", (*_SECTIONS, "defaults")):
            if key == "defaults":
                defaults = self._texts(node, "defaults", DEFAULT_KEYS, {})[0]
            elif not isinstance(node, yaml.SequenceNode):
                if node.tag != NULL:
                    self._wrong(node, f"{key} is a list of entries, each beginning with '-'")
            else:
                kind, keys = _SECTIONS[key]
                what = f"an {kind}" if kind == "area" else f"a {kind}"
                for item in node.value:
                    nodes: dict[str, yaml.Node] = {}
                    texts, lines = self._texts(item, what, keys, nodes)
                    if isinstance(item, yaml.MappingNode):
                        self._rows.append(Row(kind, self._file, line_of(item), texts, lines, nodes))
        # At the end, because `defaults` may stand below what it is for.
        self._rows = [
            replace(row, values={**defaults, **row.values}) if row.kind == "device" else row for row in self._rows
        ]

    def _texts(
        self, node: yaml.Node, what: str, keys: tuple[str, ...], nodes: dict[str, yaml.Node]
    ) -> tuple[dict[str, str], dict[str, int]]:
        texts: dict[str, str] = {}
        lines: dict[str, int] = {}
        for key, value in self._pairs(node, what, keys):
            if key == "options" and value.tag != NULL:
                for name, option in self._pairs(value, f"options of {what}", OPTIONS):
                    self._add(PREFIX + name, option, what, texts, lines)
            elif key in NESTED and value.tag != NULL:
                nodes[key] = value
                lines[key] = line_of(value)
            elif key != "options":
                self._add(key, value, what, texts, lines)
        return texts, lines

    def _add(self, key: str, node: yaml.Node, what: str, texts: dict[str, str], lines: dict[str, int]) -> None:
        """One value as the text that a cell of CSV would have."""
        text = self._text(key, node, what)
        if text:
            texts[key] = text
            lines[key] = line_of(node)

    def _text(self, key: str, node: yaml.Node, what: str) -> str:
        if node.tag == NULL:
            return ""
        if isinstance(node, yaml.ScalarNode):
            return str(node.value).strip()
        if isinstance(node, yaml.SequenceNode) and key in LISTS:
            if all(isinstance(one, yaml.ScalarNode) for one in node.value):
                return EMPTY.join(one.value for one in node.value) or EMPTY
        elif isinstance(node, yaml.MappingNode) and key in MAPS:
            pairs = [(code, meant) for code, meant in node.value]
            if all(isinstance(one, yaml.ScalarNode) for pair in pairs for one in pair):
                return EMPTY.join(f"{code.value}={meant.value}" for code, meant in pairs) or EMPTY
        form = "one value, not a list or a mapping"
        form = "a list of words" if key in LISTS else "a mapping of codes" if key in MAPS else form
        self._wrong(node, f"{key} of {what} is {form}")
        return ""

    def _pairs(self, node: yaml.Node, what: str, keys: tuple[str, ...]) -> Iterator[tuple[str, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, f"{what} is a mapping with the keys {', '.join(keys)}")
            return
        seen = set()
        for key_node, value in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "(not a text)"
            if key not in keys:
                self._wrong(key_node, f"unknown key {key!r} in {what} (known: {', '.join(keys)})")
            elif key in seen:
                self._wrong(key_node, f"key {key!r} stands twice in {what}")
            else:
                seen.add(key)
                yield key, value

    def _wrong(self, node: yaml.Node, message: str) -> None:
        self._problems.append(Problem(self._file, line_of(node), message))
