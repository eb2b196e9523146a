"""Photos above what a record takes: object, record, event; what a kill, a store that is away and a deletion leave."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from processors.main import group_of
from processors.main import run as run_normalizer
from runtime import topics
from runtime.objects import ObjectStore, open_store
from runtime.settings import Settings
from schemas.codec import decode_event
from schemas.deadletters import DeadLetter, Reason
from schemas.device_events import Photo
from tests.integration.helpers import until
from tests.integration.ingest.running import RunningEdge, body_of, edge_settings, running_edge, starting_edge, status_of

MIB = 1024 * 1024
RECORD_BYTES = MIB + 128 * 1024  # what the topics take: nothing bigger can have gone through Kafka
ROOT = Path(__file__).parents[3]
PICTURE = b"\xff\xd8" + os.urandom(3 * MIB) + b"\xff\xd9"
PHOTO = b"PIN=20260301090000-982\nSN=CAM1\nsize=%d\nCMD=realupload\x00" % len(PICTURE) + PICTURE

# An edge that is killed as soon as the object is durable: before its record.
DYING_EDGE = """
import asyncio, os, signal, sys
from ingest.main import run
from runtime.objects_local import LocalObjects
from runtime.settings import load_settings
put = LocalObjects.put_if_absent
async def put_and_die(self, name, data):
    await put(self, name, data)
    os.kill(os.getpid(), signal.SIGKILL)
LocalObjects.put_if_absent = put_and_die
asyncio.run(run(load_settings(None, tuple(sys.argv[1:])), asyncio.Event()))
"""


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Settings:
    settings = edge_settings(stack, topic_prefix, tmp_path, *overrides(tmp_path))
    await topics.apply(settings.kafka)
    return settings


def overrides(folder: Path) -> tuple[str, ...]:
    return (
        f"kafka.max_record_bytes={RECORD_BYTES}", f"ingest.inline_body_bytes={MIB}", "normalize.health_port=0",
        f"store.folder={folder / 'objects'}",
    )  # fmt: skip


async def send_photo(edge: RunningEdge, photo: bytes = PHOTO) -> bytes:
    target = "/iclock/fdata?SN=CAM1&table=ATTPHOTO&Stamp=1"
    return await edge.send(f"POST {target} HTTP/1.0\r\nContent-Length: {len(photo)}\r\n\r\n".encode() + photo)


@asynccontextmanager
async def normalizing(settings: Settings) -> AsyncIterator[None]:
    """Until it has read all photos that are there at the end of the block."""
    stop = asyncio.Event()
    task = asyncio.create_task(run_normalizer(settings, stop))
    try:
        yield
        async with KafkaReader(settings.kafka) as reader:

            async def dry() -> bool:
                lag = await reader.lag(group_of(settings.normalize, "raw.photos"), "raw.photos")
                return await photos_in_kafka(settings) > 0 and not lag

            await until(dry, "the normalizer has committed all photos", 60)
    finally:
        stop.set()
        assert await asyncio.wait_for(task, 60) == 0


async def objects(settings: Settings) -> tuple[ObjectStore, list[str]]:
    """The store, and the names of the bodies of photos in it."""
    store = await open_store(settings.store)
    return store, [name async for name in store.names("raw/raw.photos")]


async def photos_in_kafka(settings: Settings) -> int:
    async with KafkaReader(settings.kafka) as reader:
        return sum((await reader.end_offsets("raw.photos")).values())


async def photo_events(settings: Settings) -> list[Photo]:
    async with KafkaReader(settings.kafka) as reader:
        return [decode_event(Photo, record.value) async for record in reader.records("photos")]


async def test_a_big_photo_is_an_object_a_record_and_an_event(settings: Settings) -> None:
    async with running_edge(settings) as edge, normalizing(settings):
        assert body_of(await send_photo(edge)) == b"OK: 1\n"
        (raw,) = [record for record in await edge.stored() if record.topic == "raw.photos"]
        assert raw.value == PHOTO, "byte for byte"
        _, names = await objects(settings)
        assert names == [raw.raw.stored]
        assert raw.raw.size == len(PHOTO) + 28
        small = PHOTO[:1000]
        assert status_of(await send_photo(edge, small)) == 200
        assert small in [record.value for record in await edge.stored() if not record.raw.stored]
    big = [photo for photo in await photo_events(settings) if photo.size == len(PICTURE)]
    assert [(photo.pin, photo.device) for photo in big] == [("982", "CAM1")]
    too_long = b"1\t2026-03-01 09:00:00\t0\t1\n" * 50_000
    async with running_edge(settings) as edge:
        # 0: refused while it was still sending. Attendance is always inline, and no record takes so much.
        assert status_of(await edge.post("CAM1", too_long)) in (413, 0)
        assert status_of(await edge.post("CAM1", too_long[: 27 * 1000])) == 200


async def test_a_kill_between_object_and_record_leaves_an_orphan_and_the_repeat_one_event(
    settings: Settings, stack: LocalStack, topic_prefix: str, tmp_path: Path
) -> None:
    flags = [
        f"{section}.{name}={value}"
        for section in ("kafka", "ingest", "keys", "store")
        for name, value in getattr(settings, section).model_dump(exclude_defaults=True).items()
    ]
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", DYING_EDGE, *flags, cwd=ROOT)
    dying = RunningEdge(settings, asyncio.Event(), asyncio.create_task(killed.wait()))
    try:
        await until(dying.is_ready, "the edge is ready")
        assert await send_photo(dying) == b"", "no answer"
        assert await asyncio.wait_for(killed.wait(), 30) == -9
    finally:
        if killed.returncode is None:
            killed.kill()
            await killed.wait()
    assert len((await objects(settings))[1]) == 1
    assert await photos_in_kafka(settings) == 0
    async with starting_edge(settings) as edge, normalizing(settings):
        await until(edge.is_ready, "the edge is ready")
        for _ in range(2):  # the answer may be lost, too
            assert body_of(await send_photo(edge)) == b"OK: 1\n"
    assert await photos_in_kafka(settings) == 2
    assert len({photo.event_id for photo in await photo_events(settings)}) == 1
    assert len((await objects(settings))[1]) in (1, 2), "one a day, and the day may have ended meanwhile"


async def test_while_the_store_is_away_big_bodies_wait_and_punches_do_not(settings: Settings) -> None:
    assert settings.store.folder is not None
    async with running_edge(settings) as edge:
        raw = settings.store.folder / "raw"
        raw.write_text("a file where the folder should be")
        answer = await send_photo(edge)
        assert status_of(answer) == 503
        assert b"Retry-After" in answer
        assert await photos_in_kafka(settings) == 0
        assert body_of(await edge.post("CAM1", b"1\t2026-03-01 09:00:00\t0\t1\n")) == b"OK: 1\n"
        raw.unlink()
        assert body_of(await send_photo(edge)) == b"OK: 1\n"
        assert await photos_in_kafka(settings) == 1


async def test_a_deleted_object_is_a_dead_letter_and_the_next_photo_goes_on(settings: Settings) -> None:
    async with running_edge(settings) as edge:
        assert status_of(await send_photo(edge)) == 200
        store, (name,) = await objects(settings)
        assert await store.delete(name)
        assert status_of(await send_photo(edge, PHOTO.replace(b"-982", b"-983"))) == 200
        async with normalizing(settings):
            pass
    async with KafkaReader(settings.kafka) as reader:
        (letter,) = [DeadLetter.decode(record.headers) async for record in reader.records("deadletters")]
    assert (letter.reason, letter.topic, letter.source) == (Reason.OBJECT_MISSING, "raw.photos", "CAM1")
    assert name in letter.error
    assert [photo.pin for photo in await photo_events(settings)] == ["983"]
