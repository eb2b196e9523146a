"""docs/connector-coverage.md is current and whole, and every test that it names exists and runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, get_args

import pytest

from cli.connector_coverage import akuvox, biotime, fixtures, requirements, rulings
from cli.connector_coverage.page import FILE, ROWS, STATUSES, page
from cli.connector_coverage.uses import AKUVOX_USES, BIOTIME_USES, CLIENT_ONLY
from cli.protocol_coverage.row import Row, Status
from runtime.connector_sections import ServerReader, StationReader
from tests.contract.named_tests import faults
from tests.unit.wire.akuvox.test_functions import LINES
from tests.unit.wire.biotime.test_endpoints import CHAPTERS, PRINTED
from wire.akuvox.functions import FUNCTIONS
from wire.akuvox.functions import Kind as FunctionKind
from wire.biotime.endpoints import BY_NAME, ENDPOINTS, Dialect, Kind
from wire.source_catalogue import SOURCE_COMMANDS
from wire.source_commands import STEERING

ROOT: Final = Path(__file__).parents[2]
FIXTURES: Final = {
    "F": (1, 2, 3, 5, 7, 8, 10, 15, 16, 17, 18, 19, 21, 23, 24, 25),
    "A": (1, 2, 4, 7, 9, 10, 12, 14),
}
SKIPPED: Final = ("sip", "dialreplace", "pcap", "publiccode", "log")
DOCUMENTS: Final = dict(zip(Dialect, biotime.DOCUMENTS, strict=False))


def names(rows: tuple[Row, ...]) -> list[str]:
    return [name for row in rows for name in row.names]


def test_the_page_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "run `python -m cli.connector_coverage`"


def test_every_row_names_tests_that_exist_and_run() -> None:
    assert faults(ROWS) == []


def test_every_endpoint_has_a_row_in_each_of_its_documents() -> None:
    for dialect, chapter in DOCUMENTS.items():
        assert names(chapter.rows) == [e.name for e in ENDPOINTS if dialect in e.dialects]
    assert {name for chapter in biotime.DOCUMENTS for name in names(chapter.rows)} == {e.name for e in ENDPOINTS}


@pytest.mark.parametrize("dialect", list(Dialect))
def test_every_path_and_chapter_of_a_document_has_a_row(dialect: Dialect) -> None:
    rows = DOCUMENTS[dialect].rows
    told = " ".join(f"{row.name} {row.note}" for row in rows)
    paths = set(re.findall(r"/[A-Za-z0-9_./{}-]+/", told))
    assert set(PRINTED[dialect].split()) - paths == set()
    assert {row.chapter for row in rows} == set(CHAPTERS[dialect])


def test_every_line_of_the_table_of_functions_has_a_row() -> None:
    assert [row.name for row in akuvox.FUNCTIONS] == [f"{methods} /api/{name}" for name, methods in LINES]


def test_every_ruling_requirement_and_fixture_has_a_row() -> None:
    assert names(rulings.BIOTIME) == [f"B{number}" for number in range(1, 7)]
    assert names(rulings.AKUVOX) == [f"A{number}" for number in range(1, 5)]
    assert names(requirements.BIOTIME) == [f"B-2.{number}" for number in range(1, 17)]
    assert names(requirements.AKUVOX) == [f"B-3.{number}" for number in range(1, 13)]
    assert names(fixtures.BIOTIME) == [f"F{number:02d}" for number in FIXTURES["F"]]
    assert names(fixtures.AKUVOX) == [f"A{number:02d}" for number in FIXTURES["A"]]


def test_every_ruling_is_named_by_a_call_that_it_is_about() -> None:
    named = {ruling for chapter in biotime.DOCUMENTS for row in chapter.rows for ruling in row.errata}
    assert named == {"B1", "B2", "B3", "B4", "B5"}  # B6 is about fields
    assert {ruling for row in akuvox.FUNCTIONS for ruling in row.errata} == {"A1", "A2", "A3", "A4"}


def test_every_reader_that_is_named_is_one_of_the_settings() -> None:
    assert readers(BIOTIME_USES.values()) == set(get_args(ServerReader))
    assert readers(AKUVOX_USES.values()) == set(get_args(StationReader))


def readers(uses: Iterable[str]) -> set[str]:
    return set(re.findall(r"reader (\w+)", " ".join(uses)))


def test_every_command_of_the_catalogue_has_a_row() -> None:
    named = {uses for uses in (*BIOTIME_USES.values(), *AKUVOX_USES.values()) if uses.startswith("command ")}
    steering = {command.name for command in STEERING}
    assert named == {f"command {name}" for name in set(SOURCE_COMMANDS) - steering}


def test_what_only_the_client_has_is_called_by_nobody() -> None:
    named = names_in("biotime")
    assert not [name for name, uses in BIOTIME_USES.items() if uses == CLIENT_ONLY and spelt(name) & named]
    named = names_in("akuvox")
    assert not [one.name for one in FUNCTIONS if AKUVOX_USES[one.name] == CLIENT_ONLY and one.method in named]


def test_readers_call_what_they_are_named_for() -> None:
    named = names_in("biotime")
    assert not [name for name, uses in BIOTIME_USES.items() if uses.startswith("reader") and not spelt(name) & named]
    named = names_in("akuvox")
    reading = [one for one in FUNCTIONS if AKUVOX_USES[one.name].startswith("reader")]
    assert not [one.name for one in reading if one.method not in named]


def spelt(name: str) -> set[str]:
    """How readers and commands call an endpoint: by its method, or by its name as a list."""
    return {BY_NAME[name].client_method, name}


def names_in(vendor: str) -> set[str]:
    """Attributes and texts in the modules of readers and commands, the client's own left out."""
    client = {"client.py", "exchange.py", "login.py", "transport.py", "digest.py", "caller.py"}
    folder = ROOT / "connectors" / vendor
    files = [path for path in folder.rglob("*.py") if path.name not in client and "calls" not in str(path)]
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return texts | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def test_no_reader_writes() -> None:
    for name, uses in BIOTIME_USES.items():
        assert "reader" not in uses or BY_NAME[name].kind is Kind.READ, name
    for function in FUNCTIONS:
        assert "reader" not in AKUVOX_USES[function.name] or function.kind is FunctionKind.READ, function.name


def test_a2_no_reader_takes_what_is_skipped() -> None:
    skipped = [function for function in FUNCTIONS if function.target in SKIPPED]
    assert {function.target for function in skipped} == set(SKIPPED)
    assert not [function.name for function in skipped if "reader" in AKUVOX_USES[function.name]]


def test_the_counts_of_the_page_are_of_all_rows() -> None:
    assert {row.status for row in ROWS} <= set(STATUSES)


def test_nothing_is_left_uncovered() -> None:
    """When something of the documents cannot be done any more, its row says so, and why."""
    assert not [row.name for row in ROWS if row.status is Status.NOT_COVERED]
