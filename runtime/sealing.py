"""Sealing of bodies that hold secrets or biometrics before they reach Kafka: AES-256-GCM. Source: DESIGN 2.7."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from runtime.errors import RuntimeFault, SettingsError

_NONCE_BYTES = 12
_KEY_BYTES = 32


class SealBroken(RuntimeFault):
    """Poison: the bytes were not sealed with this key, or not for this place, or were changed."""


class Sealer:
    """One key with its id. Sealed bytes are nonce, ciphertext, tag; `associated` binds them to where they belong."""

    def __init__(self, key: bytes, key_id: str) -> None:
        self._cipher = AESGCM(key)
        self.key_id = key_id

    @classmethod
    def from_file(cls, path: Path) -> Sealer:
        """The file holds 64 hexadecimal digits; its name without suffix is the key id. Raises SettingsError."""
        try:
            key = bytes.fromhex(path.read_text().strip())
        except OSError as error:
            raise SettingsError(f"cannot read the sealing key {path}: {error.strerror}") from None
        except ValueError:
            raise SettingsError(f"the sealing key {path} is not hexadecimal") from None
        if len(key) != _KEY_BYTES:
            raise SettingsError(f"the sealing key {path} has {len(key)} bytes, it must have {_KEY_BYTES}")
        return cls(key, path.stem)

    def seal(self, plain: bytes, associated: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, associated)

    def open(self, sealed: bytes, associated: bytes) -> bytes:
        """Raises SealBroken."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated)
        except InvalidTag:
            raise SealBroken(f"these {len(sealed)} bytes do not open with key {self.key_id}") from None


def write_key_file(path: Path) -> None:
    """A new random key, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(os.urandom(_KEY_BYTES).hex() + "\n")
