"""Sealing of what holds secrets or biometrics before it leaves the process: AES-256-GCM. Source: DESIGN 2.7."""

from __future__ import annotations

import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from runtime.errors import RuntimeFault

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16

Buffer = bytes | bytearray | memoryview


class SealBroken(RuntimeFault):
    """Poison: the bytes were not sealed with this key, or not for this place, or were changed."""


class Sealer:
    """One key with its id. Sealed bytes are nonce, ciphertext, tag; `associated` binds them to where they belong."""

    def __init__(self, key: bytes, key_id: str) -> None:
        self._cipher = AESGCM(key)
        # A key of its own, so that what is known of digests tells nothing of what is sealed.
        self._digest_key = hmac.digest(key, b"punchstream digest", "sha256")
        self.key_id = key_id

    def seal(self, plain: Buffer, associated: bytes) -> bytearray:
        """Written into one new buffer: of a picture there are two copies in memory, plain and sealed, never three."""
        sealed = bytearray(_NONCE_BYTES + len(plain) + _TAG_BYTES)
        nonce = sealed[:_NONCE_BYTES] = os.urandom(_NONCE_BYTES)
        self._cipher.encrypt_into(nonce, plain, associated, memoryview(sealed)[_NONCE_BYTES:])
        return sealed

    def open(self, sealed: Buffer, associated: bytes) -> bytes:
        """Raises SealBroken."""
        view = memoryview(sealed)
        try:
            if len(view) < _NONCE_BYTES + _TAG_BYTES:
                raise InvalidTag
            return self._cipher.decrypt(view[:_NONCE_BYTES], view[_NONCE_BYTES:], associated)
        except InvalidTag:
            raise SealBroken(f"these {len(view)} bytes do not open with key {self.key_id}") from None

    def digest(self, text: bytes) -> bytes:
        """HMAC-SHA256 of `text`: tells whether two secrets are one, to nobody but who has the key."""
        return hmac.digest(self._digest_key, text, "sha256")


def random_key() -> bytes:
    return os.urandom(KEY_BYTES)
