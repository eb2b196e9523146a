"""One claimed command of a source: done once, whatever happens to this worker. Source: spec/connectors.md (e), rank 5.

State `commands`: {"done": {idempotency key: {"id", "meaning", "details"}}, "under_way": {"id", "attempt"} | null}; one
without a key has `#<command id>`. It is written right before each execution: a worker that was replaced is fenced
there, before it acts. What was done is written before the answer, so that a command whose answer was lost, or that is
asked for again under the same key, is answered and not done again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

import orjson

from connectors import control
from connectors.claims import Claim, Claims
from connectors.errors import Fatal, NotSupported, OutcomeUnknown, Poison, SourceTrouble
from connectors.metrics import COMMANDS, CommandEnd, vendor_of
from connectors.source import Done, Json, Order, Source, State
from runtime.errors import Fatal as RuntimeFatal
from runtime.errors import Retriable as RuntimeRetriable
from wire.source_commands import SourceCommandInvalid

log = logging.getLogger(__name__)

NAME: Final = "commands"
EXECUTE_SECONDS: Final = 90.0
_MARGIN_SECONDS: Final = 10.0
# 100 of them stay well below what a value of the state may have.
_MOST_KEYS: Final = 100
_MAX_DETAILS_BYTES: Final = 1000


class CommandRunner:
    """Of one source."""

    def __init__(self, key: str, state: State, claims: Claims) -> None:
        self._key = key
        self._state = state
        self._claims = claims

    def waiting(self) -> bool:
        return self._claims.waiting(self._key)

    async def run_one(self, source: Source | None, *, held: bool) -> bool:
        """Whether one was claimed. held: nothing may be asked of the source now, so orders to the worker alone.

        Raises SourceTrouble, after which the command goes again when its lease is over; runtime errors of Kafka and
        of the state.
        """
        claim = await self._claims.claim(self._key, steering_alone=held or source is None)
        if claim is None:
            return False
        end = CommandEnd.UNKNOWN
        try:
            done = await self._do(source, claim)
            if done is not None:
                await self._claims.answer(claim, done)
                end = CommandEnd.DONE if done.done else CommandEnd.FAILED
        finally:
            COMMANDS.labels(vendor_of(self._key), end).inc()
        return True

    async def _do(self, source: Source | None, claim: Claim) -> Done | None:
        """None: whether it was done is unknown."""
        order = claim.order
        if order is None:
            return Done(False, claim.fault)
        before = self._state.get(NAME) or {}
        if (earlier := (before.get("done") or {}).get(_key_of(order))) is not None:
            again = "" if earlier["id"] == order.command_id else f"already done as command {earlier['id']}: "
            return Done(True, again + earlier["meaning"], earlier["details"])
        if control.is_steering(order.name):
            return await self._steer(order, before)
        assert source is not None
        # Fenced, and durable before anything is sent.
        await self._state.put({NAME: {**before, "under_way": {"id": order.command_id, "attempt": order.attempt}}})
        if not self._claims.is_good(claim, EXECUTE_SECONDS + _MARGIN_SECONDS):
            log.warning("command %s of %s is left: its claim is too old", order.command_id, self._key)
            return None
        self._claims.sent(claim)
        done = await self._execute(source, order)
        await self._state.put({NAME: _after(before, order, done)})
        return done

    async def _steer(self, order: Order, before: Json) -> Done:
        try:
            after, meaning = control.steer(self._state.get(control.NAME), order.name, order.arguments)
        except SourceCommandInvalid as error:
            return Done(False, str(error))
        done = Done(True, meaning)
        await self._state.put({control.NAME: after, NAME: _after(before, order, done)})
        return done

    async def _execute(self, source: Source, order: Order) -> Done | None:
        try:
            async with asyncio.timeout(EXECUTE_SECONDS):
                return await source.execute(order)
        except OutcomeUnknown as error:
            log.warning("command %s (%s) of %s: %s", order.command_id, order.name, self._key, error)
        except (Poison, NotSupported) as error:
            return Done(False, str(error))
        except TimeoutError:
            log.warning("command %s (%s) of %s took too long", order.command_id, order.name, self._key)
        except (SourceTrouble, Fatal, RuntimeFatal, RuntimeRetriable):
            raise
        except Exception:
            log.exception("command %s (%s) of %s: its outcome is unknown", order.command_id, order.name, self._key)
        return None


def _after(before: Mapping[str, Any], order: Order, done: Done | None) -> Json:
    """Only what was done is remembered: what failed may be asked for again."""
    known = dict(before.get("done") or {})
    if done is not None and done.done:
        details = done.details if len(orjson.dumps(done.details)) <= _MAX_DETAILS_BYTES else {}
        known[_key_of(order)] = {"id": order.command_id, "meaning": done.meaning[:200], "details": details}
        for key in list(known)[: max(0, len(known) - _MOST_KEYS)]:
            del known[key]
    return {"done": known, "under_way": None}


def _key_of(order: Order) -> str:
    return order.key or f"#{order.command_id}"
