"""Results for people: a table on the terminal, and the same in docs/performance.md between markers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable


class PageWrong(Exception):
    """The page lacks the markers of a section."""


@dataclass(frozen=True, slots=True)
class Target:
    """One figure that issue and design ask for, and what was measured."""

    what: str
    wanted: str
    found: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Table:
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """Results of one benchmark. figures: the raw measurements, for machines."""

    name: str
    how: str
    tables: Sequence[Table]
    targets: Sequence[Target]
    figures: dict[str, Any] = field(default_factory=dict)


def show(section: Section, console: Console) -> None:
    console.rule(section.name)
    console.print(section.how, highlight=False)
    for table in (*section.tables, _target_table(section.targets)):
        shown = RichTable(*table.headers)
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)


def markdown(section: Section, measured: str) -> str:
    """What stands between the markers. `measured`: machine, versions and date."""
    blocks = [section.how, *(_markdown_table(table) for table in section.tables)]
    blocks += [_markdown_table(_target_table(section.targets)), f"*Measured: {measured}.*"]
    return "\n\n".join(blocks)


def replace_section(page: str, name: str, text: str) -> str:
    """The page with what stands between the markers of `name` replaced. Raises PageWrong when they are not there."""
    begin, end = f"<!-- bench:{name}:begin -->", f"<!-- bench:{name}:end -->"
    before, found_begin, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise PageWrong(f"the page must hold {begin} and, after it, {end}")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def _target_table(targets: Sequence[Target]) -> Table:
    rows = [(t.what, t.wanted, t.found, "reached" if t.reached else "**missed**") for t in targets]
    return Table(("target", "wanted", "found", ""), rows)


def _markdown_table(table: Table) -> str:
    rows = [tuple(table.headers), tuple("---" for _ in table.headers), *table.rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
