"""Headers of raw records: what is written is read, what is missing is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.headers import RawHeaders

texts = st.text(st.characters(codec="utf-8"), max_size=30)
raw_headers = st.builds(
    RawHeaders,
    source=texts.filter(bool),
    tenant=texts.filter(bool),
    table=texts.filter(bool),
    received_at=st.integers(0, 1 << 45),
    edge=texts,
    request_id=texts,
    path=texts,
    query=texts,
    redacted=texts,
    sealed=texts,
)
stored = st.builds(replace, raw_headers, stored=texts.filter(bool), size=st.integers(0, 1 << 25))
ENOUGH = RawHeaders("SIM1", "demo", "ATTLOG", 1_763_712_000_000, "edge-1", "r1")


@given(raw_headers | stored)
def test_round_trip(headers: RawHeaders) -> None:
    assert RawHeaders.decode(headers.encode()) == headers


def test_bytes_that_are_no_utf_8_survive() -> None:
    query = b"SN=SIM1&INFO=\xff\xfe".decode("utf-8", "surrogateescape")
    encoded = RawHeaders("SIM1", "demo", "ATTLOG", 1, "e", "r", query=query).encode()
    assert dict(encoded)["query"] == b"SN=SIM1&INFO=\xff\xfe"
    assert RawHeaders.decode(encoded).query == query


def test_empty_values_are_not_written_and_unknown_headers_are_no_matter() -> None:
    encoded = ENOUGH.encode()
    assert {name for name, _value in encoded} == {
        "source", "tenant", "table", "received_at", "edge", "request_id", "v",
    }  # fmt: skip
    assert RawHeaders.decode([*encoded, ("traceparent", b"00-1")]) == ENOUGH


@pytest.mark.parametrize("name", ["source", "tenant", "table", "received_at"])
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        RawHeaders.decode([header for header in ENOUGH.encode() if header[0] != name])


@pytest.mark.parametrize("version", [b"0", b"2", b"x"])
def test_another_version_is_refused(version: bytes) -> None:
    headers = [(name, version if name == "v" else value) for name, value in ENOUGH.encode()]
    with pytest.raises(ValueError, match=version.decode()):
        RawHeaders.decode(headers)


def test_no_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 0"):
        RawHeaders.decode([header for header in ENOUGH.encode() if header[0] != "v"])
