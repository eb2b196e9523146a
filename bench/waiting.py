"""Commands that wait for terminals before a measurement, asked for as an operator would."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from ingest.commands.desk import TOPICS, CommandDesk
from ingest.commands.orders import Operator
from runtime.command_view import CommandView
from runtime.keyring import open_key_ring
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.settings import Settings

_COMMAND: Final = "log.send_new"  # the terminal answers it with a result alone
_OPERATOR: Final = Operator("bench", "admin", "cli")


async def ask_for_commands(settings: Settings, devices: Sequence[str]) -> None:
    """Returns when the log of commands has one for each. Raises errors of ingest.commands and runtime."""
    registry, view = RegistryView(settings.kafka), CommandView(settings.kafka)
    producer = Producer(settings.kafka, client_id="bench-commands", max_pending_bytes=1 << 24, deadline_seconds=30)
    await asyncio.gather(registry.start(), view.start(), producer.start())
    try:
        await producer.prepare(*TOPICS)
        desk = CommandDesk(
            view=view, registry=registry, producer=producer, keys=open_key_ring(settings.keys), settings=settings
        )
        result = await desk.request(devices, _COMMAND, {}, operator=_OPERATOR)
        refused = [ordered.refusal for ordered in result.commands if ordered.refusal]
        if refused:
            raise ValueError(f"{len(refused)} commands were refused: {refused[0]}")
    finally:
        await asyncio.gather(registry.stop(), view.stop(), producer.stop())
