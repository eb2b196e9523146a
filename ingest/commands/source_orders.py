"""Where commands to polled servers and stations are asked for; ingest/commands/desk.py is the same for devices.

An order has an idempotency key: one that the source's commands know already gives the command that has it, and nothing
is written. Two desks that take the same key in the same moment write two commands, of which the connector does the
first and answers the second with its outcome. Sources: DESIGN 4; spec/connectors.md (e).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from random import Random, SystemRandom
from typing import Any, Final

import orjson

from ingest.audit import audit_event, write_audit
from ingest.commands.drafts import MAX_OPEN_PER_DEVICE, MAX_TEXT_BYTES
from ingest.commands.errors import CommandNotStored, CommandRefused
from ingest.commands.orders import Arguments, BatchResult, Operator, Ordered
from ingest.commands.source_requests import SourceRequestWriter, SourceTerms
from ingest.commands.sources import SourcePlace
from runtime.command_log import CommandLog
from runtime.command_view import CommandView
from runtime.connector_sections import ConnectorSettings
from runtime.errors import BufferFull, DeliveryFailed, KeyMissing, ViewUnreadable
from runtime.keyring import KeyRing
from runtime.producer import Producer
from schemas.command_state import LONGEST_LIFE_MS
from wire.source_catalogue import SOURCE_COMMANDS
from wire.source_commands import SourceCommand, SourceCommandInvalid, checked, summary_of

MAX_KEY: Final = 200
_ROLES: Final = ("read", "operate", "admin")
_DEADLINE_SECONDS: Final = 30.0


class SourceDesk:
    """`view` and `producer` must be started, the latter with desk.TOPICS prepared."""

    def __init__(
        self,
        *,
        view: CommandView,
        producer: Producer,
        keys: KeyRing,
        settings: ConnectorSettings,
        clock: Callable[[], float] = time.time,
        random: Random | None = None,
    ) -> None:
        self._view = view
        self._producer = producer
        self._keys = keys
        self._settings = settings
        self._clock = clock
        self._requests = SourceRequestWriter(view, CommandLog(producer), keys, random or SystemRandom())

    async def request(
        self,
        places: Sequence[SourcePlace],
        name: str,
        given: Arguments,
        *,
        operator: Operator,
        reason: str = "",
        yes: bool = False,
        expires_after_seconds: float,
        key: str = "",
    ) -> BatchResult:
        """The same command for each of the sources. Texts of arguments that are objects are JSON.

        Raises CommandRefused when nothing of it may be asked for, CommandNotStored when it did not reach Kafka (part of
        it may have: ask again under the same key).
        """
        command = self._permitted(name, operator, yes, reason)
        arguments = _arguments(command, given)
        if not 0 < expires_after_seconds * 1000 <= LONGEST_LIFE_MS or len(key) > MAX_KEY:
            raise CommandRefused(
                f"a command may wait for up to {LONGEST_LIFE_MS // 86_400_000} days, and more than 0 s; its key has up "
                f"to {MAX_KEY} characters"
            )
        key = key or secrets.token_hex(16)
        text = orjson.dumps({"name": name, "arguments": arguments, "key": key})
        if len(text) > MAX_TEXT_BYTES:
            raise CommandRefused(f"{name}: the command has {len(text)} bytes, at most {MAX_TEXT_BYTES} are sent")
        at = int(self._clock() * 1000)
        terms = SourceTerms(
            secrets.token_hex(16), command, summary_of(command, arguments), text, key, operator.who, reason, at,
            at + round(min(expires_after_seconds, command.life_seconds or expires_after_seconds) * 1000),
        )  # fmt: skip
        drafts = {place: self._drafted(place, terms) for place in dict.fromkeys(places)}
        going = [place for place, ordered in drafts.items() if ordered is None]
        if going:
            await self._store(going, terms, operator, drafts)
        ordered = tuple(one for one in drafts.values() if one is not None)
        return BatchResult(terms.batch if going else "", ordered)

    def _permitted(self, name: str, operator: Operator, yes: bool, reason: str) -> SourceCommand:
        command = SOURCE_COMMANDS.get(name)
        if command is None:
            raise CommandRefused(f"{name[:40]!r} is no command for servers and stations; the catalogue lists them")
        dangerous = command.effect == "dangerous"
        needed = "admin" if dangerous else command.role
        if _ROLES.index(operator.role) < _ROLES.index(needed):
            raise CommandRefused(f"{name} needs the role {needed}, {operator.who} has {operator.role}")
        if dangerous and name not in self._settings.allow:
            raise CommandRefused(f"{name} is off: the setting connectors.allow has to name it")
        if dangerous and not yes:
            raise CommandRefused(f"{name} can destroy something, or open a door: say yes to it (--yes)")
        if dangerous and not reason.strip():
            raise CommandRefused(f"{name} can destroy something, or open a door: give a reason")
        return command

    def _drafted(self, place: SourcePlace, terms: SourceTerms) -> Ordered | None:
        """The command that has the key already, or why there can be none; None: it may go."""
        name = terms.command.name
        if terms.command.vendor not in ("connector", place.vendor):
            return Ordered(place.key, name, refusal=f"{name} is no command of {place.key}")
        if (earlier := self._requests.earlier(place, terms)) is not None:
            return earlier
        waiting = len(self._view.open_of(place.key))
        if waiting >= MAX_OPEN_PER_DEVICE:
            why = f"{place.key} has {waiting} open commands, no more are taken: wait, or cancel some"
            return Ordered(place.key, name, refusal=why)
        try:
            self._keys.sealer(place.tenant)
        except KeyMissing as error:
            return Ordered(place.key, name, refusal=str(error))
        return None

    async def _store(
        self,
        going: Sequence[SourcePlace],
        terms: SourceTerms,
        operator: Operator,
        drafts: dict[SourcePlace, Ordered | None],
    ) -> None:
        audit = [
            audit_event(
                operator, "command.request", places[0].key if len(places) == 1 else f"batch {terms.batch}",
                at=terms.at, tenant=tenant, reason=terms.reason, details=_details(places, terms),
            )
            for tenant in dict.fromkeys(place.tenant for place in going)
            if (places := [place for place in going if place.tenant == tenant])
        ]  # fmt: skip
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS + len(going) / 100):
                await write_audit(self._producer, audit)
                for place in going:
                    drafts[place] = await self._requests.write(place, terms)
        except (TimeoutError, BufferFull, DeliveryFailed, ViewUnreadable) as error:
            raise CommandNotStored(
                f"batch {terms.batch} may be stored in part, ask again under the same key {terms.key}: {error!r}"
            ) from error


def _arguments(command: SourceCommand, given: Arguments) -> dict[str, Any]:
    """In their types. Raises CommandRefused, which shows no value."""
    texts: dict[str, Any] = dict(given)
    for argument in command.arguments:
        if argument.kind == "object" and isinstance(texts.get(argument.name), str):
            try:
                texts[argument.name] = orjson.loads(texts[argument.name])
            except orjson.JSONDecodeError:
                raise CommandRefused(f"{command.name}: the argument {argument.name} must be a JSON object") from None
    try:
        return checked(command, texts)
    except SourceCommandInvalid as error:
        raise CommandRefused(str(error)) from None


def _details(places: Sequence[SourcePlace], terms: SourceTerms) -> Mapping[str, str]:
    return {
        "batch": terms.batch,
        "commands": str(len(places)),
        "names": terms.command.name,
        "summaries": terms.summary,
        "devices": ", ".join(place.key for place in places),
        "effect": terms.command.effect,
    }
