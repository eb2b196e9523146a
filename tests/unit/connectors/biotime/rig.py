"""What the tests of the transactions reader share: a server's list in memory, what was emitted, what was kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import orjson

from connectors.biotime.backfill import BackfillJob
from connectors.biotime.feed import Feed
from connectors.biotime.listing import TransactionsClient
from connectors.biotime.repair import RepairJob
from connectors.biotime.transactions import TransactionsJob
from connectors.source import Json, Outcome, Tools
from runtime.connector_sections import BioTimeServer
from schemas.polled import PolledTable, SourceStatus
from wire.biotime.envelope import Page

T0 = datetime(2026, 3, 2, 4, 0, tzinfo=UTC).timestamp()  # 08:00 in Dubai, a Monday


class Crash(Exception):
    """The process dies here."""


class MemoryState:
    """connectors.source.State: JSON in, JSON out."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.puts = 0
        self.crash_at: int | None = None  # the put that is not done any more

    def get(self, name: str) -> Json | None:
        value = self.kept.get(name)
        return None if value is None else orjson.loads(value)

    async def put(self, values: Mapping[str, Json | None]) -> None:
        if self.crash_at is not None:
            self.crash_at -= 1
            if self.crash_at < 0:
                self.crash_at = None
                raise Crash
        assert values, "a put of nothing"
        self.puts += 1
        for name, value in values.items():
            if value is None:
                self.kept.pop(name, None)
            else:
                self.kept[name] = orjson.dumps(value)
                assert len(self.kept[name]) < 512 * 1024, name


class Emitted:
    """connectors.source.Emit: all that went out, in order."""

    def __init__(self) -> None:
        self.rows_out: list[tuple[Json, dict[str, str]]] = []
        self.marks: list[dict[str, int]] = []
        self.order: list[str] = []

    async def rows(
        self, table: PolledTable, rows: Sequence[Json], *, notes: Mapping[str, str] | None = None, redacted: str = ""
    ) -> None:
        self.order.append(table.value)
        if table is PolledTable.WATERMARKS:
            self.marks.append({row["device"]: row["watermark"] for row in rows})
            return
        assert table is PolledTable.BIOTIME_TRANSACTIONS
        assert rows, "emitted nothing"
        self.rows_out += [(row, dict(notes or {})) for row in rows]

    async def one(self, table: PolledTable, body: Json, *, notes: Mapping[str, str] | None = None) -> None:
        raise AssertionError(table)

    async def records(self, topic: str, records: Sequence[tuple[bytes, bytes | None, bytes]]) -> None:
        raise AssertionError(topic)

    @property
    def ids(self) -> Counter[int]:
        return Counter(row["id"] for row, _ in self.rows_out if "id" in row)


class Told:
    """connectors.source.Tell."""

    def status(self, status: SourceStatus, why: str) -> None:
        raise AssertionError(why)

    def skew(self, seconds: float) -> None:
        raise AssertionError(seconds)


@dataclass
class ListedServer:
    """A server's list of transactions, as the documents have it: by id where no order is asked for or it is ignored."""

    rows: list[Json] = field(default_factory=list)
    ignores_order: bool = False
    ignores_filters: bool = False
    bare: bool = False  # arrays, which say neither how many there are nor whether there are more
    cap: int = 1000
    asked: list[dict[str, Any]] = field(default_factory=list)
    between: Callable[[], None] | None = None  # after each answer
    answers: list[Page | Exception] = field(default_factory=list)  # instead of its own, in order
    page_size: int = 20

    async def transactions_page(
        self, *, page: int = 1, page_size: int = 0, filters: Mapping[str, str] | None = None, ordering: str = ""
    ) -> Page:
        self.asked.append({"page": page, "ordering": ordering, **(filters or {})})
        answer = self._answer(page, page_size or self.page_size, dict(filters or {}), ordering)
        if self.between is not None:
            self.between()
        return answer

    def _answer(self, page: int, size: int, filters: dict[str, str], ordering: str) -> Page:
        if self.answers:
            planned = self.answers.pop(0)
            if isinstance(planned, Exception):
                raise planned
            return planned
        size = min(size, self.cap)
        rows = sorted(self.rows, key=lambda row: row.get("id", 0))
        if not self.ignores_filters:
            low, high = filters.get("start_time", ""), filters.get("end_time", "~")
            rows = [row for row in rows if low <= row["punch_time"] <= high]
        if ordering and not self.ignores_order:
            name = ordering.removeprefix("-")
            rows.sort(key=lambda row: (row[name] or "", row.get("id", 0)), reverse=ordering.startswith("-"))
        chunk = [dict(row) for row in rows[(page - 1) * size : page * size]]
        if not chunk and page > 1:
            return Page((), past_end=True)
        if self.bare:
            return Page(tuple(chunk))
        more = {"page": str(page + 1)} if page * size < len(rows) else None
        return Page(tuple(chunk), len(rows), more)


class Rig:
    """One server and one worker, which may die and be replaced; time stands still unless it is moved."""

    def __init__(self, client: TransactionsClient | None = None, **settings: Any) -> None:
        self.listed = ListedServer()
        self.client: TransactionsClient = client or self.listed
        self.server = BioTimeServer(
            **{"name": "b1", "url": "http://b1", "username": "api", "zone": "Asia/Dubai", "page_size": 20, **settings}
        )
        self.listed.page_size = self.server.page_size
        self.state = MemoryState()
        self.out = Emitted()
        self.now = T0
        self.started()

    def started(self) -> None:
        """A worker takes over: only what was committed is there."""
        self.state.crash_at = None
        self.feed = Feed(
            self.client,
            self.server,
            Tools(
                key=self.server.key,
                tenant="demo",
                emit=self.out,
                state=self.state,
                tell=Told(),
                clock=lambda: self.now,
                monotonic=lambda: self.now,
                random=Random(1),
                secret=lambda: b"",
            ),
        )
        self.live = TransactionsJob(self.feed)
        self.backfill = BackfillJob(self.feed)
        self.repair = RepairJob(self.feed)

    async def poll(self) -> Outcome:
        return await self.live.run()

    async def settle(self, runs: int = 1000) -> int:
        """Rounds of all jobs until none wants to go on at once: rows."""
        rows = 0
        for _ in range(runs):
            outcomes = [await job.run() for job in (self.live, self.backfill, self.repair)]
            rows += sum(outcome.rows for outcome in outcomes)
            if not any(outcome.again for outcome in outcomes):
                return rows
        raise AssertionError("never settles")

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    def local(self, ago: float = 0.0) -> str:
        """The server's wall time, so many seconds ago."""
        there = datetime.fromtimestamp(self.now, self.feed.zone) - timedelta(seconds=ago)
        return there.strftime("%Y-%m-%d %H:%M:%S")

    def punch(self, number: int, *, ago: float = 2.0, sn: str = "T1", **fields: Any) -> Json:
        """A row that has just been uploaded, punched `ago` seconds before."""
        row = {
            "id": number,
            "emp": None,
            "emp_code": f"{number % 97:04d}",
            "punch_time": self.local(ago),
            "punch_state": "0",
            "verify_type": 1,
            "work_code": None,
            "terminal_sn": sn,
            "upload_time": self.local(),
            **fields,
        }
        self.listed.rows.append(row)
        return row

    def kept(self, name: str = "transactions") -> Json:
        found = self.state.get(name)
        assert found is not None
        return found

    def order(self, **orders: Any) -> None:
        """An operator's, as the worker keeps it."""
        self.state.kept["control"] = orjson.dumps({**(self.state.get("control") or {}), **orders})
