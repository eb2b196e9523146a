"""The page: chapters of rows, rendered as the page of the PUSH protocol is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cli.connector_coverage import akuvox, biotime, fixtures, requirements, rulings
from cli.protocol_coverage.page import render
from cli.protocol_coverage.row import Chapter, Row, Status

FILE: Final = Path(__file__).resolve().parents[2] / "docs" / "connector-coverage.md"

_INTRODUCTION: Final = """\
# BioTime and Akuvox: what is covered

Written by `python -m cli.connector_coverage` from the catalogues of the two clients (`wire/biotime/endpoints.py`,
`wire/akuvox/functions.py`), the catalogue of commands, and an inventory of the rulings, requirements and fixtures that
the connectors are held against. Tests fail when something that a vendor's document prints has no row, when a row names
a test that does not exist or does not run, and when this page is not current. What is read and written, for users:
[connectors.md](connectors.md).

**done**: a reader or a command calls it, or it is a login. **client only**: a typed method of the client, which no
reader and no command calls. "To server" is read into punchstream, "to device" is written to a server or station.
"Ours" is the client's method and who calls it. What is "dangerous" is refused unless `connectors.allow` names it.
"Errata" are the rulings, further down. "field" and the numbers of requirements and fixtures are of the field notes.
"""

CHAPTERS: Final = (
    *biotime.DOCUMENTS,
    Chapter("Akuvox HTTP API", 'The table "HTTP API Functions", line by line (ruling A1).', akuvox.FUNCTIONS),
    Chapter("Rulings: BioTime", "Where the documents mislead.", rulings.BIOTIME),
    Chapter("Rulings: Akuvox", "Where the document misleads.", rulings.AKUVOX),
    Chapter("Requirements: BioTime", "What an incremental poller must do.", requirements.BIOTIME),
    Chapter("Requirements: Akuvox", "What an incremental poller must do.", requirements.AKUVOX),
    Chapter("Fixtures: BioTime", "Answers of servers, and what becomes of them.", fixtures.BIOTIME),
    Chapter("Fixtures: Akuvox", "Answers of stations, and what becomes of them.", fixtures.AKUVOX),
)
STATUSES: Final = (Status.DONE, Status.CLIENT_ONLY, Status.NOT_COVERED)
ROWS: Final[tuple[Row, ...]] = tuple(row for chapter in CHAPTERS for row in chapter.rows)


def page() -> str:
    """The whole page."""
    return render(_INTRODUCTION, CHAPTERS, STATUSES)
