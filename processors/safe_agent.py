"""The only way to write an agent here: records reach the handler as bytes and are acknowledged after it returned.

What Faust does by default loses events (spec/faust.md 2.3): it acknowledges in a `finally`, restarts a crashed agent on
the next event, hangs on an undecodable record, forgets failed produces. Here instead:
- records are bytes, nothing is decoded before the handler;
- `noack().noack_take`, then acknowledged in offset order once the handler returned, which it may only do after all that
  it derived is acknowledged by the broker;
- errors of the runtime that may pass (Retriable) repeat the same batch for ever with a capped pause; Kafka keeps the
  rest, and nothing is skipped;
- anything else ends the process with the batch unacknowledged (CrashingSupervisor);
- concurrency is 1: Faust's commit can pass an unfinished event otherwise (faust-streaming #606).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import faust
from mode import CrashingSupervisor

from processors.errors import UnsafeAgent
from processors.metrics import BATCH_SECONDS, LAST_PROGRESS, RECORDS, RETRIES
from runtime.errors import Retriable
from schemas.headers import Header

log = logging.getLogger(__name__)

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 10.0
_SAFE = "punchstream_safe_agent"


class Record(NamedTuple):
    """One Kafka record as it was stored."""

    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: list[Header]


Handler = Callable[[Sequence[Record]], Awaitable[None]]


def safe_agent(
    app: faust.App, topic: str, handler: Handler, *, name: str, take_records: int, take_seconds: float
) -> faust.types.AgentT[Any]:
    """Register an agent that hands `handler` up to `take_records` records of `topic` (full name) at a time.

    The handler returns when everything derived from the records is durable. It may raise Retriable errors of the
    runtime at any time: it is then called again with the same records, so what it does must be repeatable.
    """
    channel = app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    async def agent(stream: Any) -> None:
        async for events in stream.noack().noack_take(take_records, within=take_seconds):
            records = [_record(event) for event in events]
            started = time.monotonic()
            await _handle(handler, records, name)
            BATCH_SECONDS.labels(name).observe(time.monotonic() - started)
            RECORDS.labels(name).inc(len(records))
            LAST_PROGRESS.labels(name).set_to_current_time()
            for event in events:
                await stream.ack(event)

    agent.__name__ = name
    registered = app.agent(channel, name=name, concurrency=1, supervisor_strategy=CrashingSupervisor)(agent)
    setattr(registered, _SAFE, True)
    return registered


def refuse_unsafe_agents(app: faust.App) -> None:
    """Raises UnsafeAgent for an agent that did not come from `safe_agent`, or whose settings were changed after."""
    for name, agent in app.agents.items():
        if not getattr(agent, _SAFE, False):
            raise UnsafeAgent(f"agent {name} was not made by safe_agent: it would lose events when it fails")
        if agent.concurrency != 1:
            raise UnsafeAgent(f"agent {name} has concurrency {agent.concurrency}: Faust loses events above 1")
        if agent.supervisor_strategy is not CrashingSupervisor:
            raise UnsafeAgent(f"agent {name} would be restarted after a crash, on the next event")


def _record(event: Any) -> Record:
    message = event.message
    headers = message.headers or ()
    if isinstance(headers, dict):
        headers = headers.items()
    return Record(message.partition, message.offset, message.key or b"", message.value or b"", list(headers))


async def _handle(handler: Handler, records: Sequence[Record], name: str) -> None:
    pause = _FIRST_PAUSE_SECONDS
    while True:
        try:
            return await handler(records)
        except Retriable as error:
            RETRIES.labels(name).inc()
            log.warning("agent %s: %s; the same %d records again in %.1f s", name, error, len(records), pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
