"""How a polled server or station is, as the worker that polls it tells. Source: schemas/polled.py.

A trouble that stays is news once, however often it is told and whoever polls: the same status again changes neither
`since` nor what readers are told, and a worker that has just taken the source over (`starting`) says nothing of it yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from schemas.devices import DeviceInput
from schemas.polled import SourceStatus

# It is read: after a gap too, which names what could not be.
READ: Final = frozenset((SourceStatus.OK, SourceStatus.GAP))
_MAX_TEXT = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """Times are epoch ms. status None: this is no source."""

    status: SourceStatus | None = None
    since: int | None = None
    why: str = ""
    worker: str = ""
    last_good_poll: int | None = None
    lag_s: float | None = None
    rows: int = 0
    errors: int = 0

    @property
    def is_read(self) -> bool:
        return self.status in READ

    @property
    def progress(self) -> tuple[object, ...]:
        """What of it moves while it is read."""
        return (self.worker, self.why, self.last_good_poll, self.lag_s, self.rows, self.errors) if self.is_read else ()


def with_report(source: SourceState, event: DeviceInput) -> SourceState:
    """After an input of kind SOURCE. Raises ValueError for a status that this version does not know."""
    status = SourceStatus(event.word)
    worker = event.edge[:_MAX_TEXT]
    if status is SourceStatus.STARTING and source.status is not None:
        return replace(source, worker=worker)
    good = [at for at in (source.last_good_poll, event.seen_at) if at is not None]
    is_same = status is source.status
    return SourceState(
        status=status,
        since=source.since if is_same else event.since if event.since is not None else event.at,
        why=event.info[:_MAX_TEXT],
        worker=worker,
        last_good_poll=max(good, default=None),
        lag_s=event.lag_s,
        rows=event.rows,
        errors=event.errors,
    )
