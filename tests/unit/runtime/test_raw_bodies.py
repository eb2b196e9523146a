"""Sealed bodies beside Kafka: one object a body and day, found by its record alone."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.errors import ObjectMissing
from runtime.key_files import new_key
from runtime.keyring import KeyRing
from runtime.raw_bodies import StoredRaw, fetch_raw, open_raw, store_raw
from runtime.sealing import SealBroken
from schemas.headers import RawHeaders
from tests.unit.runtime.object_stores import MemoryObjects

NOON = 1_772_366_400_000  # 2026-03-01 12:00:00 UTC
DAY = 86_400_000
BODY = b"PIN=1\x00\xff\xd8 a face"
RAW = RawHeaders("SN1", "acme", "ATTPHOTO", NOON, "edge-1", "r", sealed="acme.1")


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    new_key(tmp_path, "acme")
    new_key(tmp_path, "other")
    return KeyRing.load(tmp_path)


async def put(
    objects: MemoryObjects, ring: KeyRing, *, tenant: str = "acme", serial: str = "SN1", at_ms: int = NOON
) -> StoredRaw:
    return await store_raw(objects, ring.sealer(tenant), "raw.photos", serial, BODY, at_ms)


async def test_what_is_stored_is_read_byte_for_byte_and_lies_sealed(ring: KeyRing) -> None:
    objects = MemoryObjects()
    stored = await put(objects, ring)
    raw = replace(RAW, stored=stored.name, size=stored.size)
    kept = await fetch_raw(objects, "raw.photos", raw)
    assert BODY not in kept
    assert len(kept) == stored.size == len(BODY) + 28
    assert open_raw(ring, "raw.photos", raw, kept) == BODY
    with pytest.raises(SealBroken):
        open_raw(ring, "raw.photos", replace(raw, source="SN2"), kept)


async def test_the_name_says_topic_and_day_and_nothing_of_the_body(ring: KeyRing) -> None:
    stored = await put(MemoryObjects(), ring)
    assert stored.name.rpartition("/")[0] == "raw/raw.photos/2026-03-01"
    assert hashlib.sha256(BODY).hexdigest() not in stored.name


async def test_a_repeat_on_the_same_day_is_the_same_object_and_others_are_not(ring: KeyRing) -> None:
    """The day is in the name so that an object is never older than a record that names it by more than a day."""
    objects = MemoryObjects()
    first = await put(objects, ring)
    assert await put(objects, ring, at_ms=NOON + DAY // 3) == first
    assert len(objects.bodies) == 1
    names = {first.name}
    for others in (
        await put(objects, ring, at_ms=NOON + DAY),
        await put(objects, ring, serial="SN2"),
        await put(objects, ring, tenant="other"),
        await store_raw(objects, ring.sealer("acme"), "raw.results", "SN1", BODY, NOON),
    ):
        names.add(others.name)
    assert len(names) == len(objects.bodies) == 5


@pytest.mark.parametrize(
    "name",
    ["keys/acme/names", "raw/raw.results/2026-03-01/ab", "raw/raw.photos/../../keys/a", "raw/raw.photos/", "x" * 300],
)
async def test_a_name_that_no_body_has_is_a_missing_object(name: str, ring: KeyRing) -> None:
    objects = MemoryObjects()
    objects.bodies["keys/acme/names"] = objects.bodies["raw/raw.results/2026-03-01/ab"] = b"not for who asks"
    with pytest.raises(ObjectMissing):
        await fetch_raw(objects, "raw.photos", replace(RAW, stored=name))


async def test_a_record_whose_object_was_not_fetched_does_not_pass_for_an_empty_body(ring: KeyRing) -> None:
    with pytest.raises(SealBroken):
        open_raw(ring, "raw.photos", replace(RAW, stored="raw/raw.photos/2026-03-01/ab", size=9), b"")
