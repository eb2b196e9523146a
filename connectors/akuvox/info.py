"""Readers of what a station is and how it stands: identity, clock and restarts; inputs, relays and the call.

Source: spec/connectors.md B-3 5, 6, (e) ranks 2 and 4.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from connectors.akuvox.shared import Shared
from connectors.errors import NotSupported
from connectors.source import Json, Outcome
from schemas.polled import PolledTable


class InfoJob:
    """system/info and system/status, told at each run: the skew belongs to the moment."""

    name = "info"

    def __init__(self, shared: Shared) -> None:
        self.every_seconds = shared.station.slow_seconds
        self._shared = shared

    async def run(self) -> Outcome:
        shared = self._shared
        info = await shared.look_again()
        status = await shared.sample_clock()
        body: Json = {"@at": int(shared.tools.clock() * 1000)}
        if info is not None:
            body["info"] = info.data
        if status is not None:
            body["status"] = status.data
        if info is None and status is None:
            return Outcome()
        await shared.tools.emit.one(PolledTable.AKUVOX_INFO, body, notes=shared.notes())
        return Outcome(1)


class SamplesJob:
    """Input, relay and call, told when something changed, and once by each process."""

    name = "samples"

    def __init__(self, shared: Shared) -> None:
        self.every_seconds = shared.station.slow_seconds
        self._shared = shared
        self._told: Json | None = None

    async def run(self) -> Outcome:
        client = self._shared.client
        sample = {
            "input": await _had(client.input_status()),
            "relay": await _had(client.relay_status()),
            "call": await _had(client.call_status()),
        }
        sample = {name: value for name, value in sample.items() if value is not None}
        if not sample or sample == self._told:
            return Outcome()
        await self._shared.tools.emit.one(PolledTable.AKUVOX_SAMPLE, sample, notes=self._shared.notes())
        self._told = sample
        return Outcome(1)


async def _had(call: Awaitable[Any]) -> Any:
    """None where the model lacks it."""
    try:
        return await call
    except NotSupported:
        return None
