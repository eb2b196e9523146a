"""Commands to polled sources in the log of commands: found, claimed, opened, answered. As the edge does for devices.

A claim counts when this worker's own view has folded it as the first: two workers that are both sure of a source (one
was frozen) give it a command once. Source: DESIGN 4, docs/decisions/0014.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import orjson

from connectors.control import is_steering
from connectors.source import Done, Json, Order
from runtime.batch import Batch
from runtime.command_log import next_step
from runtime.command_texts import open_text
from runtime.command_view import OpenCommand
from runtime.errors import BufferFull, DeliveryFailed, KeyMissing
from runtime.keyring import KeyRing
from runtime.producer import RecordPosition
from runtime.sealing import SealBroken
from schemas.command_state import RESEND_AFTER_MS, CommandState
from schemas.commands import CommandEvent, CommandOutcome, CommandStep

log = logging.getLogger(__name__)

CLAIM_SECONDS: Final = 5.0
_ANSWER_TRIES: Final = 3
_KEY_AGAIN_SECONDS: Final = 30.0
_MAX_KEY: Final = 200
_MAX_WITHOUT_KEY: Final = 1000
_MAX_CHARACTERS: Final = 1000


class View(Protocol):
    """What is used of runtime.command_view.CommandView."""

    def has_open(self, serial: str) -> bool: ...
    def open_of(self, serial: str) -> Sequence[OpenCommand]: ...
    def find(self, serial: str, command_id: str) -> CommandState | None: ...
    def may_go(self, state: CommandState, at: int) -> bool: ...
    async def reached(self, position: RecordPosition) -> None: ...


class Log(Protocol):
    """What is used of runtime.command_log.CommandLog."""

    def append(self, event: CommandEvent) -> Batch: ...
    async def write(self, events: Sequence[CommandEvent]) -> RecordPosition: ...


class TextWrong(ValueError):
    """A command's text is not what the log promises."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A command that is this worker's until `until` (monotonic seconds). order None: `fault`."""

    requested: CommandEvent
    request_id: str
    until: float
    order: Order | None
    fault: str = ""


class Claims:
    """`worker` is who claims; `boot` tells its runs apart."""

    def __init__(
        self,
        view: View,
        commands: Log,
        keys: KeyRing,
        *,
        worker: str,
        boot: str,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._view = view
        self._log = commands
        self._keys = keys
        self.by = f"connector:{worker}"
        self._request_prefix = f"{worker}-{boot}-"
        self._requests = 0
        self._clock = clock
        self._monotonic = monotonic
        self._without_key: dict[tuple[str, str], float] = {}

    def waiting(self, source: str) -> bool:
        """Whether a command could be claimed now."""
        return self._view.has_open(source) and any(True for _ in self._free(source, steering_alone=False))

    async def claim(self, source: str, *, steering_alone: bool) -> Claim | None:
        """The first command in order of request that may go, once the claim counts; None: there is none, or another's
        claim was first. steering_alone: only those that need nothing of the source.

        Raises BufferFull, DeliveryFailed: later. ViewUnreadable: the view has failed.
        """
        for command in self._free(source, steering_alone=steering_alone):
            requested = command.state.requested
            order, fault = None, ""
            try:
                order = self._read(command)
            except TextWrong as error:
                fault = str(error)
            except KeyMissing as error:
                log.error("command %s of %s waits: %s", requested.command_id, source, error)
                if len(self._without_key) >= _MAX_WITHOUT_KEY:
                    self._without_key.clear()
                self._without_key[source, requested.command_id] = self._monotonic() + _KEY_AGAIN_SECONDS
                continue
            return await self._claim(requested, order, fault)
        return None

    async def _claim(self, requested: CommandEvent, order: Order | None, fault: str) -> Claim | None:
        self._requests += 1
        request_id = f"{self._request_prefix}{self._requests:x}"
        until = self._monotonic() + RESEND_AFTER_MS / 1000
        if not await self._claimed(requested, request_id):
            return None
        state = self._view.find(requested.device, requested.command_id)
        if state is None or not state.is_claim_of(self.by, request_id):
            return None
        order = replace(order, attempt=state.sends) if order else None
        return Claim(requested, request_id, until, order, fault)

    def is_good(self, claim: Claim, seconds: float) -> bool:
        """Whether the claim lasts so long still: a process that was frozen must not act on an old one."""
        return self._monotonic() + seconds <= claim.until

    def sent(self, claim: Claim) -> None:
        """For people; what is lost of it costs nothing."""
        try:
            self._log.append(self._step(claim, CommandStep.SENT))
        except (BufferFull, DeliveryFailed) as error:
            log.warning("that command %s is under way is not told: %s", claim.requested.command_id, error)

    async def answer(self, claim: Claim, done: Done) -> None:
        """Raises DeliveryFailed, BufferFull when Kafka does not take it: it then goes again after its lease."""
        answered = replace(
            self._step(claim, CommandStep.ANSWERED),
            outcome=CommandOutcome.DONE if done.done else CommandOutcome.FAILED,
            meaning=done.meaning[:_MAX_CHARACTERS],
            answer=orjson.dumps(done.details).decode()[:_MAX_CHARACTERS] if done.details else "",
        )
        for left in reversed(range(_ANSWER_TRIES)):
            try:
                await self._log.write([answered])
            except (BufferFull, DeliveryFailed):
                if not left:
                    raise
                await asyncio.sleep(0.5)
            else:
                return

    def _free(self, source: str, *, steering_alone: bool) -> Iterator[OpenCommand]:
        """Those that may go now, in order of request."""
        at, now = int(self._clock() * 1000), self._monotonic()
        for command in self._view.open_of(source):
            requested = command.state.requested
            if steering_alone and not is_steering(requested.name):
                continue
            if now < self._without_key.get((source, requested.command_id), now):
                continue
            if self._view.may_go(command.state, at):
                yield command

    async def _claimed(self, requested: CommandEvent, request_id: str) -> bool:
        event = next_step(
            requested, CommandStep.CLAIMED, at=int(self._clock() * 1000), by=self.by, request_id=request_id
        )
        try:
            async with asyncio.timeout(CLAIM_SECONDS):
                await self._view.reached(await self._log.write([event]))
        except TimeoutError:
            log.warning("the claim of command %s came to nothing: Kafka is slow", requested.command_id)
            return False
        return True

    def _read(self, command: OpenCommand) -> Order:
        """Raises KeyMissing, TextWrong."""
        requested = command.state.requested
        try:
            text: Any = orjson.loads(open_text(self._keys, command))
        except SealBroken as error:
            raise TextWrong(str(error)) from None
        except orjson.JSONDecodeError:
            raise TextWrong("the command's text is not JSON") from None
        if not isinstance(text, dict) or text.get("name") != requested.name:
            raise TextWrong(f"the command's text is not of {requested.name}")
        arguments, key = text.get("arguments", {}), text.get("key", "")
        if not isinstance(arguments, dict) or not isinstance(key, str) or len(key) > _MAX_KEY:
            raise TextWrong("the command's text has no arguments, or a key that is no short text")
        asked: Json = arguments
        return Order(requested.command_id, requested.name, asked, key, attempt=0, by=requested.by)

    def _step(self, claim: Claim, step: CommandStep) -> CommandEvent:
        at = int(self._clock() * 1000)
        return next_step(claim.requested, step, at=at, by=self.by, request_id=claim.request_id)
