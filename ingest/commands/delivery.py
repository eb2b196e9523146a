"""Commands to devices: what a poll hands out, and what follows from the device's return. DESIGN 4, decision 0014.

Any edge may serve any device. A poll that finds commands writes claims, waits until its own view has folded them, and
hands out only those whose claim was the first in the log: two edges that are asked at once give a command once. A claim
is a lease: unanswered, the command goes again after RESEND_AFTER_MS, as often as it may.

What is handed out but lost on the way (a device gone before the answer is written, an edge that dies after its claim)
is such an unanswered command; one that may go once only (`max_sends` 1) then ends as expired: at most once is meant.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from ingest.commands.choice import Choice, Offer
from ingest.commands.effects import CommandEffects, new_key_of
from ingest.commands.metrics import CLAIM_SECONDS, OFFERED, UNOFFERED, Unoffered
from ingest.commands.results import Results
from ingest.commands.texts import line_of
from ingest.emit import Emitter
from ingest.exchange import Exchange
from ingest.throttle import Throttle
from runtime.command_log import CommandLog, next_step
from runtime.command_view import CommandView, OpenCommand
from runtime.errors import BufferFull, DeliveryFailed, KeyMissing, TopicMismatch, ViewUnreadable
from runtime.keyring import KeyRing
from schemas.commands import CommandEvent, CommandStep
from wire.zkpush.commands import CATALOGUE, MAX_BYTES, MAX_BYTES_GPRS, frame
from wire.zkpush.commands.levers import is_lever
from wire.zkpush.handshake import PLAIN_OK, UNKNOWN_DEVICE
from wire.zkpush.target import key_of

logger = logging.getLogger(__name__)

CLAIM_DEADLINE_SECONDS: Final = 2.0
# A device may poll once more before a new address or a new server takes effect; only later it has come back.
CONFIRM_AFTER_MS: Final = 60_000


class CommandDelivery:
    """`boot` tells apart the requests of two runs of one edge. `log` must have its topic prepared."""

    def __init__(
        self,
        *,
        view: CommandView,
        log: CommandLog,
        emitter: Emitter,
        keys: KeyRing,
        effects: CommandEffects,
        edge_id: str,
        boot: str,
        claim_deadline_seconds: float = CLAIM_DEADLINE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._view = view
        self._log = log
        self._keys = keys
        self._effects = effects
        self._by = f"edge:{edge_id}"
        self._choice = Choice(view, keys)
        self._results = Results(
            view=view, log=log, emitter=emitter, keys=keys, effects=effects, by=self._by,
            deadline_seconds=claim_deadline_seconds,
        )  # fmt: skip
        self._request_prefix = f"{edge_id}-{boot}-c"
        self._requests = 0
        self._claim_deadline_seconds = claim_deadline_seconds
        self._monotonic = monotonic
        self._quiet = Throttle()
        self._rotating: dict[str, asyncio.Task[None]] = {}

    async def poll(self, exchange: Exchange) -> bytes:
        """The answer to getrequest. Never fails: what cannot be claimed now goes with a later poll."""
        if not self._view.has_open(exchange.device.serial):
            return PLAIN_OK
        self.came_back(exchange)
        most = MAX_BYTES_GPRS if exchange.device.period.link == "gprs" else MAX_BYTES
        offers = self._choice.choose(exchange.device.serial, exchange.now_ms, most)
        if not offers:
            return PLAIN_OK
        won = await self._claim(offers, exchange.now_ms)
        for offer in won:
            self._append(self._step(offer.command, CommandStep.SENT, exchange.now_ms, offer.request_id))
        OFFERED.inc(len(won))
        if won and is_lever(won[0].command.state.requested.name):
            return UNKNOWN_DEVICE
        return b"".join(frame(offer.command_id, offer.text) for offer in won) or PLAIN_OK

    async def result(self, exchange: Exchange) -> bytes:
        """The answer to devicecmd: see ingest/commands/results.py. Raises Retriable."""
        return await self._results.take(exchange)

    def came_back(self, exchange: Exchange) -> None:
        """The device is there, some time after a command that might have cut it off: what waits for that may go on.

        A new communication key is confirmed by a request that carries it, and by nothing else.
        """
        serial, at = exchange.device.serial, exchange.now_ms
        if not self._view.has_open(serial):
            return
        for command in self._view.awaited_of(serial):
            entry = CATALOGUE.get(command.state.requested.name)
            may_set_key = entry is None or entry.cuts_off or entry.name == "option.set"
            new_key = new_key_of(line_of(self._keys, command)) if may_set_key else ""
            if new_key:
                if key_of(exchange.target.params) == new_key and serial not in self._rotating:
                    task = asyncio.create_task(self._confirm_key(command, new_key, at))
                    self._rotating[serial] = task
                    task.add_done_callback(partial(self._rotated, serial))
            elif at >= (command.state.ended_at or 0) + CONFIRM_AFTER_MS:
                self._append(self._step(command, CommandStep.CONFIRMED, at))

    async def close(self) -> None:
        """Let the changes of the registry that are under way finish; each has its own deadline."""
        await asyncio.gather(*self._rotating.values())

    async def _claim(self, offers: list[Offer], at: int) -> list[Offer]:
        """Those that this request may hand out; none when Kafka or the view is too slow: the claims then lapse."""
        self._requests += 1
        request_id = f"{self._request_prefix}{self._requests:x}"
        offers = [replace(offer, request_id=request_id) for offer in offers]
        started = self._monotonic()
        try:
            async with asyncio.timeout(self._claim_deadline_seconds):
                claims = [self._step(offer.command, CommandStep.CLAIMED, at, request_id) for offer in offers]
                position = await self._log.write(claims)
                await self._view.reached(position)
        except (TimeoutError, BufferFull, DeliveryFailed, ViewUnreadable) as error:
            UNOFFERED[Unoffered.CLAIM_LATE].inc(len(offers))
            self._warn("commands are not handed out, their claims came to nothing", error)
            return []
        CLAIM_SECONDS.observe(self._monotonic() - started)
        won = [offer for offer in offers if self._is_mine(offer)]
        UNOFFERED[Unoffered.CLAIM_LOST].inc(len(offers) - len(won))
        return won

    def _is_mine(self, offer: Offer) -> bool:
        state = self._view.find(offer.command.state.requested.device, offer.command_id)
        return state is not None and state.is_claim_of(self._by, offer.request_id)

    async def _confirm_key(self, command: OpenCommand, new_key: str, at: int) -> None:
        try:
            await self._effects.new_key_seen(command.state.requested.device, new_key, at)
        except (DeliveryFailed, TopicMismatch, KeyMissing) as error:
            self._warn("an old communication key stays good until the next request", error)
        else:
            self._append(self._step(command, CommandStep.CONFIRMED, at))

    def _rotated(self, serial: str, task: asyncio.Task[None]) -> None:
        del self._rotating[serial]
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("the communication key of a device could not be changed over", exc_info=error)

    def _step(self, command: OpenCommand, step: CommandStep, at: int, request_id: str = "") -> CommandEvent:
        return next_step(command.state.requested, step, at=at, by=self._by, request_id=request_id)

    def _append(self, event: CommandEvent) -> None:
        """Without waiting. What is lost so costs little: `sent` is for people, `confirmed` comes with the next poll."""
        try:
            self._log.append(event)
        except (BufferFull, DeliveryFailed) as error:
            self._warn("a step of a command is left out", error)

    def _warn(self, what: str, error: Exception) -> None:
        if (kept_back := self._quiet.allow(what)) is not None:
            logger.warning("%s: %r; %d more like it since the last line", what, error, kept_back)
