"""Bodies of raw records, sealed at the edge and opened by who reads them. Source: DESIGN 2.7."""

from __future__ import annotations

from runtime.keyring import KeyRing
from runtime.sealing import Buffer, Sealer
from schemas.headers import RawHeaders


def seal_context(topic: str, serial: str) -> bytes:
    """What a sealed body is bound to: it opens only as a record of this topic (catalogue name) and this device."""
    return f"{topic}+{serial}".encode()


def seal_raw(sealer: Sealer, topic: str, serial: str, body: Buffer) -> bytearray:
    """`body` as it goes to `topic` (catalogue name); the header `sealed` must name `sealer.key_id`."""
    return sealer.seal(body, seal_context(topic, serial))


def open_raw(keys: KeyRing, topic: str, raw: RawHeaders, value: bytes) -> bytes:
    """The body that a device sent, whether its record of `topic` (catalogue name) is sealed or not.

    Raises KeyMissing when the ring does not have its key, SealBroken when the bytes are not what was sealed.
    """
    if not raw.sealed:
        return value
    return keys.opener(raw.sealed).open(value, seal_context(topic, raw.source))
