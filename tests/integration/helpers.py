"""What integration tests share: settings for the test's stack, topics, waiting for a condition."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from deploy.local.stack import LocalStack
from runtime.producer import Producer
from runtime.settings import Settings, load_settings


def make_settings(stack: LocalStack, topic_prefix: str, *overrides: str) -> Settings:
    """Settings that point at the test's stack, with its own topic prefix and short session time-outs."""
    return load_settings(
        None,
        (
            f"kafka.bootstrap={stack.bootstrap}",
            f"kafka.topic_prefix={topic_prefix}",
            "kafka.session_timeout_seconds=6",
            f"clickhouse.url={stack.clickhouse_url}",
            *overrides,
        ),
    )


async def until(
    condition: Callable[[], Awaitable[bool]] | Callable[[], bool], what: str, seconds: float = 30.0
) -> None:
    """Return when the condition holds; fail, saying what was waited for, after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        holds = condition()
        if (await holds) if isinstance(holds, Awaitable) else holds:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        await asyncio.sleep(0.05)


@asynccontextmanager
async def producer(settings: Settings, *topics: str) -> AsyncIterator[Producer]:
    """A started producer that knows `topics`."""
    made = Producer(settings.kafka, client_id="test", max_pending_bytes=64 * 1024 * 1024, deadline_seconds=20)
    await made.start()
    try:
        await made.prepare(*topics)
        yield made
    finally:
        await made.stop()
