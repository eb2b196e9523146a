"""Workers on a genuine Kafka: who owns what, what is saved, what survives whom."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from cli.kafka_reader import KafkaReader
from connectors.metrics import STATE_PUTS, STATE_TRANSACTIONS
from deploy.local.stack import LocalStack
from runtime import topics
from runtime.key_files import new_key
from runtime.keyring import KeyRing
from runtime.raw_bodies import open_raw
from runtime.settings import Settings
from schemas.codec import encode_event
from schemas.commands import CommandOutcome
from schemas.headers import RawHeaders
from schemas.hints import Hint
from tests.integration.conftest import free_ports
from tests.integration.connectors.fake_sources import executed, fake_sources, keys_of
from tests.integration.connectors.support import Process, all_reach, answered, ask, numbers, reports, saved, worker
from tests.integration.helpers import make_settings, producer, until

COUNT = 12


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Settings:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    new_key(keys, "demo")
    settings = make_settings(stack, topic_prefix, "connectors.health_port=0", f"keys.folder={keys}")
    await topics.apply(settings.kafka)
    return settings


def named(settings: Settings, name: str) -> Settings:
    connectors = settings.connectors.model_copy(update={"instance_id": name})
    return settings.model_copy(update={"connectors": connectors})


async def generation(settings: Settings, key: str) -> tuple[str, int]:
    leases = (await saved(settings, "lease")).get(key)
    return (leases[-1]["worker"], leases[-1]["generation"]) if leases else ("", 0)


def no_holes(found: dict[str, list[int]]) -> bool:
    """Every number is there; one that comes again was emitted and not saved."""
    return all(sorted(set(each)) == list(range(max(each) + 1)) for each in found.values())


async def test_a_restart_goes_on_where_the_last_one_was_and_puts_share_transactions(
    settings: Settings, tmp_path: Path
) -> None:
    puts, transactions = STATE_PUTS._value.get(), STATE_TRANSACTIONS._value.get()
    for least in (5, 10):
        async with worker(named(settings, "w1"), fake_sources(COUNT, tmp_path)):
            await all_reach(settings, COUNT, least)
    found = await numbers(settings)
    assert {key: each == list(range(len(each))) for key, each in found.items()} == dict.fromkeys(keys_of(COUNT), True)
    assert await generation(settings, keys_of(1)[0]) == ("w1", 2)
    shared = (STATE_PUTS._value.get() - puts) / (STATE_TRANSACTIONS._value.get() - transactions)
    assert shared > 1.3


async def test_two_workers_share_the_sources_and_the_heir_of_a_killed_one_loses_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    first = await Process.start(settings, tmp_path, COUNT, "w1")
    second = await Process.start(settings, tmp_path, COUNT, "w2")
    try:

        async def both_own() -> bool:
            leases = await saved(settings, "lease")
            return len(leases) == COUNT and {each[-1]["worker"] for each in leases.values()} == {"w1", "w2"}

        await until(both_own, "both workers own sources", 60)
        await all_reach(settings, COUNT, 20)
        await second.kill()

        async def first_owns_all() -> bool:
            return {each[-1]["worker"] for each in (await saved(settings, "lease")).values()} == {"w1"}

        await until(first_owns_all, "the first one owns all", 60)
        so_far = {key: each[-1]["next"] for key, each in (await saved(settings, "feed")).items()}
        await all_reach(settings, COUNT, max(so_far.values()) + 10)
        first.signal(signal.SIGTERM)
        assert await first.ended() == 0
    finally:
        await first.kill()
        await second.kill()
    found = await numbers(settings)
    assert len(found) == COUNT
    assert no_holes(found)


async def test_f25_a_worker_that_was_frozen_saves_nothing_over_its_heir(settings: Settings, tmp_path: Path) -> None:
    zombie = await Process.start(settings, tmp_path, COUNT, "w1")
    heir = None
    try:
        await all_reach(settings, COUNT, 5)
        zombie.signal(signal.SIGSTOP)
        heir = await Process.start(settings, tmp_path, COUNT, "w2")

        async def is_inherited() -> bool:
            return (await generation(settings, keys_of(1)[0]))[0] == "w2"

        await until(is_inherited, "the heir has taken over", 60)
        before = {key: each[-1]["next"] for key, each in (await saved(settings, "feed")).items()}
        await all_reach(settings, COUNT, max(before.values()) + 10)
        zombie.signal(signal.SIGCONT)
        assert await zombie.ended() == 1  # fenced with a run in hand
        before = {key: each[-1]["next"] for key, each in (await saved(settings, "feed")).items()}
        await all_reach(settings, COUNT, max(before.values()) + 10)
    finally:
        await zombie.kill()
        if heir is not None:
            await heir.kill()
    for values in (await saved(settings, "feed")).values():
        cursor = [value["next"] for value in values]
        assert cursor == list(range(1, len(cursor) + 1))  # never back, never twice
    assert no_holes(await numbers(settings))


async def test_commands_are_done_once_whichever_worker_owns_the_source(settings: Settings, tmp_path: Path) -> None:
    assert settings.keys.folder is not None
    keys = KeyRing.load(settings.keys.folder)
    sources = keys_of(COUNT)
    async with AsyncExitStack() as running:
        sender = await running.enter_async_context(producer(settings, "commands"))
        for name in ("w1", "w2"):
            _ = await running.enter_async_context(worker(named(settings, name), fake_sources(COUNT, tmp_path)))
        ids = [str(number) for number in range(1, COUNT + 1)]
        for source, command_id in zip(sources, ids, strict=True):
            await ask(sender, keys, source, command_id, "people.create", code=command_id)
        log = await answered(settings, *ids)
    assert sorted(executed(tmp_path)) == sorted([key, n, {"code": n}, 1] for key, n in zip(sources, ids, strict=True))
    for command_id in ids:
        assert [event.step.value for event in log[command_id]] == ["requested", "claimed", "sent", "answered"]
        end = log[command_id][-1]
        assert (end.outcome, end.meaning, end.answer) == (
            CommandOutcome.DONE,
            "done as asked",
            '{"name":"people.create"}',
        )
        assert end.by in ("connector:w1", "connector:w2")


async def test_pause_and_resume_and_orders_for_the_readers(settings: Settings, tmp_path: Path) -> None:
    assert settings.keys.folder is not None
    keys = KeyRing.load(settings.keys.folder)
    (key,) = keys_of(1)
    async with AsyncExitStack() as running:
        sender = await running.enter_async_context(producer(settings, "commands"))
        _ = await running.enter_async_context(worker(named(settings, "w1"), fake_sources(1, tmp_path)))
        await all_reach(settings, 1, 3)
        await ask(sender, keys, key, "1", "connector.pause")
        await answered(settings, "1")

        async def is_told(status: str) -> bool:
            return (await reports(settings, key))[-1] == status

        await until(lambda: is_told("paused"), "the pause is told")
        stood = (await saved(settings, "feed"))[key][-1]["next"]
        await ask(sender, keys, key, "2", "connector.backfill", **{"from": "2026-01-01", "to": "2026-01-31"})
        await ask(sender, keys, key, "3", "connector.new_epoch")
        log = await answered(settings, "2", "3")
        assert (await saved(settings, "feed"))[key][-1]["next"] == stood
        assert (await saved(settings, "control"))[key][-1] == {
            "paused": True,
            "backfill": {"n": 1, "from": "2026-01-01", "to": "2026-01-31"},
        }
        assert log["3"][-1].outcome is CommandOutcome.FAILED
        assert "the argument from is missing" in log["3"][-1].meaning
        await ask(sender, keys, key, "4", "connector.resume")
        await all_reach(settings, 1, stood + 3)
    assert (await reports(settings, key)) == ["ok", "paused", "ok"]
    assert executed(tmp_path) == []


async def test_a_hint_is_followed_at_once_and_what_holds_secrets_is_sealed(settings: Settings, tmp_path: Path) -> None:
    assert settings.keys.folder is not None
    keys = KeyRing.load(settings.keys.folder)
    key, other = keys_of(2)

    async def sealed_of(source: str) -> list[bytes]:
        async with KafkaReader(settings.kafka) as reader:
            found = [(RawHeaders.decode(one.headers), one.value) async for one in reader.records("raw.operations")]
        assert all(raw.redacted == "PrivatePIN" and raw.edge == "w1" for raw, _ in found)
        return [open_raw(keys, "raw.operations", raw, value) for raw, value in found if raw.source == source]

    async def count_is(source: str, count: int) -> bool:
        return len(await sealed_of(source)) == count

    async with producer(settings, "hints") as sender, worker(named(settings, "w1"), fake_sources(2, tmp_path)):
        await until(lambda: count_is(key, 1), "the first run at the start")
        await until(lambda: count_is(other, 1), "the first run at the start")
        for source, event in ((key, "face_valid"), (other, "door_opened")):
            hint = encode_event(Hint(station=source, at=1, params={"event": event}))
            await sender.send("hints", source.encode(), hint, partition_by=source.encode())
        await until(lambda: count_is(key, 2), "the run that the hint asked for", 10)
    assert await sealed_of(key) == [b'[{"UserID":"7"}]'] * 2
    assert len(await sealed_of(other)) == 1


async def test_the_command_becomes_ready_and_ends_in_order_even_with_nothing_to_poll(settings: Settings) -> None:
    (port,) = free_ports(1)
    overrides = (
        f"kafka.bootstrap={settings.kafka.bootstrap}",
        f"kafka.topic_prefix={settings.kafka.topic_prefix}",
        f"keys.folder={settings.keys.folder}",
        f"connectors.health_port={port}",
    )
    arguments = [part for value in overrides for part in ("--set", value)]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "cli.main", *arguments, "connect")

    async def is_ready() -> bool:
        async with aiohttp.ClientSession() as session:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    return answer.status == 200
            except aiohttp.ClientError:
                return False

    try:
        await until(is_ready, "it is ready", 60)
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 30) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
