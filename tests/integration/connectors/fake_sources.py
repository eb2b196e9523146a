"""Sources without a server: a job that counts, one that waits for hints, commands that are written down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from connectors.source import Done, Job, Order, Outcome, Source, Tools
from connectors.vendors import KnownSource
from schemas.polled import PolledTable


def keys_of(count: int) -> list[str]:
    return [f"akuvox:0C1105{number:06X}" for number in range(count)]


class Counting:
    """Each run emits the next number, then saves it: what is missing or saved twice can be seen."""

    name = "feed"

    def __init__(self, tools: Tools, every_seconds: float) -> None:
        self._tools = tools
        self.every_seconds = every_seconds

    async def run(self) -> Outcome:
        number = (self._tools.state.get("feed") or {"next": 0})["next"]
        await self._tools.emit.rows(PolledTable.AKUVOX_DOORLOG, [{"n": number}], notes={"epoch": "1"})
        await self._tools.state.put({"feed": {"next": number + 1}})
        return Outcome(1)


class Hinted:
    """Runs hardly ever by itself."""

    name = "hinted"
    every_seconds = 3600.0

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def run(self) -> Outcome:
        await self._tools.emit.rows(PolledTable.AKUVOX_USERS, [{"UserID": "7"}], redacted="PrivatePIN")
        return Outcome(1)


class FakeSource:
    """`folder` gets a line for each execution of a command: who, which, which attempt."""

    def __init__(self, folder: Path, every_seconds: float, tools: Tools) -> None:
        self.key = tools.key
        self._folder = folder
        self.jobs: Sequence[Job] = [Counting(tools, every_seconds), Hinted(tools)]

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    def hinted(self, hint: Mapping[str, str]) -> Sequence[str]:
        return ["hinted"] if hint.get("event") == "face_valid" else []

    async def execute(self, order: Order) -> Done:
        with (self._folder / "executed").open("a") as file:
            file.write(json.dumps([self.key, order.command_id, order.arguments, order.attempt]) + "\n")
        await asyncio.sleep(0.05)
        return Done(True, "done as asked", {"name": order.name})


def executed(folder: Path) -> list[list[object]]:
    file = folder / "executed"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def _make(folder: Path, every_seconds: float, tools: Tools) -> Source:
    return FakeSource(folder, every_seconds, tools)


def fake_sources(count: int, folder: Path, every_seconds: float = 0.02) -> list[KnownSource]:
    return [KnownSource(key, "demo", partial(_make, folder, every_seconds)) for key in keys_of(count)]
