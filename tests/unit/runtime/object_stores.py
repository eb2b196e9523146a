"""What every object store must do, as checks that each store's tests run; and a store in memory to stand in for one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from runtime.errors import NameRefused, ObjectMissing
from runtime.objects import ObjectStore, checked
from runtime.sealing import Buffer

Check = Callable[[ObjectStore], Awaitable[None]]

REFUSED_NAMES = [
    "", "/", "/etc/passwd", "..", "a/..", "../a", "a/../b", "a//b", "a/", ".hidden", "a/.lock", "a b", "a\nb", "ä",
    "a\0b", "a\\b", "x" * 129, "/".join("a" * 9),
]  # fmt: skip


async def names_of(store: ObjectStore, prefix: str = "") -> list[str]:
    return sorted([name async for name in store.names(prefix)])


async def check_an_object_lives_from_put_to_delete(store: ObjectStore) -> None:
    assert not await store.exists("a/b")
    with pytest.raises(ObjectMissing, match="a/b"):
        await store.get("a/b")
    assert await store.put_if_absent("a/b", b"one")
    assert await store.exists("a/b")
    assert not await store.exists("a"), "a folder is no object"
    assert await store.get("a/b") == b"one"
    assert await store.delete("a/b")
    assert not await store.delete("a/b")
    assert not await store.exists("a/b")


async def check_the_first_one_stays(store: ObjectStore) -> None:
    assert await store.put_if_absent("a", b"first")
    assert not await store.put_if_absent("a", b"second")
    assert await store.get("a") == b"first"


async def check_of_many_creators_exactly_one_wins(store: ObjectStore) -> None:
    bodies = [b"%d" % number for number in range(20)]
    won = await asyncio.gather(*(store.put_if_absent("race/one", body) for body in bodies))
    assert won.count(True) == 1
    assert await store.get("race/one") == bodies[won.index(True)]


async def check_replace_compares_first(store: ObjectStore) -> None:
    assert not await store.replace("a", b"", b"new"), "it makes nothing"
    assert not await store.exists("a")
    await store.put_if_absent("a", b"old")
    assert not await store.replace("a", b"other", b"new")
    assert await store.get("a") == b"old"
    assert await store.replace("a", b"old", bytearray(b"new"))
    assert await store.get("a") == b"new"


async def check_of_many_who_replace_exactly_one_wins(store: ObjectStore) -> None:
    await store.put_if_absent("a", b"old")
    won = await asyncio.gather(*(store.replace("a", b"old", b"%d" % number) for number in range(20)))
    assert won.count(True) == 1
    assert await store.get("a") == b"%d" % won.index(True)


async def check_names_are_found_by_whole_segments(store: ObjectStore) -> None:
    names = ["keys/acme/1", "keys/acme/2", "keys/acme2/1", "photo/acme/x/y", "top"]
    for name in names:
        await store.put_if_absent(name, b"")
    assert await names_of(store) == names
    assert await names_of(store, "keys/acme") == ["keys/acme/1", "keys/acme/2"]
    assert await names_of(store, "photo") == ["photo/acme/x/y"]
    assert await names_of(store, "nowhere") == []


async def check_big_objects_come_back(store: ObjectStore) -> None:
    body = bytes(range(256)) * (6 * 4096)  # 6 MiB: more than clients send in one part if left to themselves
    for name, data in (("bytes", body), ("bytearray", bytearray(body)), ("memoryview", memoryview(body))):
        assert await store.put_if_absent(name, data)
        assert await store.get(name) == body
    assert not await store.put_if_absent("bytes", body)


async def check_names_that_lead_elsewhere_are_refused(store: ObjectStore) -> None:
    for name in REFUSED_NAMES:
        with pytest.raises(NameRefused):
            await store.put_if_absent(name, b"x")
        with pytest.raises(NameRefused):
            await store.get(name)
        with pytest.raises(NameRefused):
            await store.delete(name)
    assert await names_of(store) == []


CHECKS: list[Check] = [
    check_an_object_lives_from_put_to_delete,
    check_the_first_one_stays,
    check_of_many_creators_exactly_one_wins,
    check_replace_compares_first,
    check_of_many_who_replace_exactly_one_wins,
    check_names_are_found_by_whole_segments,
    check_big_objects_come_back,
    check_names_that_lead_elsewhere_are_refused,
]


class MemoryObjects:
    """Gives way before each step, so that two users of it interleave. `before_replace` runs once in that gap."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.before_replace: Callable[[], object] | None = None
        self.gets = 0

    async def put_if_absent(self, name: str, data: Buffer) -> bool:
        await asyncio.sleep(0)
        if checked(name) in self.bodies:
            return False
        self.bodies[name] = bytes(data)
        return True

    async def get(self, name: str) -> bytes:
        await asyncio.sleep(0)
        self.gets += 1
        try:
            return self.bodies[checked(name)]
        except KeyError:
            raise ObjectMissing(name) from None

    async def replace(self, name: str, old: bytes, new: Buffer) -> bool:
        await asyncio.sleep(0)
        if self.before_replace is not None:
            act, self.before_replace = self.before_replace, None
            act()
        if self.bodies.get(checked(name)) != old:
            return False
        self.bodies[name] = bytes(new)
        return True

    async def delete(self, name: str) -> bool:
        await asyncio.sleep(0)
        return self.bodies.pop(checked(name), None) is not None

    async def exists(self, name: str) -> bool:
        await asyncio.sleep(0)
        return checked(name) in self.bodies

    async def names(self, prefix: str) -> AsyncIterator[str]:
        for name in list(self.bodies):
            if not prefix or name.startswith(f"{prefix}/"):
                yield name
