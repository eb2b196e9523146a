"""A sink killed at any point stores each offset exactly once; without tokens it would not."""

import asyncio
import random
import signal
import sys
from collections.abc import Callable

import pytest

from runtime.settings import Settings
from tests.integration.helpers import until
from tests.integration.sinks.crashing_sink import KILLED
from tests.integration.sinks.support import fill_raw, kafka_positions, rows, running, stored_positions, until_stored


def overrides(settings: Settings) -> list[str]:
    return [
        f"kafka.bootstrap={settings.kafka.bootstrap}",
        f"kafka.topic_prefix={settings.kafka.topic_prefix}",
        "kafka.session_timeout_seconds=6",
        f"clickhouse.url={settings.clickhouse.url}",
        f"clickhouse.database={settings.clickhouse.database}",
        f"sink.group={settings.sink.group}",
        f"sink.instance_id={settings.sink.instance_id}",
        "sink.health_port=0",
        "sink.flush_seconds=0.2",
        "sink.max_rows=300",
    ]


async def start_crashing(settings: Settings, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.sinks.crashing_sink", *arguments, *overrides(settings)
    )


async def until_dead(process: asyncio.subprocess.Process) -> int:
    try:
        return await asyncio.wait_for(process.wait(), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.parametrize("nth", [1, 3])
@pytest.mark.parametrize("window", ["metadata", "insert", "batch_row"])
async def test_each_offset_is_stored_once_whatever_window_the_sink_dies_in(
    settings: Settings, window: str, nth: int
) -> None:
    await fill_raw(settings, 1000)
    assert await until_dead(await start_crashing(settings, window, str(nth))) == KILLED
    await fill_raw(settings, 500, start=1000)  # the next batch would have other borders
    async with running(settings):
        await until_stored(settings, 1500)
    assert await stored_positions(settings) == await kafka_positions(settings, "raw.attendance")
    await assert_batches_join(settings)


async def test_without_tokens_the_same_crash_doubles_rows(settings: Settings) -> None:
    """The negative control: were the tokens idle, the test above could not fail."""
    await fill_raw(settings, 1000)
    assert await until_dead(await start_crashing(settings, "tokenless", "insert", "1")) == KILLED
    assert await until_dead(await start_crashing(settings, "tokenless", "insert", "2")) == KILLED
    stored = await stored_positions(settings)
    assert len(stored) > len(set(stored))


async def test_kills_at_random_moments_store_each_offset_once(settings: Settings) -> None:
    moments = random.Random(20261121)
    filling = asyncio.create_task(fill_slowly(settings))
    for _ in range(4):
        process = await start_crashing(settings, "never", "1")
        before = len(await rows(settings, "SELECT 1 FROM sink_batches"))
        wanted = before + moments.randrange(1, 6)

        async def progressed(wanted: int = wanted) -> bool:
            return len(await rows(settings, "SELECT 1 FROM sink_batches")) >= wanted or filling.done()

        await until(progressed, "the sink stores something", 40)
        process.kill()
        await process.wait()
    await filling
    async with running(settings):
        await until_stored(settings, 3000)
    assert await stored_positions(settings) == await kafka_positions(settings, "raw.attendance")
    await assert_batches_join(settings)


async def fill_slowly(settings: Settings) -> None:
    for start in range(0, 3000, 100):
        await fill_raw(settings, 100, start)


async def assert_batches_join(settings: Settings) -> None:
    """Ranges of a partition follow each other without gap or overlap, one row each."""
    found = await rows(
        settings, "SELECT partition, first_offset, last_offset, rows, dead FROM sink_batches ORDER BY 1, 2"
    )
    next_offset: dict[int, int] = {}
    for partition, first, last, row_count, dead in found:
        assert first == next_offset.get(partition, 0)
        assert row_count + dead == last - first + 1
        next_offset[partition] = last + 1


async def test_two_workers_share_the_partitions_and_hand_them_over(
    make: Callable[..., Settings], settings: Settings
) -> None:
    """One joins, dies as by kill -9, and the other takes its partition over after the session timeout."""
    dynamic = make("sink.instance_id=")

    async def worker_names() -> int:
        return len(await rows(settings, "SELECT DISTINCT worker FROM sink_batches"))

    async with running(dynamic):
        await fill_raw(settings, 400)
        await until_stored(settings, 400)
        filling = asyncio.create_task(fill_slowly(settings))
        second = await start_crashing(dynamic, "never", "1")
        try:

            async def both_write() -> bool:
                if filling.done():
                    await fill_raw(settings, 16)
                return await worker_names() == 2

            await until(both_write, "both workers store something", 40)
        finally:
            second.kill()
            await second.wait()
        await filling
        await fill_raw(settings, 100)
        everything = await kafka_positions(settings, "raw.attendance")
        await until_stored(settings, len(everything))
    assert await stored_positions(settings) == everything
    await assert_batches_join(settings)


async def test_a_worker_that_slept_through_a_rebalance_doubles_nothing(
    make: Callable[..., Settings], settings: Settings
) -> None:
    """Stopped in the middle of its work, its partition given to another, then woken up as a zombie."""
    dynamic = make("sink.instance_id=")
    sleeper = await start_crashing(dynamic, "never", "1")
    try:
        await fill_raw(settings, 300)
        await until_stored(settings, 300)
        filling = asyncio.create_task(fill_slowly(settings))
        await until_stored(settings, 700)
        sleeper.send_signal(signal.SIGSTOP)
        async with running(dynamic):
            await filling
            await until_stored(settings, 3300)
            sleeper.send_signal(signal.SIGCONT)
            for start in range(0, 1000, 100):
                await fill_raw(settings, 100, start)
            everything = await kafka_positions(settings, "raw.attendance")
            await until_stored(settings, len(everything))
    finally:
        sleeper.kill()
        await sleeper.wait()
    assert await stored_positions(settings) == everything
    await assert_batches_join(settings)
