"""Writing orders to polled sources: an id, the sealed text, the record `requested`, and what became of it.

As ingest/commands/requests.py does for devices, with an idempotency key in `request_id`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Final

from ingest.commands.errors import CommandNotStored
from ingest.commands.orders import Ordered
from ingest.commands.sources import SourcePlace
from runtime.command_log import CommandLog
from runtime.command_texts import seal_text
from runtime.command_view import CommandView
from runtime.keyring import KeyRing
from runtime.producer import RecordPosition
from schemas.command_state import CommandState
from schemas.commands import CommandEvent, CommandStep
from wire.source_commands import SourceCommand

_ID_LIMIT: Final = 1_000_000_000
_ID_TRIES: Final = 10


@dataclass(frozen=True, slots=True)
class SourceTerms:
    """What the commands of a request have in common; text: as it is sealed; times in epoch ms."""

    batch: str
    command: SourceCommand
    summary: str
    text: bytes
    key: str
    by: str
    reason: str
    at: int
    expires_at: int


class SourceRequestWriter:
    def __init__(self, view: CommandView, log: CommandLog, keys: KeyRing, random: Random) -> None:
        self._view = view
        self._log = log
        self._keys = keys
        self._random = random

    def earlier(self, place: SourcePlace, terms: SourceTerms) -> Ordered | None:
        """The command of the source that has the key already, or that the key is another order's."""
        found = self._with_key(place, terms.key)
        return None if found is None else _earlier(found, terms)

    async def write(self, place: SourcePlace, terms: SourceTerms) -> Ordered:
        """Once the view has folded it. Another desk may have taken the same id, or the same key, a moment before.

        The caller sets the deadline. Raises BufferFull, DeliveryFailed, ViewUnreadable, KeyMissing, CommandNotStored.
        """
        for _ in range(_ID_TRIES):
            event = self._requested(place, terms)
            headers = seal_text(self._keys, place.tenant, place.key, event.command_id, terms.text)
            batch = self._log.append(event, headers)
            index = batch.count - 1
            await self._view.reached(RecordPosition(self._log.partition(place.key), await batch.acked() + index))
            first = self._with_key(place, terms.key)
            if first is not None and first.requested != event:
                return _earlier(first, terms)
            if first is not None:
                return Ordered(place.key, event.name, event.command_id)
        raise CommandNotStored(f"batch {terms.batch}: no free command id was found for {place.key}")

    def _requested(self, place: SourcePlace, terms: SourceTerms) -> CommandEvent:
        return CommandEvent(
            step=CommandStep.REQUESTED,
            tenant=place.tenant,
            device=place.key,
            site=place.site,
            command_id=self._free_id(place.key),
            at=terms.at,
            by=terms.by,
            name=terms.command.name,
            summary=terms.summary,
            reason=terms.reason,
            expires_at=terms.expires_at,
            max_sends=terms.command.max_sends,
            batch=terms.batch,
            request_id=terms.key,
        )

    def _free_id(self, source: str) -> str:
        while True:  # of a billion, a source has thousands
            command_id = str(self._random.randrange(1, _ID_LIMIT))
            if self._view.find(source, command_id) is None:
                return command_id

    def _with_key(self, place: SourcePlace, key: str) -> CommandState | None:
        """The first one in the log."""
        states = self._view.of_device(place.key)
        return next((state for state in states if state.requested.request_id == key), None)


def _earlier(state: CommandState, terms: SourceTerms) -> Ordered:
    """As far as the log shows it, secrets aside, it has to be the same order."""
    requested = state.requested
    ordered = Ordered(requested.device, terms.command.name)
    if (requested.name, requested.summary) == (terms.command.name, terms.summary):
        return replace(ordered, command_id=requested.command_id, earlier=True)
    return replace(ordered, refusal=f"the key is that of command {requested.command_id}, {requested.summary}")
