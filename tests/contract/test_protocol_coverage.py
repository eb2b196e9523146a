"""docs/protocol-coverage.md is current and whole, and every test that it names exists and runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from cli.protocol_coverage import commands, features, options, quirks, requests, rulings, tables
from cli.protocol_coverage.page import FILE, ROWS, page
from cli.protocol_coverage.row import Direction, Row, Status
from ingest import emit, endpoints
from ingest.metrics import Endpoint
from tests.contract.named_tests import fault_of, faults, functions_of
from tests.unit.wire.commands.examples import EXAMPLES
from wire.zkpush.commands import CATALOGUE, OPTION_ITEMS
from wire.zkpush.handshake import TRANS_WORDS, DeviceOptions, build_options
from wire.zkpush.row_lines import KNOWN_TAGS
from wire.zkpush.session import build_access_options, build_session_options

QUIRKS: Final = {"T": 17, "H": 16, "L": 12, "O": 16, "D": 18, "E": 7}


def names(rows: Iterable[Row]) -> set[str]:
    return {name for row in rows for name in row.names}


def test_the_page_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "run `python -m cli.protocol_coverage`"


def test_every_command_has_a_row_of_its_own() -> None:
    assert names((*commands.DOCUMENT_COMMANDS, *commands.FIELD_COMMANDS)) == set(CATALOGUE)


def test_every_command_has_its_bytes_pinned() -> None:
    assert {example.name for example in EXAMPLES} == set(CATALOGUE)


def test_every_device_option_has_a_row() -> None:
    assert names(options.DEVICE_OPTIONS) == set(OPTION_ITEMS)


def test_every_option_that_a_handshake_says_has_a_row() -> None:
    told = DeviceOptions(0, trans_times=("06:00",), stamps=dict.fromkeys(("ATTLOG", "OPERLOG", "ATTPHOTO"), "1"))
    answers = build_options("S1", told), build_access_options("c0de", "c0de", told), build_session_options("c0de", told)
    said = {line.partition("=")[0] for answer in answers for line in answer.decode().splitlines() if "=" in line}
    assert said <= names(options.HANDSHAKE_OPTIONS)
    assert set(TRANS_WORDS) == names(options.TRANS_FLAG)


def test_every_endpoint_has_a_request() -> None:
    rows = (*requests.DOCUMENT_REQUESTS, *requests.FIELD_REQUESTS)
    # Action URLs of door stations are no part of this protocol.
    assert {requests.endpoint(row) for row in rows} == set(Endpoint) - {Endpoint.HINT}
    targets = [requests.method_and_target(row)[1].removeprefix("/iclock/").lower() for row in rows]
    for name in (*endpoints._ENDPOINTS, *endpoints._FILE_PATHS, *endpoints._LOOKUP_TYPES):
        assert any(target.startswith(name) or f"type={name}" in target for target in targets), name
    for table in endpoints._LOOKUP_TABLES:
        assert any(f"table={table.lower()}" in target for target in targets), table


def test_every_routed_table_and_every_line_has_a_row() -> None:
    assert {name.upper() for name in names(tables.TABLES)} >= set(emit._BY_TABLE)
    assert names(tables.LINES) == KNOWN_TAGS


def test_every_ruling_and_every_quirk_has_a_row() -> None:
    assert names(rulings.RULINGS) == {f"Z{number}" for number in range(1, 18)}
    wanted = {f"{letter}{number}" for letter, last in QUIRKS.items() for number in range(1, last + 1)}
    groups = (quirks.TRANSPORT, quirks.HANDSHAKE, quirks.ATTLOG, quirks.OPERLOG, quirks.COMMANDS, quirks.ENDPOINTS)
    assert names(row for group in groups for row in group) == wanted


def test_every_chapter_of_the_document_appears() -> None:
    chapters = {row.chapter for row in ROWS}
    assert {f"VI {number}" for number in commands.CHAPTERS} <= chapters
    assert {"III 2.2", "III 2.3", "III 2.4.1", "III 2.4.2", "III 2.4.3", "III 2.4.4", "III 2.4.5"} <= chapters
    assert {"Table 2-1", "Table 2-2", "Table 2.3", "Table 2.4", "Table 2.5", "Table 2.6", "Table 2.7"} <= chapters
    assert len([row for row in features.FEATURES if row.chapter == "II 2"]) == 28
    assert all(number in " ".join(commands.CHAPTERS) for number in map(str, range(1, 16)))


def test_every_row_names_tests_that_exist_and_run() -> None:
    assert faults(ROWS) == []


def test_a_row_without_a_test_is_seen() -> None:
    assert faults([replace(ROWS[0], tests=())]) == [f"{ROWS[0].chapter} {ROWS[0].name}: no test"]
    wrong = replace(ROWS[0], status=Status.NOT_COVERED, note="")
    assert faults([wrong]) == [f"{ROWS[0].chapter} {ROWS[0].name}: the note must say why"]


@pytest.mark.parametrize(
    ("test", "fault"),
    [
        ("tests/unit/wire/test_info.py::test_info", ""),
        ("tests/unit/wire/test_info.py::test_nothing_of_the_kind", "there is no such test"),
        ("tests/unit/wire/test_nobody.py::test_info", "there is no such file"),
        ("tests/contract/test_zk_examples.py::test_example[C99]", "there is no such example"),
    ],
)
def test_a_missing_test_is_seen(test: str, fault: str) -> None:
    assert fault_of(test) == fault


@pytest.mark.parametrize("decorator", ["skip", "skipif(True, reason='x')", "xfail(reason='x')", "soak"])
def test_a_test_that_does_not_run_is_seen(decorator: str, tmp_path: Path) -> None:
    path = tmp_path / "test_x.py"
    path.write_text(f"import pytest\n@pytest.mark.{decorator}\ndef test_y():\n    pass\n")
    assert fault_of(f"{path}::test_y") == "it does not always run"
    path.write_text("import pytest\ndef test_y():\n    pytest.skip('no')\n")
    functions_of.cache_clear()
    assert fault_of(f"{path}::test_y") == "it does not always run"


def test_nothing_is_left_uncovered() -> None:
    """When something of the document cannot be done any more, its row says so, and why."""
    assert not [row.name for row in ROWS if row.status is Status.NOT_COVERED]


def test_what_has_no_wire_format_is_nowhere_in_what_we_send() -> None:
    unformatted = [row.name for row in ROWS if row.status is Status.NOT_ON_THE_WIRE]
    assert unformatted == [
        "database access interface to devices",
        "UDP command notice",
        "check and transfer of new data by the server",
        "DNS",
    ]
    lines = [example.line.upper() for example in EXAMPLES] + [build_options("S1", DeviceOptions(0)).upper()]
    assert not any(re.search(rb"\b(UDP|DNS|DATABASE|TRANSFER)\b", line) for line in lines)


def test_directions_follow_the_kind() -> None:
    assert all(row.direction is Direction.TO_DEVICE for row in (*options.DEVICE_OPTIONS, *commands.DOCUMENT_COMMANDS))
    assert all(row.direction is Direction.TO_SERVER for row in tables.TABLES)
