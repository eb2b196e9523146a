"""The parts of an edge, made in one place: who answers devices, who answers operators, what runs beside them."""

from __future__ import annotations

import secrets
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ingest.big_bodies import BigBodies
from ingest.bodies import BodyReader
from ingest.budget import Budget
from ingest.commands.wiring import EdgeCommands, wire_commands
from ingest.control.operations import Operations
from ingest.control.server import ControlServer
from ingest.devices import Devices
from ingest.emit import Emitter
from ingest.handlers import Edge
from ingest.handshakes import Handshakes
from ingest.hints import Hints
from ingest.hook import Hook
from ingest.lookups import Lookups
from ingest.remote_attendance import RemoteAttendance
from ingest.stamps import Stamps
from ingest.ticks import tick
from ingest.uploads import Uploads
from ingest.watermarks import Watermarks
from runtime.areas import Areas
from runtime.command_view import CommandView
from runtime.device_view import DeviceView
from runtime.hint_paths import load_hint_key
from runtime.keyring import KeyRing
from runtime.last_punch_view import LastPunchView
from runtime.objects import ObjectStore
from runtime.people_view import PeopleView
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.sections import KafkaSettings
from runtime.settings import Settings
from schemas.topics import RECORD_OVERHEAD_BYTES

_SESSIONS = b"sessions of access terminals"


class View(Protocol):
    @property
    def failed(self) -> str: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


class Views:
    """What an edge follows in Kafka. It serves nobody before each has reached the end seen at its start."""

    def __init__(self, settings: KafkaSettings, *, remote_attendance: bool) -> None:
        self.registry = RegistryView(settings)
        self.devices = DeviceView(settings)
        self.commands = CommandView(settings)
        self.last_punches = LastPunchView(settings, Areas(self.registry).of)
        self.people = PeopleView(settings) if remote_attendance else None

    def by_name(self) -> Iterator[tuple[str, View]]:
        yield "the registry", self.registry
        yield "the states of devices", self.devices
        yield "the log of commands", self.commands
        yield "the last punches", self.last_punches
        if self.people is not None:
            yield "the people", self.people

    @property
    def failed(self) -> str:
        """Why one of them stopped following; empty while all go on."""
        return next((view.failed for _, view in self.by_name() if view.failed), "")


@dataclass(frozen=True, slots=True)
class Parts:
    """`tasks` are loops that run as long as the edge does; `close` comes after the last request."""

    edge: Edge
    emitter: Emitter
    budget: Budget
    commands: EdgeCommands
    control: ControlServer
    hook: Hook | None
    ticks: Coroutine[Any, Any, None]

    def tasks(self) -> tuple[Coroutine[Any, Any, None], ...]:
        return self.ticks, self.commands.sweeper.run()

    async def close(self) -> None:
        await self.commands.delivery.close()
        if self.hook is not None:
            await self.hook.close()


def make_parts(
    settings: Settings, producer: Producer, views: Views, keys: KeyRing, objects: ObjectStore | None
) -> Parts:
    """`views` are started, the topics of `producer` prepared; `objects` is there if bodies are to be stored."""
    ingest = settings.ingest
    boot = secrets.token_hex(4)
    budget = Budget(ingest.in_flight_bytes, lambda: producer.pending_bytes)
    big = None
    if objects is not None:
        deadline = ingest.ack_deadline_seconds
        big = BigBodies(objects, budget, inline_bytes=ingest.inline_body_bytes, deadline_seconds=deadline)
    emitter = Emitter(
        producer, budget, keys, edge_id=ingest.edge_id, boot=boot, big=big,
        record_body_bytes=settings.kafka.max_record_bytes - RECORD_OVERHEAD_BYTES,
    )  # fmt: skip

    def device_options(serial: str) -> Mapping[str, str] | None:
        state = views.devices.state(serial)
        return state.options if state is not None else None

    commands = wire_commands(
        settings, view=views.commands, registry=views.registry, producer=producer, emitter=emitter, keys=keys,
        boot=boot, device_options=device_options,
    )  # fmt: skip
    stamps = Stamps()
    hook = Hook(settings.lookups) if settings.lookups.hook_url else None
    # The oldest key stays for as long as anything is sealed with it, and it is the same on every edge.
    secret = keys.opener(str(keys.ids()[0])).digest(_SESSIONS)
    operations = Operations(
        settings, registry=views.registry, devices=views.devices, commands=views.commands, desk=commands.desk,
        producer=producer, keys=keys,
    )  # fmt: skip
    remote = RemoteAttendance(views.people, views.devices, operations.vault) if views.people is not None else None
    hint_key_file = settings.connectors.hint_key_file
    edge = Edge(
        ingest,
        devices=Devices(views.registry, ingest, settings.normalize.unknown_zone),
        keys=keys,
        emitter=emitter,
        bodies=BodyReader(budget, max_bytes=ingest.max_body_bytes, timeout_seconds=ingest.body_timeout_seconds),
        handshakes=Handshakes(ingest, emitter, views.devices, commands.levers, stamps, secret),
        uploads=Uploads(emitter, stamps),
        lookups=Lookups(settings.lookups, views.last_punches, emitter, hook, remote),
        commands=commands.delivery,
        files=commands.files,
        watermarks=Watermarks(ingest, emitter, views.devices),
        hints=Hints(producer, load_hint_key(hint_key_file) if hint_key_file else None),
    )
    control = ControlServer(settings, operations)
    ticks = tick(producer, emitter, ingest.edge_id, ingest.tick_seconds)
    return Parts(edge, emitter, budget, commands, control, hook, ticks)
