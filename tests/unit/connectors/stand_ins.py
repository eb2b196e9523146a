"""Stand-ins for what a source's runner is given: a clock that a test turns, state in memory, rows written down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import orjson

from connectors.source import Done, Job, Json, Order, Outcome, Source, Tools
from schemas.polled import PolledTable, SourceStatus

KEY = "akuvox:0C1105000001"
AT = 1_790_000_000.0


@dataclass
class Clock:
    """Seconds since the epoch, and for durations; `sleep` turns it."""

    now: float = AT

    def __call__(self) -> float:
        return self.now

    async def sleep(self, event: asyncio.Event, seconds: float) -> None:
        await asyncio.sleep(0)
        if not event.is_set():
            self.now += seconds


@dataclass
class MemoryState:
    values: dict[str, bytes] = field(default_factory=dict)
    puts: list[dict[str, Any]] = field(default_factory=list)
    failure: Exception | None = None

    def get(self, name: str) -> Json | None:
        value = self.values.get(name)
        found: Json | None = orjson.loads(value) if value is not None else None
        return found

    async def put(self, values: Mapping[str, Json | None]) -> None:
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        self.puts.append(dict(values))
        for name, value in values.items():
            if value is None:
                self.values.pop(name, None)
            else:
                self.values[name] = orjson.dumps(value)


@dataclass
class MemoryEmit:
    """`failures` are raised by the next writes, in turn."""

    written: list[tuple[PolledTable, Any]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def rows(
        self, table: PolledTable, rows: Sequence[Json], *, notes: Mapping[str, str] | None = None, redacted: str = ""
    ) -> None:
        await self._write(table, list(rows))

    async def one(self, table: PolledTable, body: Json, *, notes: Mapping[str, str] | None = None) -> None:
        await self._write(table, body)

    async def records(self, topic: str, records: Sequence[tuple[bytes, bytes | None, bytes]]) -> None:
        raise AssertionError("not used here")

    async def _write(self, table: PolledTable, body: Any) -> None:
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        self.written.append((table, body))

    @property
    def statuses(self) -> list[str]:
        """As reported, in order."""
        return [body["status"].value for table, body in self.written if table is PolledTable.CONNECTOR]


class NoTell:
    def status(self, status: SourceStatus, why: str) -> None: ...
    def skew(self, seconds: float) -> None: ...


def make_tools(clock: Clock, *, state: MemoryState | None = None, emit: MemoryEmit | None = None) -> Tools:
    return Tools(
        key=KEY, tenant="demo", emit=emit or MemoryEmit(), state=state or MemoryState(), tell=NoTell(), clock=clock,
        monotonic=clock, random=Random(1), secret=lambda: b"secret",
    )  # fmt: skip


@dataclass
class ScriptedJob:
    """`script`: what the next runs give, raise or call; then nothing new. `runs`: when it ran."""

    name: str
    every_seconds: float
    clock: Clock
    script: list[Outcome | BaseException | Callable[[], Outcome]] = field(default_factory=list)
    runs: list[float] = field(default_factory=list)
    takes_seconds: float = 0.0

    async def run(self) -> Outcome:
        self.runs.append(self.clock.now - AT)
        await asyncio.sleep(0)
        self.clock.now += self.takes_seconds
        if not self.script:
            return Outcome()
        step = self.script.pop(0)
        if isinstance(step, BaseException):
            raise step
        return step if isinstance(step, Outcome) else step()


@dataclass
class ScriptedSource:
    """`answers`: what the next executions give or raise."""

    jobs: Sequence[Job] = ()
    answers: list[Done | BaseException] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    open_failures: list[BaseException] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    key: str = KEY

    async def open(self) -> None:
        if self.open_failures:
            raise self.open_failures.pop(0)
        self.opened += 1

    async def close(self) -> None:
        self.closed += 1

    def hinted(self, hint: Mapping[str, str]) -> Sequence[str]:
        return [hint["job"]]

    async def execute(self, order: Order) -> Done:
        self.orders.append(order)
        await asyncio.sleep(0)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def _is_a_source(source: ScriptedSource) -> Source:
    return source
