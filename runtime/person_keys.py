"""A key of its own for each person, so that what is kept of one can be made unreadable alone. Source: DESIGN 2.7.

A person's key lies in the object store under `keys/<tenant>/<person token>`: the id of the tenant's key, a line feed,
the key sealed with it. The token comes from the person's id and a secret of the tenant, its naming key, kept in the
same way under `keys/<tenant>/names`: names show neither PIN nor employee, and stay when the tenant's key is rotated.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cachetools import LRUCache, TTLCache

from runtime.errors import NameRefused, ObjectMissing, PayloadLost, StoreUnavailable
from runtime.keyring import DEFAULT_TENANT, KeyRing
from runtime.objects import ObjectStore
from runtime.sealing import SealBroken, Sealer, random_key
from schemas.identity import normal_pin

_TOKEN_CHARACTERS: Final = 32
_NAMES: Final = "names"
_TRIES: Final = 3
_MAX_PEOPLE: Final = 10_000
_MAX_TENANTS: Final = 1_000
_KEEP_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class PersonId:
    """Whose something is: an employee, or while nobody knows which, whoever has this PIN on this device."""

    _parts: tuple[str, ...] = field(repr=False)

    @classmethod
    def employee(cls, employee_id: str) -> PersonId:
        return cls(("employee", employee_id))

    @classmethod
    def on_device(cls, serial: str, pin: str) -> PersonId:
        """`pin` as the device sent it."""
        return cls(("device", serial.upper(), normal_pin(pin)))

    def canonical(self) -> bytes:
        """Length-prefixed, so that no two people share it."""
        encoded = [part.encode("utf-8", "surrogateescape") for part in self._parts]
        return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """What `rewrap` did with a tenant's person keys: wrapped anew, were current already, cannot be opened any more."""

    rewrapped: int
    current: int
    lost: int


class PersonKeys:
    """Keys in memory are forgotten after `keep_seconds`: for so long, one that another process destroyed still works.

    Methods raise KeyMissing (of the tenant), PayloadLost, and what the object store raises.
    """

    def __init__(
        self,
        objects: ObjectStore,
        keys: KeyRing,
        *,
        clock: Callable[[], float] = time.monotonic,
        keep_seconds: float = _KEEP_SECONDS,
        max_people: int = _MAX_PEOPLE,
    ) -> None:
        self._objects = objects
        self._keys = keys
        self._people: TTLCache[str, Sealer] = TTLCache(max_people, keep_seconds, timer=clock)
        self._naming: LRUCache[str, bytes] = LRUCache(_MAX_TENANTS)

    async def token(self, tenant: str, person: PersonId) -> str:
        """The person's name in the store: 32 hexadecimal digits of an HMAC-SHA256."""
        tenant = tenant or DEFAULT_TENANT
        naming = self._naming.get(tenant)
        if naming is None:
            naming = self._naming[tenant] = await self._get_or_make(_key_name(tenant, _NAMES), tenant)
        return hmac.digest(naming, person.canonical(), "sha256").hex()[:_TOKEN_CHARACTERS]

    async def sealer(self, tenant: str, token: str) -> Sealer:
        """The person's key, made where there is none."""
        name = _key_name(tenant, token)
        sealer = self._people.get(name)
        if sealer is None:
            sealer = self._people[name] = Sealer(await self._get_or_make(name, tenant or DEFAULT_TENANT), token)
        return sealer

    async def opener(self, tenant: str, token: str) -> Sealer:
        """The person's key. Raises PayloadLost when it was destroyed."""
        name = _key_name(tenant, token)
        sealer = self._people.get(name)
        if sealer is None:
            try:
                wrapped = await self._objects.get(name)
            except ObjectMissing:
                raise PayloadLost(f"the person's key {name} is destroyed: what it sealed cannot be read") from None
            sealer = self._people[name] = Sealer(self._unwrap(name, wrapped), token)
        return sealer

    def forget(self, tenant: str, token: str) -> None:
        """The next call reads the key from the store."""
        self._people.pop(_key_name(tenant, token), None)

    async def destroy(self, tenant: str, token: str) -> bool:
        """False when the person has no key."""
        name = _key_name(tenant, token)
        destroyed = await self._objects.delete(name)
        self._people.pop(name, None)
        return destroyed

    async def rewrap(self, tenant: str) -> Rewrapped:
        """Wrap all keys of a tenant with its newest key. May be stopped and run again at any time."""
        tenant = tenant or DEFAULT_TENANT
        rewrapped = current = lost = 0
        async for name in self._objects.names(f"keys/{tenant}"):
            try:
                done = await self._rewrap_one(name, tenant)
            except PayloadLost:
                lost += 1
            else:
                rewrapped, current = rewrapped + done, current + (not done)
        return Rewrapped(rewrapped, current, lost)

    async def _rewrap_one(self, name: str, tenant: str) -> bool:
        """False when there is nothing to do: wrapped with the newest key already, or destroyed meanwhile."""
        for _ in range(_TRIES):
            try:
                wrapped = await self._objects.get(name)
            except ObjectMissing:
                return False
            newest = self._keys.sealer(tenant)
            if _key_id(name, wrapped) == newest.key_id:
                return False
            # Compared and swapped: a key that is destroyed just now must not come back.
            if await self._objects.replace(name, wrapped, _wrap(newest, name, self._unwrap(name, wrapped))):
                return True
        raise StoreUnavailable(f"{name} changes all the time")

    async def _get_or_make(self, name: str, tenant: str) -> bytes:
        """Of several processes that find no key at once, one makes it and all get that one."""
        for _ in range(_TRIES):
            try:
                return self._unwrap(name, await self._objects.get(name))
            except ObjectMissing:
                pass
            key = random_key()
            if await self._objects.put_if_absent(name, _wrap(self._keys.sealer(tenant), name, key)):
                return key
        raise StoreUnavailable(f"{name} changes all the time")

    def _unwrap(self, name: str, wrapped: bytes) -> bytes:
        opener = self._keys.opener(_key_id(name, wrapped))
        try:
            return opener.open(wrapped.partition(b"\n")[2], name.encode())
        except SealBroken:
            raise PayloadLost(f"{name} does not open with key {opener.key_id}: it was changed") from None


def _wrap(sealer: Sealer, name: str, key: bytes) -> bytes:
    return sealer.key_id.encode() + b"\n" + sealer.seal(key, name.encode())


def _key_id(name: str, wrapped: bytes) -> str:
    key_id, line_feed, _ = wrapped.partition(b"\n")
    if not line_feed or not key_id.isascii():
        raise PayloadLost(f"{name} is no wrapped key")
    return key_id.decode()


def _key_name(tenant: str, token: str) -> str:
    tenant = tenant or DEFAULT_TENANT
    if "/" in tenant:
        raise NameRefused(f"{tenant[:80]!r} cannot be a tenant")
    return f"keys/{tenant}/{token}"
