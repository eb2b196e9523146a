"""Writing what was asked for: an id, the sealed line, the record `requested`, and whether it became what was meant.

An id is 1 to 9 digits without leading zeros, unused on its device as far as anybody remembers (errata Z1). Two desks
may take the same one at the same moment; the first in the log has it, the other takes a new one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from ingest.commands.drafts import Draft
from ingest.commands.errors import CommandNotStored
from ingest.commands.rollout import Place
from runtime.batch import Batch
from runtime.command_log import CommandLog
from runtime.command_texts import seal_text
from runtime.command_view import CommandView
from runtime.keyring import KeyRing
from runtime.producer import RecordPosition
from schemas.commands import CommandEvent, CommandStep

_ID_LIMIT: Final = 1_000_000_000
_ID_TRIES: Final = 10
# What is under way at once: the producer's bound does not count headers, where the lines are.
_CHUNK: Final = 500
_CHUNK_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Terms:
    """What all commands of a batch have in common; places by serial, in_waves when there is more than one wave, times
    in epoch ms."""

    batch: str
    places: Mapping[str, Place]
    in_waves: bool
    by: str
    reason: str
    at: int
    expires_at: int


class RequestWriter:
    def __init__(self, view: CommandView, log: CommandLog, keys: KeyRing, random: Random) -> None:
        self._view = view
        self._log = log
        self._keys = keys
        self._random = random

    async def write(self, drafts: Sequence[Draft], terms: Terms) -> list[str]:
        """Their ids, in order, once the view has folded them all. The caller sets the deadline.

        Raises BufferFull, DeliveryFailed, ViewUnreadable, KeyMissing, CommandNotStored.
        """
        taken: set[tuple[str, str]] = set()
        wanted = [self._requested(draft, terms, taken) for draft in drafts]
        open_indexes = list(range(len(drafts)))
        for _ in range(_ID_TRIES):
            await self._write([(drafts[index], wanted[index]) for index in open_indexes])
            open_indexes = [index for index in open_indexes if not self._has(wanted[index])]
            if not open_indexes:
                return [event.command_id for event in wanted]
            for index in open_indexes:
                wanted[index] = self._requested(drafts[index], terms, taken)
        raise CommandNotStored(f"batch {terms.batch}: no free command id was found for {len(open_indexes)} commands")

    async def _write(self, pairs: Sequence[tuple[Draft, CommandEvent]]) -> None:
        appended: list[tuple[Batch, int, str]] = []
        size = 0
        for draft, event in pairs:
            assert draft.built is not None
            headers = seal_text(self._keys, event.tenant, event.device, event.command_id, draft.built.text)
            batch = self._log.append(event, headers)
            appended.append((batch, batch.count - 1, event.device))
            size += len(draft.built.text)
            if len(appended) == _CHUNK or size > _CHUNK_BYTES:
                await self._folded(appended)
                appended, size = [], 0
        await self._folded(appended)

    async def _folded(self, appended: Sequence[tuple[Batch, int, str]]) -> None:
        last: dict[int, int] = {}
        for batch, index, serial in appended:
            last[self._log.partition(serial)] = await batch.acked() + index
        for partition, offset in last.items():
            await self._view.reached(RecordPosition(partition, offset))

    def _has(self, event: CommandEvent) -> bool:
        state = self._view.find(event.device, event.command_id)
        return state is not None and state.requested == event

    def _requested(self, draft: Draft, terms: Terms, taken: set[tuple[str, str]]) -> CommandEvent:
        assert draft.built is not None
        assert draft.period is not None
        entry, place = draft.built.entry, terms.places[draft.order.serial]
        return CommandEvent(
            step=CommandStep.REQUESTED,
            tenant=draft.period.tenant,
            device=draft.order.serial,
            site=draft.period.site,
            command_id=self._free_id(draft.order.serial, taken),
            at=terms.at,
            by=terms.by,
            name=entry.name,
            summary=draft.built.summary,
            reason=terms.reason,
            expires_at=terms.expires_at,
            max_sends=entry.max_sends,
            last=entry.last,
            batch=terms.batch,
            wave=place.wave,
            waits_for=place.waits_for,
            confirm=terms.in_waves or draft.built.cuts_off,
        )

    def _free_id(self, serial: str, taken: set[tuple[str, str]]) -> str:
        while True:  # of a billion, a device has thousands
            command_id = str(self._random.randrange(1, _ID_LIMIT))
            if (serial, command_id) not in taken and self._view.find(serial, command_id) is None:
                taken.add((serial, command_id))
                return command_id
