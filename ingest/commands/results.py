"""Answers of devices to commands: kept whole, then read. Source: DESIGN 4; errata Z2, Z8; spec/zk-push.md D7 to D15.

Order: the body sealed in raw.results, what follows from it in the registry, the record `answered`, then the device's
OK. Whatever fails makes the device send it again, and doing it again changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from ingest.commands.answered import answered
from ingest.commands.effects import CommandEffects
from ingest.commands.metrics import SURPLUS_ANSWERS, UNKNOWN_ANSWERS
from ingest.commands.texts import line_of
from ingest.emit import RESULTS, Emitter
from ingest.errors import Reason, Retriable
from ingest.exchange import Exchange
from ingest.throttle import Throttle
from runtime.command_log import CommandLog
from runtime.command_view import CommandView
from runtime.errors import BufferFull, DeliveryFailed, TopicMismatch, ViewUnreadable
from runtime.keyring import KeyRing
from schemas.commands import CommandEvent, CommandOutcome
from wire.zkpush.commands import CATALOGUE
from wire.zkpush.handshake import PLAIN_OK
from wire.zkpush.results import CommandResult, parse_results

logger = logging.getLogger(__name__)

# Devices bring what one answer gave them, 200 at most, and repeat what was not acknowledged.
MAX_RESULTS: Final = 1000
_MAX_ID_DIGITS: Final = 9
_NOT_STORED: Final = "not stored, send again later\n"


class Results:
    """`deadline_seconds`: how long an answer waits for a view that is behind."""

    def __init__(
        self,
        *,
        view: CommandView,
        log: CommandLog,
        emitter: Emitter,
        keys: KeyRing,
        effects: CommandEffects,
        by: str,
        deadline_seconds: float,
    ) -> None:
        self._view = view
        self._log = log
        self._emitter = emitter
        self._keys = keys
        self._effects = effects
        self._by = by
        self._deadline_seconds = deadline_seconds
        self._quiet = Throttle()

    async def take(self, exchange: Exchange) -> bytes:
        """Raises Retriable when something was not stored."""
        body = await exchange.body()
        if not body:
            return PLAIN_OK
        raw = await self._emitter.store(RESULTS, "DEVICECMD", body, exchange.device, exchange.where())
        results = parse_results(body).results
        SURPLUS_ANSWERS.inc(max(0, len(results) - MAX_RESULTS))
        serial, at = exchange.device.serial, exchange.now_ms
        await self._know(serial, results[:MAX_RESULTS])
        events: list[CommandEvent] = []
        for result in results[:MAX_RESULTS]:
            state = self._view.find(serial, result.id)
            if state is None:
                UNKNOWN_ANSWERS.inc()  # kept and acknowledged (errata Z8)
                continue
            event = answered(state.requested, result, at=at, by=self._by, raw=raw)
            if event.outcome is CommandOutcome.DONE:
                await self._take_effect(serial, result.id, at)
            events.append(event)
        if events:
            await self._store(events)
        return PLAIN_OK

    async def _know(self, serial: str, results: list[CommandResult]) -> None:
        """An id of ours that is not known may have been handed out by an edge that is ahead: then all that the log
        holds by now is waited for, once a body."""
        if all(self._view.find(serial, result.id) or not _may_be_ours(result.id) for result in results):
            return
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await self._view.reached_end(self._log.partition(serial))
        except (TimeoutError, ViewUnreadable) as error:
            self._warn("an answer is refused, the log of commands cannot be read", error)
            raise Retriable(Reason.NOT_ACKNOWLEDGED, _NOT_STORED) from None

    async def _take_effect(self, serial: str, command_id: str, at: int) -> None:
        """The first answer alone counts: a late one must not bring back what a later command has changed."""
        command = self._view.open_command(serial, command_id)
        if command is None or not command.state.is_open:
            return
        entry = CATALOGUE.get(command.state.requested.name)
        if entry is None or not (entry.remaps_states or entry.name == "raw"):
            return
        try:
            await self._effects.done(serial, line_of(self._keys, command), at)
        except (DeliveryFailed, TopicMismatch) as error:
            self._warn("an answer is refused, what its command changed cannot be recorded", error)
            raise Retriable(Reason.NOT_ACKNOWLEDGED, _NOT_STORED) from None

    async def _store(self, events: list[CommandEvent]) -> None:
        try:
            await self._log.write(events)
        except BufferFull:
            raise Retriable(Reason.BUDGET_FULL, "busy, send again later\n") from None
        except DeliveryFailed:
            raise Retriable(Reason.NOT_ACKNOWLEDGED, _NOT_STORED) from None

    def _warn(self, what: str, error: Exception) -> None:
        if (kept_back := self._quiet.allow(what)) is not None:
            logger.warning("%s: %r; %d more like it since the last line", what, error, kept_back)


def _may_be_ours(command_id: str) -> bool:
    return command_id.isascii() and command_id.isdigit() and len(command_id) <= _MAX_ID_DIGITS
