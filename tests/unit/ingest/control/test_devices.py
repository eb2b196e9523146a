"""Selections and their words, what is shown of raw requests, the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ingest.control.catalogue import command_kinds
from ingest.control.errors import RequestInvalid
from ingest.control.raw_tail import shown_record
from ingest.control.selection import check_options, check_time, is_in, network_of, serial_of
from schemas.headers import Header, RawHeaders
from schemas.registry import HandshakeOptions
from wire.source_catalogue import SOURCE_COMMANDS
from wire.zkpush.commands import CATALOGUE


@dataclass
class Record:
    value: bytes
    headers: list[Header] = field(default_factory=list)
    partition: int = 0
    offset: int = 5


def shown(table: str, value: bytes, sealed: str = "", query: str = "SN=A") -> tuple[str, str, bool]:
    raw = RawHeaders("A", "acme", table, 1, "edge-1", "r", path="/iclock/cdata", query=query, sealed=sealed)
    request = shown_record("raw.device", Record(value, raw.encode()))
    return request.body, request.query, request.sealed


def test_bodies_are_shown_of_tables_without_secrets_alone() -> None:
    assert shown("ATTLOG", b"1\t2026-03-01 09:00:00\n") == ("1\t2026-03-01 09:00:00", "SN=A", False)
    assert shown("OPTIONS", b"Name=x,ComKey=geheim,DevicePassword=geheim")[0] == "Name=x"
    assert shown("OPERLOG", b"sealed bytes", "acme.1") == ("", "SN=A", True)
    assert shown("OPERLOG", b"USER PIN=1\tPasswd=geheim")[0] == ""
    assert shown("ATTLOG", b"1\tPasswd=geheim\n")[0] == "1\tPasswd=(hidden)"
    assert "geheim" not in shown("HANDSHAKE", b"", query="SN=A&pushcommkey=geheim")[1]
    assert len(shown("ATTLOG", b"x" * 10_000)[0]) == 2_001


def test_a_body_beside_kafka_has_its_size_and_is_not_opened() -> None:
    raw = RawHeaders("A", "acme", "ATTPHOTO", 1, "e", "r", sealed="acme.1", stored="raw/raw.photos/x/y", size=3_000_028)
    request = shown_record("raw.photos", Record(b"", raw.encode()))
    assert (request.size, request.sealed, request.body) == (3_000_028, True, "")


def test_networks_serials_zones_and_options() -> None:
    network = network_of("10.1.2.0/24")
    assert network is not None
    assert [is_in(address, network) for address in ("10.1.2.9", "10.1.3.9", "", "::1")] == [True, False, False, False]
    assert network_of("") is None
    assert serial_of("ab-1") == "AB-1"
    check_time("Europe/Berlin", "fixed:-03:30")
    check_options(HandshakeOptions(delay_s=1, time_zone_form="hh_mm"))
    for wrong in (
        lambda: network_of("10.1.2.3/24"),
        lambda: serial_of("a/b"),
        lambda: check_time("Mars", "zone"),
        lambda: check_time("../etc/passwd", "zone"),
        lambda: check_time("UTC", "fixed:+15:00"),
        lambda: check_options(HandshakeOptions(trans_words=("Everything",))),
    ):
        with pytest.raises(RequestInvalid):
            wrong()


def test_the_catalogue_is_whole() -> None:
    kinds = {kind.name: kind for kind in command_kinds()}
    assert list(kinds) == sorted({**CATALOGUE, **SOURCE_COMMANDS})
    assert kinds["file.get"].role == "admin"
    assert kinds["file.get"].setting == "control.allow_files"
    assert kinds["log.clear"].destroys
    assert {one.name for one in kinds["user.update"].parameters if one.secret} == {"password", "card", "second_card"}
