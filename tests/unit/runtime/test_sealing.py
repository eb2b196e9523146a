"""What is sealed opens only with the same key in the same place."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import SettingsError
from runtime.sealing import SealBroken, Sealer, write_key_file

KEY = bytes(range(32))


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_round_trip(plain: bytes, associated: bytes) -> None:
    sealer = Sealer(KEY, "k1")
    sealed = sealer.seal(plain, associated)
    assert sealer.open(sealed, associated) == plain
    assert len(plain) < 8 or plain not in sealed


@pytest.mark.parametrize("position", [0, 12, -1])
def test_a_changed_byte_does_not_open(position: int) -> None:
    sealed = bytearray(Sealer(KEY, "k1").seal(b"secret", b"place"))
    sealed[position] ^= 1
    with pytest.raises(SealBroken, match="key k1"):
        Sealer(KEY, "k1").open(bytes(sealed), b"place")


def test_another_key_or_place_does_not_open() -> None:
    sealed = Sealer(KEY, "k1").seal(b"secret", b"raw.operations+TST1")
    with pytest.raises(SealBroken):
        Sealer(KEY[::-1], "k2").open(sealed, b"raw.operations+TST1")
    with pytest.raises(SealBroken):
        Sealer(KEY, "k1").open(sealed, b"raw.operations+TST2")


def test_a_key_file_is_private_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "site.key"
    write_key_file(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Sealer.from_file(file).key_id == "site"
    with pytest.raises(FileExistsError):
        write_key_file(file)


@pytest.mark.parametrize(("content", "what"), [("zz", "not hexadecimal"), ("abcd", "has 2 bytes")])
def test_a_wrong_key_file_is_refused(tmp_path: Path, content: str, what: str) -> None:
    file = tmp_path / "wrong.key"
    file.write_text(content)
    with pytest.raises(SettingsError, match=what):
        Sealer.from_file(file)
