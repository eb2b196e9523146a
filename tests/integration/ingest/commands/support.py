"""Edges that share one genuine Kafka, as far as commands go: view, producer, delivery and desk of each; no sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import Random

from cli.kafka_reader import KafkaReader
from ingest.budget import Budget
from ingest.commands.desk import TOPICS
from ingest.commands.orders import Operator
from ingest.commands.sweeper import CommandSweeper
from ingest.commands.wiring import EdgeCommands, wire_commands
from ingest.emit import ROUTES, Emitter
from runtime.command_log import CommandLog
from runtime.command_view import CommandView
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.registry_writer import compare_records, write_changes
from runtime.sections import KafkaSettings
from runtime.settings import Settings
from schemas.codec import decode_event
from schemas.commands import CommandEvent
from schemas.registry import DevicePeriod, DeviceRecord
from tests.integration.helpers import producer as producing
from tests.unit.ingest.commands.stand_ins import PERIOD, exchange
from tests.unit.ingest.stand_ins import KEYS

ANNA = Operator("anna", "admin", "cli")


@dataclass
class RealEdge:
    """`poll` and `result` are what its device port would answer."""

    settings: Settings
    name: str
    view: CommandView
    registry: RegistryView
    producer: Producer
    commands: EdgeCommands

    async def poll(self, serial: str, at: int, *, period: DevicePeriod = PERIOD, query: str = "") -> bytes:
        return await self.commands.delivery.poll(exchange(at, serial=serial, period=period, query=query))

    async def result(self, serial: str, body: bytes, at: int) -> bytes:
        return await self.commands.delivery.result(exchange(at, serial=serial, body=body))

    async def ask(self, serials: list[str], name: str = "device.info", **more: object) -> list[str]:
        """The ids, in order; none is refused."""
        arguments = more.pop("arguments", {})
        result = await self.commands.desk.request(serials, name, arguments, operator=ANNA, **more)  # type: ignore[arg-type]  # passed through
        refusals = [one.refusal for one in result.commands if one.refusal]
        assert not refusals, refusals
        return [one.command_id for one in result.commands]

    def sweeper(self, at: int) -> CommandSweeper:
        log = CommandLog(self.producer)
        return CommandSweeper(
            view=self.view, log=log, by=f"edge:{self.name}", random=Random(1), clock=lambda: at / 1000
        )


@asynccontextmanager
async def running_edge(settings: Settings, name: str) -> AsyncIterator[RealEdge]:
    settings = settings.model_copy(update={"ingest": settings.ingest.model_copy(update={"edge_id": name})})
    async with AsyncExitStack() as cleanup:
        producer = await cleanup.enter_async_context(producing(settings, *TOPICS, *(route.topic for route in ROUTES)))
        view, registry = CommandView(settings.kafka), RegistryView(settings.kafka)
        for one in (view, registry):
            await one.start()
            cleanup.push_async_callback(one.stop)
        emitter = Emitter(producer, Budget(1 << 26, lambda: 0), KEYS, edge_id=name, boot="b00t")
        commands = wire_commands(
            settings, view=view, registry=registry, producer=producer, emitter=emitter, keys=KEYS, boot="b00t"
        )
        cleanup.push_async_callback(commands.delivery.close)
        yield RealEdge(settings, name, view, registry, producer, commands)


async def know(kafka: KafkaSettings, *records: DeviceRecord) -> None:
    """Write devices to the registry."""
    await write_changes(kafka, compare_records([], records))


async def events_of(kafka: KafkaSettings) -> list[CommandEvent]:
    """The whole log of commands; that of one device is in order."""
    async with KafkaReader(kafka) as reader:
        return [decode_event(CommandEvent, record.value) async for record in reader.records("commands")]


async def log_of(kafka: KafkaSettings, serial: str, command_id: str) -> list[CommandEvent]:
    return [event for event in await events_of(kafka) if (event.device, event.command_id) == (serial, command_id)]


def ids_in(answer: bytes) -> list[str]:
    return [line.split(b":")[1].decode() for line in answer.splitlines() if line.startswith(b"C:")]
