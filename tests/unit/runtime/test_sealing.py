"""What is sealed opens only with the same key in the same place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.sealing import SealBroken, Sealer

KEY = bytes(range(32))


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_round_trip(plain: bytes, associated: bytes) -> None:
    sealer = Sealer(KEY, "k1")
    sealed = sealer.seal(plain, associated)
    assert sealer.open(sealed, associated) == plain
    assert sealer.open(bytes(sealed), associated) == plain
    assert len(sealed) == 12 + len(plain) + 16
    assert len(plain) < 8 or plain not in sealed


def test_the_same_bytes_are_never_sealed_alike() -> None:
    sealer = Sealer(KEY, "k1")
    assert len({bytes(sealer.seal(b"secret", b"")) for _ in range(50)}) == 50


@pytest.mark.parametrize("position", [0, 12, -1])
def test_a_changed_byte_does_not_open(position: int) -> None:
    sealed = Sealer(KEY, "k1").seal(b"secret", b"place")
    sealed[position] ^= 1
    with pytest.raises(SealBroken, match="key k1"):
        Sealer(KEY, "k1").open(sealed, b"place")


@pytest.mark.parametrize("length", [0, 11, 12, 27, 33])
def test_a_part_of_it_does_not_open(length: int) -> None:
    sealed = Sealer(KEY, "k1").seal(b"secret", b"place")
    with pytest.raises(SealBroken):
        Sealer(KEY, "k1").open(sealed[:length], b"place")


def test_another_key_or_place_does_not_open() -> None:
    sealed = Sealer(KEY, "k1").seal(b"secret", b"raw.operations+TST1")
    with pytest.raises(SealBroken):
        Sealer(KEY[::-1], "k2").open(sealed, b"raw.operations+TST1")
    with pytest.raises(SealBroken):
        Sealer(KEY, "k1").open(sealed, b"raw.operations+TST2")
