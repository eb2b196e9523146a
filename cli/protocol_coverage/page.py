"""The page: chapters of rows, and how many there are of each status. `render` makes that of the connectors, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cli.protocol_coverage import commands, features, options, quirks, requests, rulings, tables
from cli.protocol_coverage.row import Chapter, Row, Status

FILE: Final = Path(__file__).resolve().parents[2] / "docs" / "protocol-coverage.md"

_INTRODUCTION: Final = """\
# The PUSH protocol: what is covered

Written by `python -m cli.protocol_coverage` from the command catalogue, the routes of the edge and an inventory of the
vendor's document (PUSH SDK 3.2.0: its parts and chapters) and of what is known from the field ("field", by the numbers
of the field notes). Tests fail when something of the catalogue or the routes has no row, when a row names a test that
does not exist, and when this page is not current.

**done**: on its topic as typed events, or built, sent and its answer read. **kept raw**: stored byte for byte and
answered. **answered only**: the device gets what lets it go on. **not on the wire**: the document names it without a
format (ruling Z17). **not covered**: that. "Errata" are the rulings on where the document misleads, in the last chapter
but one.
"""

CHAPTERS: Final = (
    Chapter("Features (Part II)", "The document's own list, line by line.", features.FEATURES),
    Chapter("Requests of the document", "In brackets: endpoint and topic.", requests.DOCUMENT_REQUESTS),
    Chapter("Requests from the field", "Newer firmware and the access dialect.", requests.FIELD_REQUESTS),
    Chapter("Tables", "In brackets: the raw topic.", tables.TABLES),
    Chapter("Lines of OPERLOG", "One body mixes them.", tables.LINES),
    Chapter("Codes", "Code and word travel together; unknown codes stay unknown.", tables.CODES),
    Chapter("Handshake options", "Defaults, site, device: the most special wins.", options.HANDSHAKE_OPTIONS),
    Chapter("TransFlag", "What a device uploads by itself.", options.TRANS_FLAG),
    Chapter("Device options", "By `option.set`, each with type and range.", options.DEVICE_OPTIONS),
    Chapter("Commands of the document (Part VI)", "By name in the catalogue.", commands.DOCUMENT_COMMANDS),
    Chapter("Part VI beside commands", "", commands.OTHER_CHAPTERS),
    Chapter("Commands from the field", "", commands.FIELD_COMMANDS),
    Chapter("Errata", "Rulings on the document.", rulings.RULINGS),
    Chapter(
        "Field quirks",
        "T transport, H handshake, L ATTLOG, O OPERLOG and photos, D commands, E other endpoints.",
        (*quirks.TRANSPORT, *quirks.HANDSHAKE, *quirks.ATTLOG, *quirks.OPERLOG, *quirks.COMMANDS, *quirks.ENDPOINTS),
    ),
)
STATUSES: Final = (
    Status.DONE, Status.KEPT_RAW, Status.ANSWERED_ONLY, Status.NOT_ON_THE_WIRE, Status.NOT_COVERED,
)  # fmt: skip
ROWS: Final[tuple[Row, ...]] = tuple(row for chapter in CHAPTERS for row in chapter.rows)


def page() -> str:
    """The whole page."""
    return render(_INTRODUCTION, CHAPTERS, STATUSES)


def render(introduction: str, chapters: Sequence[Chapter], statuses: Sequence[Status]) -> str:
    """A coverage page: what it is, how many rows there are of each status, the chapters."""
    parts = [introduction, _summary(chapters, statuses)]
    for chapter in chapters:
        lines = [f"## {chapter.title}", "", *([chapter.text, ""] if chapter.text else []),
                 "| where | what | direction | status | errata | ours | tests | note |",
                 "|---|---|---|---|---|---|---|---|", *map(_line, chapter.rows)]  # fmt: skip
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def _summary(chapters: Sequence[Chapter], statuses: Sequence[Status]) -> str:
    lines = ["| | rows | " + " | ".join(statuses) + " |", "|---" * (len(statuses) + 2) + "|"]
    everything = tuple(row for chapter in chapters for row in chapter.rows)
    for title, rows in [*((chapter.title, chapter.rows) for chapter in chapters), ("all", everything)]:
        counts = Counter(row.status for row in rows)
        cells = " | ".join(str(counts[status] or "") for status in statuses)
        lines.append(f"| {title} | {len(rows)} | {cells} |")
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    name = row.name.replace("|", "\\|")
    cells = (
        row.chapter, name, row.direction.value, row.status.value, " ".join(row.errata), row.ours,
        "<br>".join(map(_short, row.tests)), row.note,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _short(test: str) -> str:
    return f"`{test.removeprefix('tests/').replace('.py::', '::')}`"
