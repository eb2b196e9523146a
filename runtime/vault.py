"""Payloads that are somebody's (photos, templates), kept sealed with that person's key. Source: DESIGN 2.7.

An object's name is `<kind>/<tenant>/<person token>/<SHA-256 of the payload>`, its body the payload sealed with the
person's key and bound to that name. Destroying the key makes all of the person's payloads unreadable at once.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from runtime.errors import NameRefused, ObjectMissing, PayloadLost, StoreUnavailable
from runtime.keyring import DEFAULT_TENANT, KeyRing
from runtime.objects import ObjectStore
from runtime.person_keys import PersonId, PersonKeys
from runtime.sealing import Buffer, SealBroken, Sealer

_TRIES: Final = 3
_NAME: Final = re.compile(r"(?!keys/)[^/]+/([^/]+)/([0-9a-f]{32})/[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Where a payload lies; `sha256` (64 hexadecimal digits) and `size` (bytes) are the payload's, not the object's."""

    name: str
    sha256: str
    size: int


class Vault:
    """Methods raise KeyMissing (of the tenant; again later), and what the object store raises."""

    def __init__(self, objects: ObjectStore, keys: KeyRing, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._objects = objects
        self._people = PersonKeys(objects, keys, clock=clock)

    async def keep(self, kind: str, tenant: str, person: PersonId, plain: Buffer) -> StoredObject:
        """Returns when the payload is durable and can be read. The same payload again is the same object.

        What this process keeps of a person within minutes after another process destroyed the key may be lost with it.
        """
        tenant = tenant or DEFAULT_TENANT
        token = await self._people.token(tenant, person)
        sha256 = hashlib.sha256(plain).hexdigest()
        name = f"{kind}/{tenant}/{token}/{sha256}"
        if not _NAME.fullmatch(name):
            raise NameRefused(f"{kind[:80]!r} cannot be a kind, or {tenant[:80]!r} a tenant, of payloads")
        for _ in range(_TRIES):
            sealer = await self._people.sealer(tenant, token)
            if await self._objects.put_if_absent(name, sealer.seal(plain, name.encode())):
                break
            if await self._is_kept(name, sealer, plain):
                break
            self._people.forget(tenant, token)
        else:
            raise StoreUnavailable(f"{name} changes all the time")
        return StoredObject(name, sha256, len(plain))

    async def _is_kept(self, name: str, sealer: Sealer, plain: Buffer) -> bool:
        """Something is there; it counts only if it opens. Sealed with a key that was destroyed, it is sealed anew."""
        try:
            found = await self._objects.get(name)
        except ObjectMissing:
            return False
        try:
            sealer.open(found, name.encode())
        except SealBroken:
            tenant, token = _whose(name)
            self._people.forget(tenant, token)  # or it is this process's key that was destroyed
            current = await self._people.sealer(tenant, token)
            try:
                current.open(found, name.encode())
            except SealBroken:
                return await self._objects.replace(name, found, current.seal(plain, name.encode()))
        return True

    async def read(self, name: str) -> bytes:
        """The payload. Raises ObjectMissing, PayloadLost (the person's key was destroyed, or the bytes changed)."""
        tenant, token = _whose(name)
        sealed = await self._objects.get(name)
        opener = await self._people.opener(tenant, token)
        try:
            return opener.open(sealed, name.encode())
        except SealBroken:
            raise PayloadLost(f"{name} does not open: its person's key was destroyed, or it was changed") from None

    async def destroy_person(self, tenant: str, person: PersonId) -> bool:
        """Destroy the key alone: at once here, within minutes where another process holds it. False: there was none."""
        return await self._people.destroy(tenant, await self._people.token(tenant, person))


def _whose(name: str) -> tuple[str, str]:
    """Tenant and person token. Raises NameRefused."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise NameRefused(f"{name[:200]!r} is not the name of a payload")
    return match[1], match[2]
