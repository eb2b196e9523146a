"""How far a partition is, and the stream's clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.errors import CardStateUnreadable
from schemas.timecards_input import TimecardInput

_VERSION = 1


class Progress(NamedTuple):
    """next_offset: inputs before it are in the state; clock: of the stream, epoch ms; registry_version, registry_digest
    (of CardRegistry): that everything is derived by, or that a sweep in the state is about."""

    next_offset: int = 0
    clock: int = 0
    registry_version: int = 0
    registry_digest: str = ""  # of what was written before there was one

    def is_by(self, registry: CardRegistry) -> bool:
        if not self.registry_digest:
            return self.registry_version == registry.version
        return self.registry_digest == registry.digest


def encode_progress(progress: Progress) -> bytes:
    return orjson.dumps([_VERSION, *progress])


def decode_progress(value: bytes | None) -> Progress:
    """None: nothing was done yet. Raises CardStateUnreadable."""
    if value is None:
        return Progress()
    try:
        version, *fields = orjson.loads(value)
        if version != _VERSION:
            raise ValueError(f"version {version}, this code reads {_VERSION}")
        return Progress(*fields)
    except (ValueError, TypeError) as error:
        raise CardStateUnreadable(f"timecards.state: the progress cannot be read: {error}") from error


def clock_after(clock: int, event: TimecardInput) -> int:
    """The greatest instant (epoch ms) at which the system did or learned anything: never one of the clock of a device
    or a server, since what is far ahead would have everything archived."""
    return max(clock, *(at for at in _told_at(event) if at is not None), 0)


def _told_at(event: TimecardInput) -> Iterator[int | None]:
    yield event.watermark
    if event.punch is not None:
        yield event.punch.received_at
    if event.correction is not None and event.correction.source == "operator":
        yield event.correction.decided_at or event.correction.requested_at
    if event.approval is not None:
        yield event.approval.decided_at
    if event.period is not None:
        yield event.period.changed_at
