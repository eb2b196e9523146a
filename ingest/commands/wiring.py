"""The parts of this package as an edge needs them, made in one place."""

from __future__ import annotations

from dataclasses import dataclass
from random import SystemRandom

from ingest.commands.delivery import CommandDelivery
from ingest.commands.desk import CommandDesk
from ingest.commands.drafts import DeviceOptions
from ingest.commands.effects import CommandEffects
from ingest.commands.files import DeviceFiles
from ingest.commands.levers import Levers
from ingest.commands.sweeper import CommandSweeper
from ingest.emit import Emitter
from runtime.command_log import CommandLog
from runtime.command_view import CommandView
from runtime.keyring import KeyRing
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class EdgeCommands:
    """delivery and files answer devices, desk operators; `sweeper.run()` is a task of the process, and at the end
    `delivery.close()` is awaited before the producer stops."""

    delivery: CommandDelivery
    levers: Levers
    files: DeviceFiles
    sweeper: CommandSweeper
    desk: CommandDesk


def wire_commands(
    settings: Settings,
    *,
    view: CommandView,
    registry: RegistryView,
    producer: Producer,
    emitter: Emitter,
    keys: KeyRing,
    boot: str,
    device_options: DeviceOptions | None = None,
) -> EdgeCommands:
    """`producer` must have prepared desk.TOPICS before any of it is used; `boot` is that of the emitter."""
    log = CommandLog(producer)
    edge_id = settings.ingest.edge_id
    effects = CommandEffects(registry=registry, keys=keys, kafka=settings.kafka)
    return EdgeCommands(
        delivery=CommandDelivery(
            view=view, log=log, emitter=emitter, keys=keys, effects=effects, edge_id=edge_id, boot=boot
        ),
        levers=Levers(view=view, log=log, keys=keys, by=f"edge:{edge_id}"),
        files=DeviceFiles(view=view, keys=keys, folder=settings.control.files_folder),
        sweeper=CommandSweeper(view=view, log=log, by=f"edge:{edge_id}", random=SystemRandom()),
        desk=CommandDesk(
            view=view,
            registry=registry,
            producer=producer,
            keys=keys,
            settings=settings,
            device_options=device_options,
        ),
    )
