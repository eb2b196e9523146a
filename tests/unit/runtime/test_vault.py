"""What is kept of a person: sealed, found again, and unreadable for good once the person's key is destroyed."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.errors import KeyMissing, NameRefused, ObjectMissing, PayloadLost
from runtime.keyring import KeyRing
from runtime.objects import ObjectStore
from runtime.objects_local import LocalObjects
from runtime.person_keys import PersonId, PersonKeys, Rewrapped
from runtime.sealing import Sealer
from runtime.vault import Vault
from tests.unit.runtime.object_stores import MemoryObjects

PERSON = PersonId.on_device("sn1", "0017")
FACE = b"a face of somebody, as a picture"


@dataclass
class MemoryKeys:
    """A ring of one tenant, `acme`, whose keys can be rotated and lost."""

    sealers: list[Sealer] = field(default_factory=lambda: [Sealer(bytes(32), "acme.1")])

    def rotate(self) -> None:
        number = len(self.sealers) + 1
        self.sealers.append(Sealer(bytes([number]) * 32, f"acme.{number}"))

    def sealer(self, tenant: str) -> Sealer:
        if tenant != "acme":
            raise KeyMissing(f"tenant {tenant!r} has no key")
        return self.sealers[-1]

    def opener(self, key_id: str) -> Sealer:
        for sealer in self.sealers:
            if sealer.key_id == key_id:
                return sealer
        raise KeyMissing(key_id)

    @property
    def ring(self) -> KeyRing:
        return cast(KeyRing, self)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def fresh(objects: ObjectStore, keys: MemoryKeys) -> Vault:
    """A process that has no key in memory yet."""
    return Vault(objects, keys.ring)


async def test_what_is_kept_is_read_back_and_told_of_in_no_name() -> None:
    objects, keys = MemoryObjects(), MemoryKeys()
    stored = await fresh(objects, keys).keep("photo", "acme", PERSON, FACE)
    kind, tenant, token, sha256 = stored.name.split("/")
    assert (kind, tenant, sha256) == ("photo", "acme", hashlib.sha256(FACE).hexdigest())
    assert (stored.sha256, stored.size) == (sha256, len(FACE))
    assert len(token) == 32
    assert await fresh(objects, keys).read(stored.name) == FACE
    assert sorted(objects.bodies) == sorted(["keys/acme/names", f"keys/acme/{token}", stored.name])
    for name, body in objects.bodies.items():
        assert b"face" not in body
        assert "17" not in name.replace(token, "").replace(sha256, "")
    assert "17" not in repr(PERSON)


async def test_the_same_again_is_the_same_object() -> None:
    objects, keys = MemoryObjects(), MemoryKeys()
    vault = fresh(objects, keys)
    first = await vault.keep("photo", "acme", PERSON, FACE)
    before = dict(objects.bodies)
    assert await vault.keep("photo", "acme", PERSON, bytearray(FACE)) == first
    assert await fresh(objects, keys).keep("photo", "acme", PersonId.on_device("SN1", "17"), memoryview(FACE)) == first
    assert objects.bodies == before


async def test_people_are_told_apart() -> None:
    people = PersonKeys(MemoryObjects(), MemoryKeys().ring)
    ids = [
        PersonId.on_device("SN1", "17"), PersonId.on_device("SN11", "7"), PersonId.on_device("SN1", "18"),
        PersonId.employee("17"), PersonId.employee("SN1"), PersonId.employee(""),
    ]  # fmt: skip
    assert len({await people.token("acme", person) for person in ids}) == len(ids)
    other = PersonKeys(MemoryObjects(), MemoryKeys().ring)
    assert await people.token("acme", PERSON) != await other.token("acme", PERSON), "nobody can compute it from the PIN"


async def test_a_payload_moved_to_another_name_does_not_open() -> None:
    objects, keys = MemoryObjects(), MemoryKeys()
    one = await fresh(objects, keys).keep("photo", "acme", PERSON, FACE)
    two = await fresh(objects, keys).keep("photo", "acme", PERSON, FACE[::-1])
    objects.bodies[two.name] = objects.bodies[one.name]
    with pytest.raises(PayloadLost, match="was changed"):
        await fresh(objects, keys).read(two.name)
    # and the next to keep it puts that right
    await fresh(objects, keys).keep("photo", "acme", PERSON, FACE[::-1])
    assert await fresh(objects, keys).read(two.name) == FACE[::-1]


async def test_a_key_moved_to_another_person_does_not_open() -> None:
    objects, keys = MemoryObjects(), MemoryKeys()
    vault = fresh(objects, keys)
    one = await vault.keep("photo", "acme", PERSON, FACE)
    two = await vault.keep("photo", "acme", PersonId.employee("e2"), FACE)
    key_one, key_two = (f"keys/acme/{stored.name.split('/')[2]}" for stored in (one, two))
    objects.bodies[key_two] = objects.bodies[key_one]
    with pytest.raises(PayloadLost, match=r"does not open with key acme\.1"):
        await fresh(objects, keys).read(two.name)


async def test_after_its_key_is_destroyed_a_payload_is_lost_and_no_other_is() -> None:
    objects, keys = MemoryObjects(), MemoryKeys()
    vault = fresh(objects, keys)
    mine = await vault.keep("photo", "acme", PERSON, FACE)
    theirs = await vault.keep("photo", "acme", PersonId.employee("e2"), FACE)
    assert await vault.destroy_person("acme", PERSON)
    assert not await vault.destroy_person("acme", PERSON)
    for process in (vault, fresh(objects, keys)):
        with pytest.raises(PayloadLost, match="destroyed"):
            await process.read(mine.name)
        assert await process.read(theirs.name) == FACE
    # A new key for the same person opens nothing of before.
    await vault.keep("photo", "acme", PERSON, b"another picture")
    with pytest.raises(PayloadLost):
        await fresh(objects, keys).read(mine.name)


async def test_another_process_forgets_a_destroyed_key_within_minutes() -> None:
    objects, keys, clock = MemoryObjects(), MemoryKeys(), Clock()
    reader = Vault(objects, keys.ring, clock=clock)
    stored = await reader.keep("photo", "acme", PERSON, FACE)
    await fresh(objects, keys).destroy_person("acme", PERSON)
    clock.now = 299.0
    assert await reader.read(stored.name) == FACE
    clock.now = 301.0
    with pytest.raises(PayloadLost):
        await reader.read(stored.name)


async def test_keys_in_memory_are_bounded_and_spare_the_store() -> None:
    objects, keys = MemoryObjects(), MemoryKeys()
    people = PersonKeys(objects, keys.ring, max_people=2)
    tokens = [await people.token("acme", PersonId.employee(name)) for name in "abc"]
    for token in tokens:
        await people.sealer("acme", token)
    objects.gets = 0
    for token in tokens[1:]:
        await people.sealer("acme", token)
    assert objects.gets == 0
    await people.sealer("acme", tokens[0])
    assert objects.gets == 1


async def test_kept_again_after_destruction_it_can_be_read_again() -> None:
    objects, keys = MemoryObjects(), MemoryKeys()
    writer, destroyer = fresh(objects, keys), fresh(objects, keys)
    stored = await writer.keep("photo", "acme", PERSON, FACE)
    await destroyer.destroy_person("acme", PERSON)
    # A process without the old key, and one that still has it in memory: both must leave something readable.
    assert await destroyer.keep("photo", "acme", PERSON, FACE) == stored
    assert await fresh(objects, keys).read(stored.name) == FACE
    assert await writer.keep("photo", "acme", PERSON, FACE) == stored
    assert await fresh(objects, keys).read(stored.name) == FACE


@pytest.mark.parametrize("kind", ["memory", "local"])
async def test_of_processes_that_race_for_a_person_all_use_one_key(kind: str, tmp_path: Path) -> None:
    keys = MemoryKeys()
    objects: ObjectStore = MemoryObjects() if kind == "memory" else LocalObjects(tmp_path)
    stored = await asyncio.gather(
        *(fresh(objects, keys).keep("photo", "acme", PERSON, b"picture %d" % number) for number in range(20))
    )
    assert len({name.name.split("/")[2] for name in stored}) == 1, "one name"
    assert len([name async for name in objects.names("keys/acme")]) == 2, "its key and the naming key"
    reader = fresh(objects, keys)
    assert [await reader.read(each.name) for each in stored] == [b"picture %d" % number for number in range(20)]


async def test_after_rotation_and_rewrapping_the_old_key_can_go() -> None:
    objects, keys = MemoryObjects(), MemoryKeys()
    stored = [
        await fresh(objects, keys).keep("photo", "acme", PersonId.employee(str(number)), FACE) for number in range(5)
    ]
    keys.rotate()
    assert await fresh(objects, keys).keep("photo", "acme", PersonId.employee("0"), FACE) == stored[0], "the same name"
    assert await PersonKeys(objects, keys.ring).rewrap("acme") == Rewrapped(rewrapped=6, current=0, lost=0)
    assert await PersonKeys(objects, keys.ring).rewrap("acme") == Rewrapped(rewrapped=0, current=6, lost=0)
    del keys.sealers[0]
    for each in stored:
        assert await fresh(objects, keys).read(each.name) == FACE
    assert await fresh(objects, keys).keep("photo", "acme", PersonId.employee("0"), FACE) == stored[0]


async def test_without_rewrapping_the_old_key_is_asked_for() -> None:
    objects, keys = MemoryObjects(), MemoryKeys()
    stored = await fresh(objects, keys).keep("photo", "acme", PERSON, FACE)
    keys.rotate()
    del keys.sealers[0]
    with pytest.raises(KeyMissing, match=r"acme\.1"):
        await fresh(objects, keys).read(stored.name)
    with pytest.raises(KeyMissing, match=r"acme\.1"):
        await PersonKeys(objects, keys.ring).rewrap("acme")


async def test_rewrapping_never_brings_a_destroyed_key_back() -> None:
    objects, keys = MemoryObjects(), MemoryKeys()
    stored = await fresh(objects, keys).keep("photo", "acme", PERSON, FACE)
    keys.rotate()
    key_name = f"keys/acme/{stored.name.split('/')[2]}"
    await PersonKeys(objects, keys.ring).token("acme", PERSON)
    names_wrapped = objects.bodies.pop("keys/acme/names")  # so that the person's key is the one being rewrapped
    objects.before_replace = lambda: objects.bodies.pop(key_name)
    assert (await PersonKeys(objects, keys.ring).rewrap("acme")).rewrapped == 0
    assert key_name not in objects.bodies
    objects.bodies["keys/acme/names"] = names_wrapped
    with pytest.raises(PayloadLost):
        await fresh(objects, keys).read(stored.name)


async def test_what_is_no_wrapped_key_is_counted_and_stops_no_other() -> None:
    objects, keys = MemoryObjects(), MemoryKeys()
    await fresh(objects, keys).keep("photo", "acme", PERSON, FACE)
    objects.bodies["keys/acme/junk"] = b"junk"
    objects.bodies["keys/acme/torn"] = b"acme.1\ntorn"
    keys.rotate()
    assert await PersonKeys(objects, keys.ring).rewrap("acme") == Rewrapped(rewrapped=2, current=0, lost=2)


@pytest.mark.parametrize(("kind", "tenant"), [("keys", "acme"), ("a/b", "acme"), ("", "acme"), ("..", "acme")])
async def test_kinds_that_would_lead_elsewhere_are_refused(kind: str, tenant: str) -> None:
    objects = MemoryObjects()
    with pytest.raises(NameRefused):
        await fresh(objects, MemoryKeys()).keep(kind, tenant, PERSON, FACE)
    assert not [name for name in objects.bodies if not name.startswith("keys/acme/")]


async def test_only_payloads_are_read() -> None:
    objects, keys = MemoryObjects(), MemoryKeys()
    vault = fresh(objects, keys)
    stored = await vault.keep("photo", "acme", PERSON, FACE)
    for name in ("keys/acme/names", f"keys/acme/{'0' * 32}/{'0' * 64}", "photo", ""):
        with pytest.raises(NameRefused):
            await vault.read(name)
    with pytest.raises(ObjectMissing):
        await vault.read(stored.name[:-64] + "0" * 64)
    with pytest.raises(KeyMissing, match="'other' has no key"):
        await vault.keep("photo", "other", PERSON, FACE)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("keep"), st.integers(0, 2), st.integers(0, 2)),
        st.tuples(st.just("destroy"), st.integers(0, 2), st.just(0)),
        st.tuples(st.sampled_from(["rotate", "rewrap", "drop_old_keys", "restart"]), st.just(0), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_readable_is_exactly_what_was_kept_since_its_persons_key_was_last_destroyed(
    steps: list[tuple[str, int, int]],
) -> None:
    asyncio.run(_follow(steps))


async def _follow(steps: list[tuple[str, int, int]]) -> None:
    objects, keys = MemoryObjects(), MemoryKeys()
    vault, rewrapped = fresh(objects, keys), True
    readable: dict[str, bool] = {}
    owners: dict[str, int] = {}
    for step, person, payload in steps:
        if step == "keep":
            stored = await vault.keep("photo", "acme", PersonId.employee(str(person)), b"payload %d" % payload)
            readable[stored.name], owners[stored.name] = True, person
        elif step == "destroy":
            await vault.destroy_person("acme", PersonId.employee(str(person)))
            readable.update({name: False for name, owner in owners.items() if owner == person})
        elif step == "rotate":
            keys.rotate()
            rewrapped = False
        elif step == "rewrap":
            await PersonKeys(objects, keys.ring).rewrap("acme")
            rewrapped = True
        elif step == "drop_old_keys" and rewrapped:
            del keys.sealers[:-1]
        elif step == "restart":
            vault = fresh(objects, keys)
    for process in (vault, fresh(objects, keys)):
        for name, expected in readable.items():
            try:
                plain = await process.read(name)
            except PayloadLost:
                assert not expected, name
            else:
                assert expected, name
                assert hashlib.sha256(plain).hexdigest() == name.rpartition("/")[2]
