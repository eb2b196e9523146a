"""Bodies of raw records: sealed at the edge, in the record or beside it in the object store, opened by who reads them.

Source: DESIGN 2.5, 2.7; docs/decisions/0021.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple

from runtime.errors import NameRefused, ObjectMissing
from runtime.keyring import KeyRing
from runtime.objects import ObjectStore
from runtime.sealing import Buffer, Sealer
from schemas.headers import RawHeaders


class StoredRaw(NamedTuple):
    """A sealed body in the object store: the object's name and its bytes, for the headers `stored` and `size`."""

    name: str
    size: int


def seal_context(topic: str, serial: str) -> bytes:
    """What a sealed body is bound to: it opens only as a record of this topic (catalogue name) and this device."""
    return f"{topic}+{serial}".encode()


def seal_raw(sealer: Sealer, topic: str, serial: str, body: Buffer) -> bytearray:
    """`body` as it goes to `topic` (catalogue name); the header `sealed` must name `sealer.key_id`."""
    return sealer.seal(body, seal_context(topic, serial))


async def store_raw(
    objects: ObjectStore, sealer: Sealer, topic: str, serial: str, body: Buffer, at_ms: int
) -> StoredRaw:
    """Returns when the sealed body is durable in the store; the record that names it (`sealed`, `stored`, `size`)
    comes after. The same body again on the same day (of `at_ms`, epoch milliseconds, in UTC) is the same object.

    Raises StoreUnavailable, StoreRefused.
    """
    # With the tenant's key: a name must not tell who sees it whether a body is one that he knows.
    digest = sealer.digest(seal_context(topic, serial) + hashlib.sha256(body).digest()).hex()
    name = f"{_folder(topic)}{datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()}/{digest}"
    sealed = seal_raw(sealer, topic, serial, body)
    await objects.put_if_absent(name, sealed)
    return StoredRaw(name, len(sealed))


async def fetch_raw(objects: ObjectStore, topic: str, raw: RawHeaders) -> bytes:
    """The sealed body of a record of `topic` (catalogue name) that says where it is stored.

    Raises ObjectMissing, also for a name that no body of this topic has; StoreUnavailable, StoreRefused.
    """
    if not raw.stored.startswith(_folder(topic)):
        raise ObjectMissing(f"{raw.stored[:200]!r} cannot be the name of a body of {topic}")
    try:
        return await objects.get(raw.stored)
    except NameRefused as error:
        raise ObjectMissing(str(error)) from None


def open_raw(keys: KeyRing, topic: str, raw: RawHeaders, kept: bytes) -> bytes:
    """The body that a device sent, whether it is sealed or not. `kept`: the value of its record of `topic` (catalogue
    name), or what `fetch_raw` gave where the record says `stored`.

    Raises KeyMissing when the ring does not have its key, SealBroken when the bytes are not what was sealed.
    """
    if not raw.sealed:
        return kept
    return keys.opener(raw.sealed).open(kept, seal_context(topic, raw.source))


def _folder(topic: str) -> str:
    return f"raw/{topic}/"
