"""Punch ids against an independent computation, ranks against the order that they stand for (DESIGN 2.3)."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identity import (
    EVIDENCE_SHIFT,
    PunchIdentity,
    SourceRank,
    TimeEvidence,
    content_hash,
    normal_pin,
    pack_rank,
    punch_id,
    rank_base,
)

texts = st.text(st.characters(codec="utf-8"), max_size=40)
ranks = st.tuples(
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, (1 << 12) - 1),
    st.integers(0, (1 << 32) - 1),
    st.integers(0, (1 << 16) - 1),
)


def independent_id(tenant: str, serial: str, pin: str, local_second: str) -> str:
    """DESIGN 2.3 once more, by other means: struct, and the digits of the digest counted out."""
    pin = pin.strip()
    while len(pin) > 1 and pin.startswith("0"):
        pin = pin[1:]
    message = b""
    for part in (tenant, serial.upper(), pin, local_second):
        raw = part.encode("utf-8")
        message += struct.pack(">I", len(raw)) + raw
    return hashlib.new("sha256", message).digest()[:16].hex()


def test_a_known_id() -> None:
    # sha256 over 00000004 demo 0000000b SIM00000001 00000001 7 00000013 2026-11-21T08:00:00, by sha256sum
    assert punch_id("demo", "SIM00000001", "7", "2026-11-21T08:00:00") == "c6ab56b6b9ce8a496563e4f7dd6f14ec"


@given(texts, texts, texts, texts)
def test_ids_are_those_of_an_independent_computation(tenant: str, serial: str, pin: str, local_second: str) -> None:
    expected = independent_id(tenant, serial, pin, local_second)
    assert punch_id(tenant, serial, pin, local_second) == expected
    assert PunchIdentity(tenant, serial).punch_id(pin, local_second) == expected


@pytest.mark.parametrize("pin", ["7", "007", " 7", "7\t", " 0007 "])
@pytest.mark.parametrize("serial", ["SIM1", "sim1", "Sim1"])
def test_the_same_punch_in_other_writing_is_the_same(pin: str, serial: str) -> None:
    assert punch_id("demo", serial, pin, "2026-11-21T08:00:00") == punch_id("demo", "SIM1", "7", "2026-11-21T08:00:00")


@pytest.mark.parametrize(
    "other",
    [
        ("demo2", "SIM1", "7", "2026-11-21T08:00:00"),
        ("demo", "SIM2", "7", "2026-11-21T08:00:00"),
        ("demo", "SIM1", "70", "2026-11-21T08:00:00"),
        ("demo", "SIM1", "7", "2026-11-21T08:00:01"),
        ("demoS", "IM1", "7", "2026-11-21T08:00:00"),  # what length prefixes are for
        ("demo", "SIM17", "", "2026-11-21T08:00:00"),
    ],
)
def test_another_punch_has_another_id(other: tuple[str, str, str, str]) -> None:
    assert punch_id(*other) != punch_id("demo", "SIM1", "7", "2026-11-21T08:00:00")


@pytest.mark.parametrize(
    ("pin", "normal"), [("0", "0"), ("000", "0"), ("", ""), ("  ", ""), ("0A0", "A0"), ("10", "10"), (" 0 ", "0")]
)
def test_normal_pin(pin: str, normal: str) -> None:
    assert normal_pin(pin) == normal


@given(st.from_regex(r"\s*[0A-Za-z1-9]*\s*", fullmatch=True))
def test_a_normal_pin_stays_as_it_is(pin: str) -> None:
    assert normal_pin(normal_pin(pin)) == normal_pin(pin)


@given(ranks, ranks)
def test_ranks_order_as_their_fields_do(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    assert (pack_rank(*one) < pack_rank(*other)) == (one < other)
    assert (pack_rank(*one) == pack_rank(*other)) == (one == other)


@given(ranks)
def test_a_rank_fits_into_64_bits_and_can_be_put_together(fields: tuple[int, int, int, int, int]) -> None:
    evidence, source, parser_version, registry_version, content = fields
    rank = pack_rank(*fields)
    assert 0 <= rank < 1 << 64
    assert rank_base(source, parser_version, registry_version) + (evidence << EVIDENCE_SHIFT) + content == rank


@pytest.mark.parametrize("position", range(5))
def test_a_field_that_does_not_fit_is_refused(position: int) -> None:
    widths = (2, 2, 12, 32, 16)
    for bad in (-1, 1 << widths[position]):
        fields = [0] * 5
        fields[position] = bad
        with pytest.raises(ValueError, match=f"{bad} does not fit"):
            pack_rank(*fields)


def test_real_time_beats_order_beats_default_and_push_beats_poll() -> None:
    assert TimeEvidence.REAL_TIME > TimeEvidence.BATCH_ORDER > TimeEvidence.DEFAULT
    assert SourceRank.PUSH > SourceRank.POLL
    better_time = pack_rank(TimeEvidence.BATCH_ORDER, SourceRank.POLL, 0, 0, 0)
    assert better_time > pack_rank(TimeEvidence.DEFAULT, SourceRank.PUSH, 4095, (1 << 32) - 1, 65535)


def test_content_hashes_do_not_change() -> None:
    # The lower 16 bits of the CRC-32 that gzip writes behind the same bytes. Another hash would let another copy of a
    # stored punch win after an upgrade.
    assert content_hash(b"1\t2026-11-21 08:00:00\t0\t1") == 9615
    assert content_hash(b"") == 0
    assert 0 <= content_hash(b"x" * 100_000) < 1 << 16
