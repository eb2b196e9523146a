"""What the wrapper promises, on a genuine Kafka: nothing is skipped, whatever the handler does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import faust
import pytest
from aiokafka import TopicPartition
from mode import CrashingSupervisor

from deploy.local.stack import LocalStack
from processors.errors import UnsafeAgent
from processors.faust_app import make_app, run_app
from processors.safe_agent import Record, refuse_unsafe_agents, safe_agent
from processors.watchdog import Watchdog
from runtime import topics
from runtime.errors import DeliveryFailed
from runtime.kafka import make_admin
from runtime.settings import Settings
from tests.integration.helpers import make_settings, producer, until

GROUP = "agent"
Handler = Callable[[Sequence[Record]], Awaitable[None]]


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str) -> Settings:
    settings = make_settings(stack, topic_prefix, "kafka.partitions=1")
    await topics.apply(settings.kafka)
    async with producer(settings, "raw.attendance") as sender:
        for number in range(300):
            await sender.send(
                "raw.attendance", b"k", b"%d" % number, partition_by=b"k", headers=[("n", b"%d" % number)]
            )
    return settings


def app_with(settings: Settings, handler: Handler) -> faust.App:
    app = make_app(settings.kafka, group=settings.kafka.topic(GROUP), instance_id="", buffer_records=20)
    topic = settings.kafka.topic("raw.attendance")
    safe_agent(app, topic, handler, name="agent", take_records=20, take_seconds=0.05)
    refuse_unsafe_agents(app)
    return app


async def committed(settings: Settings) -> int:
    admin = make_admin(settings.kafka)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(settings.kafka.topic(GROUP))
    finally:
        await admin.close()
    found = offsets.get(TopicPartition(settings.kafka.topic("raw.attendance"), 0))
    return found.offset if found else 0


async def run(app: faust.App, stop: asyncio.Event) -> int:
    return await asyncio.wait_for(run_app(app, stop, asyncio.Event(), Watchdog(app, "agent")), 60)


class Seen:
    """Handler that notes offsets and stops the app once it has seen the last record."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.offsets: list[int] = []
        self._stop = stop

    async def handle(self, records: Sequence[Record]) -> None:
        self.offsets += [record.offset for record in records]
        if 299 in self.offsets:
            self._stop.set()


async def test_records_come_as_bytes_with_their_coordinates_and_all_are_committed(settings: Settings) -> None:
    stop = asyncio.Event()
    first: list[Record] = []
    seen = Seen(stop)

    async def handle(records: Sequence[Record]) -> None:
        first.extend(records[:1])
        await seen.handle(records)

    assert await run(app_with(settings, handle), stop) == 0
    assert first[0] == Record(0, 0, b"k", b"0", [("n", b"0")])
    assert seen.offsets == list(range(300))
    assert await committed(settings) == 300


async def test_a_raising_handler_ends_the_process_and_its_batch_is_read_again(settings: Settings) -> None:
    finished: list[int] = []

    async def fails(records: Sequence[Record]) -> None:
        if any(record.offset >= 150 for record in records):
            raise ZeroDivisionError("seeded")
        finished.extend(record.offset for record in records)

    assert await run(app_with(settings, fails), asyncio.Event()) == 1
    assert await committed(settings) <= len(finished) <= 150
    stop = asyncio.Event()
    seen = Seen(stop)
    assert await run(app_with(settings, seen.handle), stop) == 0
    assert set(finished) | set(seen.offsets) == set(range(300))


async def test_a_passing_error_repeats_the_same_records_and_skips_none(settings: Settings) -> None:
    stop = asyncio.Event()
    seen = Seen(stop)
    refused: list[int] = []

    async def handle(records: Sequence[Record]) -> None:
        if len(refused) < 3:
            refused.append(records[0].offset)
            raise DeliveryFailed("seeded: Kafka did not acknowledge")
        await seen.handle(records)

    assert await run(app_with(settings, handle), stop) == 0
    assert len(set(refused)) == 1
    assert seen.offsets == list(range(300))


async def test_nothing_is_committed_before_the_handler_returned(settings: Settings) -> None:
    stop, release = asyncio.Event(), asyncio.Event()
    entered = asyncio.Event()

    async def handle(records: Sequence[Record]) -> None:
        entered.set()
        await release.wait()
        if records[-1].offset == 299:
            stop.set()

    running = asyncio.create_task(run(app_with(settings, handle), stop))
    await asyncio.wait_for(entered.wait(), 30)
    quiet_until = asyncio.get_running_loop().time() + 3  # three commit intervals: a commit would have come by now
    await until(lambda: asyncio.get_running_loop().time() > quiet_until, "three commit intervals")
    assert await committed(settings) == 0
    release.set()
    assert await running == 0
    assert await committed(settings) == 300


@pytest.fixture
async def idle_app(stack: LocalStack, topic_prefix: str) -> faust.App:
    settings = make_settings(stack, topic_prefix)
    return make_app(settings.kafka, group="idle", instance_id="", buffer_records=20)


async def ignore(records: Sequence[Record]) -> None:
    """A handler for agents that never run."""


async def test_an_agent_past_the_wrapper_is_refused(idle_app: faust.App) -> None:
    async def by_hand(stream: faust.StreamT[bytes]) -> None:
        async for _ in stream:
            pass

    idle_app.agent(idle_app.topic("t"), supervisor_strategy=CrashingSupervisor)(by_hand)
    with pytest.raises(UnsafeAgent, match="by_hand was not made by safe_agent"):
        refuse_unsafe_agents(idle_app)


async def test_concurrency_above_one_is_refused(idle_app: faust.App) -> None:
    agent = safe_agent(idle_app, "t", ignore, name="n", take_records=1, take_seconds=1)
    agent.concurrency = 2
    with pytest.raises(UnsafeAgent, match="concurrency 2"):
        refuse_unsafe_agents(idle_app)


async def test_a_restarting_supervisor_is_refused(idle_app: faust.App) -> None:
    agent = safe_agent(idle_app, "t", ignore, name="n", take_records=1, take_seconds=1)
    agent.supervisor_strategy = None
    with pytest.raises(UnsafeAgent, match="restarted after a crash"):
        refuse_unsafe_agents(idle_app)
