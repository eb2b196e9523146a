"""What a source (a server, a station) is to the worker, and what the worker gives it. The seam between the spine
(worker, runner, state, emitter, health) and the vendors' readers; the readers know no Kafka.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final, Protocol

from runtime.written_view import Written
from schemas.polled import PolledTable, SourceStatus

Json = dict[str, Any]


class Emit(Protocol):
    """Writes for one source. Everything returns only after Kafka's acknowledgement.

    Raises runtime.errors.BufferFull, DeliveryFailed (retriable: what was sent may be there; ids make it one).
    """

    async def rows(
        self, table: PolledTable, rows: Sequence[Json], *, notes: Mapping[str, str] | None = None, redacted: str = ""
    ) -> None:
        """Raw records of the table's topic, in order, in bodies of bounded size; none for no rows. Where the topic is
        raw.operations they are sealed."""

    async def one(self, table: PolledTable, body: Json, *, notes: Mapping[str, str] | None = None) -> None:
        """A raw record whose body is one JSON object."""

    async def records(self, topic: str, records: Sequence[tuple[bytes, bytes | None, bytes]]) -> None:
        """(key, value, partition_by) of a derived topic that connectors may write: employees, identities, registry,
        corrections, commands, audit. None deletes."""


class State(Protocol):
    """What is kept of one source in connectors.state, by name: `transactions`, `lease`, `doorlog`, ..."""

    def get(self, name: str) -> Json | None:
        """A copy; None when there is nothing."""

    async def put(self, values: Mapping[str, Json | None]) -> None:
        """All of it in one transaction; None deletes. Raises runtime.errors.StateFenced, StateUncertain: the process
        must end."""


class Tell(Protocol):
    """How the source is, beside what the outcome of its jobs says."""

    def status(self, status: SourceStatus, why: str) -> None:
        """A state that a job found and goes on with: GAP."""

    def skew(self, seconds: float) -> None: ...


class WrittenTopic(Protocol):
    """What a compacted topic says already."""

    def get(self, key: bytes) -> Written | None:
        """Who wrote it, and a digest of it: from memory (runtime.written_view)."""

    async def values(self, keys: Collection[bytes]) -> dict[bytes, bytes]:
        """The records themselves, by reading the whole topic: for a few thousand keys at a time, and seldom. Raises
        runtime.errors.TopicUnread (retriable)."""


class _Nothing:
    """A topic without records."""

    def get(self, key: bytes) -> Written | None:
        return None

    async def values(self, keys: Collection[bytes]) -> dict[bytes, bytes]:
        return {}


@dataclass(frozen=True, slots=True)
class Views:
    """Of the topics that operators and connectors both write. Emit.records leaves out what an operator wrote, and what
    is there already, whoever looks or not."""

    employees: WrittenTopic
    identities: WrittenTopic
    registry: WrittenTopic


NOTHING_WRITTEN: Final = Views(_Nothing(), _Nothing(), _Nothing())  # for sources that write none of these


@dataclass(frozen=True, slots=True)
class Tools:
    """clock: seconds since the epoch, UTC; monotonic: for durations; sleep: awaits; random: jitter."""

    key: str  # `biotime:<name>` or `akuvox:<mac>`
    tenant: str
    emit: Emit
    state: State
    tell: Tell
    clock: Callable[[], float]
    monotonic: Callable[[], float]
    random: Random
    secret: Callable[[], bytes]  # the tenant's key for hashes of codes; raises runtime.errors.KeyMissing
    views: Views = NOTHING_WRITTEN


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run of a job. rows: emitted; again: more is there at once (a backfill's next slice)."""

    rows: int = 0
    again: bool = False


class Job(Protocol):
    """One reader. `run` raises connectors.errors.SourceTrouble when the source is at fault: the cursor is where it was.

    Jobs of a source run one after the other, never two at a time: one request in flight per source.
    """

    @property
    def name(self) -> str: ...

    @property
    def every_seconds(self) -> float: ...

    async def run(self) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Order:
    """A command that this worker has claimed. attempt: 1 for the first claim; above it the outcome of an earlier one is
    unknown and must be read back first. key: the idempotency key."""

    command_id: str
    name: str
    arguments: Json
    key: str
    attempt: int
    by: str


@dataclass(frozen=True, slots=True)
class Done:
    """How it ended. meaning: one sentence, no secrets. details: a short JSON answer, no secrets."""

    done: bool
    meaning: str
    details: Json = field(default_factory=dict)


class Source(Protocol):
    """One server or station, made by connectors.biotime.source.make_source or connectors.akuvox.source.make_source."""

    @property
    def key(self) -> str: ...

    @property
    def jobs(self) -> Sequence[Job]:
        """In order of work: when several are due, the first goes first."""

    async def open(self) -> None:
        """Before the first job: HTTP session, no request."""

    async def close(self) -> None: ...

    def hinted(self, hint: Mapping[str, str]) -> Sequence[str]:
        """Names of the jobs that a hint (an action URL) makes due at once."""

    async def execute(self, order: Order) -> Done:
        """Raises SourceTrouble (nothing was sent: try later), OutcomeUnknown (sent, no answer), NotAllowed."""
