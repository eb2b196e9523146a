"""The endpoints of the BioTime family: a table for each document, and one for what is known from the field alone."""

from __future__ import annotations

from typing import Final

from cli.connector_coverage.uses import BIOTIME_USES, ours_of, status_of, tests_of
from cli.protocol_coverage.row import Chapter, Direction, Row, unit
from wire.biotime.endpoints import ENDPOINTS, Dialect, Endpoint, Kind

_TITLES: Final = {
    Dialect.BIOTIME: ("BioTime device API", "The on-premises server, devices only; chapters by their titles."),
    Dialect.UTIMEMASTER: ("UTimeMaster API", ""),
    Dialect.BIOTIMECLOUD: ("BioTimeCloud API", "Chapter 6 is there twice: departments, and the mobile API."),
}
_CALLS: Final = "connectors/biotime/test_calls::"
_METHOD: Final = unit(_CALLS + "test_every_endpoint_has_its_method_and_its_test")
_ASKED: Final = {
    Kind.LOGIN: unit("connectors/biotime/test_login::test_every_way_of_the_documents"),
    Kind.READ: unit(_CALLS + "test_every_read_asks_its_path"),
    Kind.WRITE: unit(_CALLS + "test_every_write_sends_its_body_once"),
    Kind.DANGEROUS: unit(_CALLS + "test_every_write_sends_its_body_once"),
}
_OWN: Final = {
    "mobile_login": unit("connectors/biotime/test_login::test_mobile_login_is_another_identity"),
    "update_terminal": unit(_CALLS + "test_b2_a_terminal_is_read_and_sent_whole"),
    "app_settings": _ASKED[Kind.READ] + unit("connectors/biotime/test_reads::test_b3_app_settings_have_two_paths"),
}
_DIRECTION: Final = {
    Kind.LOGIN: Direction.BOTH,
    Kind.READ: Direction.TO_SERVER,
    Kind.WRITE: Direction.TO_DEVICE,
    Kind.DANGEROUS: Direction.TO_DEVICE,
}


def _row(endpoint: Endpoint, chapter: str) -> Row:
    uses = BIOTIME_USES[endpoint.name]
    asked = _OWN.get(endpoint.name, _ASKED[endpoint.kind])
    notes = ["dangerous"] if endpoint.kind is Kind.DANGEROUS else []
    notes += [f"printed as {path}" for path in endpoint.also if path not in endpoint.tried]
    notes += [f"tried too: {path}" for path in endpoint.tried]
    ours = ours_of(endpoint.client_method, uses)
    errata = tuple(filter(None, endpoint.errata.split(", ")))
    return Row(
        chapter, f"{endpoint.method} {endpoint.path}", _DIRECTION[endpoint.kind], status_of(uses), ours,
        asked + (tests_of(uses) or _METHOD), errata, "; ".join(notes), (endpoint.name,),
    )  # fmt: skip


def _document(dialect: Dialect) -> Chapter:
    rows = [_row(endpoint, endpoint.chapter[dialect]) for endpoint in ENDPOINTS if dialect in endpoint.dialects]
    return Chapter(*_TITLES[dialect], tuple(rows))


DOCUMENTS: Final = (
    *map(_document, Dialect),
    Chapter(
        "The BioTime family, from the field",
        "Not in the documents; servers have them.",
        tuple(_row(endpoint, "field A3") for endpoint in ENDPOINTS if not endpoint.chapter),
    ),
)
