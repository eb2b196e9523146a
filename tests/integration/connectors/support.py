"""What the connectors' tests share: workers in this process and in others, what they wrote."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson

from cli.kafka_reader import KafkaReader
from connectors.main import run
from connectors.vendors import KnownSource
from runtime.command_texts import seal_text
from runtime.command_view import command_key
from runtime.keyring import KeyRing
from runtime.producer import Producer
from runtime.settings import Settings
from schemas.codec import decode_event, encode_event
from schemas.commands import CommandEvent, CommandStep
from schemas.headers import RawHeaders
from tests.integration.helpers import until


@asynccontextmanager
async def worker(settings: Settings, sources: list[KnownSource]) -> AsyncIterator[asyncio.Task[int]]:
    """`connect` in this process; stopped in order, which must end it with 0."""
    stop = asyncio.Event()
    task = asyncio.create_task(run(settings, stop, sources))
    try:
        yield task
    finally:
        stop.set()
        assert await asyncio.wait_for(task, 60) == 0


class Process:
    """`connect` as a process of its own, with fake sources."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, settings: Settings, folder: Path, count: int, name: str) -> Process:
        overrides = (
            f"kafka.bootstrap={settings.kafka.bootstrap}",
            f"kafka.topic_prefix={settings.kafka.topic_prefix}",
            "kafka.session_timeout_seconds=6",
            f"keys.folder={settings.keys.folder}",
            "connectors.health_port=0",
            f"connectors.instance_id={name}",
        )
        module = "tests.integration.connectors.fake_worker"
        return cls(
            await asyncio.create_subprocess_exec(sys.executable, "-m", module, str(folder), str(count), *overrides)
        )

    def signal(self, number: signal.Signals) -> None:
        os.kill(self._process.pid, number)

    async def ended(self, seconds: float = 60) -> int:
        return await asyncio.wait_for(self._process.wait(), seconds)

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


async def numbers(settings: Settings) -> dict[str, list[int]]:
    """What each source's counting job emitted, in order."""
    found: dict[str, list[int]] = defaultdict(list)
    async with KafkaReader(settings.kafka) as reader:
        async for record in reader.records("raw.attendance"):
            raw = RawHeaders.decode(record.headers)
            assert (raw.tenant, raw.query, raw.source) == ("demo", "epoch=1", record.key.decode())
            found[raw.source] += [row["n"] for row in orjson.loads(record.value)]
    return found


async def saved(settings: Settings, name: str) -> dict[str, list[Any]]:
    """All committed values of a state name, by source, in order."""
    found: dict[str, list[Any]] = defaultdict(list)
    async with KafkaReader(settings.kafka) as reader:
        async for record in reader.records("connectors.state"):
            source, _, key = record.key.decode().partition("+")
            if key == name:
                found[source].append(orjson.loads(record.value))
    return found


async def reports(settings: Settings, source: str) -> list[str]:
    """The states that were told of a source."""
    async with KafkaReader(settings.kafka) as reader:
        return [
            orjson.loads(record.value)["status"]
            async for record in reader.records("raw.device")
            if record.key.decode() == source
        ]


async def all_reach(settings: Settings, count: int, least: int, seconds: float = 60) -> None:
    """Wait until every source has saved so much."""

    async def reached() -> bool:
        values = await saved(settings, "feed")
        return len(values) == count and all(each[-1]["next"] >= least for each in values.values())

    await until(reached, f"{count} sources have counted to {least}", seconds)


async def ask(sender: Producer, keys: KeyRing, source: str, command_id: str, name: str, **arguments: Any) -> None:
    """One command, as an operator's request writes it."""
    at = int(time.time() * 1000)
    event = CommandEvent(
        step=CommandStep.REQUESTED, tenant="demo", device=source, command_id=command_id, at=at, by="anna", name=name,
        max_sends=3, batch=f"b{command_id}", expires_at=at + 600_000,
    )  # fmt: skip
    text = orjson.dumps({"name": name, "arguments": arguments, "key": f"k{command_id}"})
    await sender.send(
        "commands", command_key(source, command_id), encode_event(event), partition_by=source.encode(),
        headers=seal_text(keys, "demo", source, command_id, text),
    )  # fmt: skip


async def steps(settings: Settings) -> dict[str, list[CommandEvent]]:
    """The log of commands by id."""
    found: dict[str, list[CommandEvent]] = defaultdict(list)
    async with KafkaReader(settings.kafka) as reader:
        async for record in reader.records("commands"):
            event = decode_event(CommandEvent, record.value)
            found[event.command_id].append(event)
    return found


async def answered(settings: Settings, *command_ids: str) -> dict[str, list[CommandEvent]]:
    async def all_answered() -> bool:
        found = await steps(settings)
        return all(any(event.step is CommandStep.ANSWERED for event in found[each]) for each in command_ids)

    await until(all_answered, f"commands {command_ids} are answered", 60)
    return await steps(settings)
