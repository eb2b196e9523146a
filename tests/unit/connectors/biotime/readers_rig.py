"""What the tests of the other readers share: lists that a script holds, what was written, what the topics say then."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

import orjson

from connectors.biotime.client import BioTimeClient
from connectors.biotime.group_records import GroupRecord
from connectors.biotime.reader import ServerReader
from connectors.emit import SHARED_TOPICS
from connectors.source import Job, Json, Outcome, Tools, Views
from runtime.connector_sections import BioTimeServer
from runtime.written_view import Written, _digest, _read, written_of
from schemas.codec import decode_event
from schemas.corrections import Correction
from schemas.employees import Employee, Identity
from schemas.polled import PolledTable, SourceStatus
from schemas.registry import AreaRecord, DepartmentRecord, PositionRecord, decode_record
from tests.unit.connectors.biotime.rig import T0, MemoryState
from wire.biotime.envelope import Page


class MemoryTopic:
    """connectors.source.WrittenTopic; `log`: every record, as appended."""

    def __init__(self) -> None:
        self.log: list[tuple[bytes, bytes | None]] = []
        self.now: dict[bytes, bytes] = {}
        self.asked: list[int] = []

    def append(self, key: bytes, value: bytes | None) -> None:
        self.log.append((key, value))
        if value is None:
            self.now.pop(key, None)
        else:
            self.now[key] = value

    def get(self, key: bytes) -> Written | None:
        value = self.now.get(key)
        return None if value is None else written_of(_read(value))

    def says(self, key: bytes, value: bytes) -> bool:
        known = self.get(key)
        return known is not None and known.digest == _digest(_read(value))

    def is_operators(self, key: bytes) -> bool:
        known = self.get(key)
        return known is not None and known.by == "operator"

    async def values(self, keys: Collection[bytes]) -> dict[bytes, bytes]:
        self.asked.append(len(keys))
        return {key: self.now[key] for key in keys if key in self.now}


@dataclass
class Out:
    """connectors.source.Emit, with the same filter as the worker's."""

    topics: dict[str, MemoryTopic]
    raw: list[tuple[PolledTable, Json, dict[str, str], str]] = field(default_factory=list)
    fail_records: int = 0  # so many calls fail

    async def rows(
        self, table: PolledTable, rows: Sequence[Json], *, notes: Mapping[str, str] | None = None, redacted: str = ""
    ) -> None:
        assert rows, "emitted nothing"
        self.raw += [(table, orjson.loads(orjson.dumps(row)), dict(notes or {}), redacted) for row in rows]

    async def one(self, table: PolledTable, body: Json, *, notes: Mapping[str, str] | None = None) -> None:
        raise AssertionError(table)

    async def records(self, topic: str, records: Sequence[tuple[bytes, bytes | None, bytes]]) -> None:
        if self.fail_records:
            self.fail_records -= 1
            raise ConnectionError("Kafka is away")
        into = self.topics[topic]
        for key, value, by in records:
            assert by
            if topic in SHARED_TOPICS and (into.is_operators(key) or (value is not None and into.says(key, value))):
                continue
            into.append(key, value)

    def of(self, table: PolledTable) -> list[Json]:
        return [row for found, row, _, _ in self.raw if found is table]


class Silent:
    def status(self, status: SourceStatus, why: str) -> None:
        raise AssertionError(why)

    def skew(self, seconds: float) -> None:
        raise AssertionError(seconds)


@dataclass
class Lists:
    """A server's lists as the client gives them. plan: what happens instead of the next answers, by list."""

    rows: dict[str, list[Json]] = field(default_factory=dict)
    page_size: int = 3
    plan: dict[str, list[Page | Exception | Callable[[], None] | None]] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    filters: list[Mapping[str, str] | None] = field(default_factory=list)
    people: dict[str, Json] = field(default_factory=dict)

    async def list_page(
        self,
        name: str,
        *,
        page: int = 1,
        page_size: int = 0,
        filters: Mapping[str, str] | None = None,
        ordering: str = "",
    ) -> Page:
        self.asked.append((name, page))
        self.filters.append(filters)
        step = self.plan[name].pop(0) if self.plan.get(name) else None
        if isinstance(step, Exception):
            raise step
        if isinstance(step, Page):
            return step
        if step is not None:
            step()
        rows, size = self.rows.get(name, []), page_size or self.page_size
        chunk = orjson.loads(orjson.dumps(rows[(page - 1) * size : page * size]))
        if not chunk and page > 1:
            return Page((), past_end=True)
        return Page(tuple(chunk), len(rows), {"page": str(page + 1)} if page * size < len(rows) else None)

    async def employees_page(self, *, page: int = 1) -> Page:
        return await self.list_page("employees", page=page)

    async def terminals_page(self, *, page: int = 1) -> Page:
        return await self.list_page("terminals", page=page)

    async def transactions_page(self, *, page: int = 1, page_size: int = 0) -> Page:
        return await self.list_page("transactions", page=page, page_size=page_size)

    async def total_time_card_report_page(self, start_date: str, end_date: str, *, page: int = 1) -> Page:
        return await self.list_page("v1", page=page, filters={"start_date": start_date, "end_date": end_date})

    async def total_time_card_report_v2_page(self, start_date: str, end_date: str, *, page: int = 1) -> Page:
        return await self.list_page("v2", page=page, filters={"start_date": start_date, "end_date": end_date})

    async def employee(self, number: int | str) -> Json | None:
        self.asked.append(("employee", int(number) if str(number).isdigit() else 0))
        return self.people.get(str(number))


class Rig:
    """A worker and its state, which outlives it; time stands still unless it is moved."""

    def __init__(self, **settings: Any) -> None:
        self.lists = Lists()
        given = {"name": "b1", "url": "http://b1", "username": "api", "zone": "Asia/Dubai", "mobile_username": "1"}
        self.server = BioTimeServer.model_validate({**given, **settings})
        self.state = MemoryState()
        self.topics = {name: MemoryTopic() for name in (*SHARED_TOPICS, "corrections")}
        self.out = Out(self.topics)
        self.now = T0
        self.client = cast("BioTimeClient", self.lists)  # what is used of it is there

    @property
    def tools(self) -> Tools:
        return Tools(
            key=self.server.key,
            tenant="demo",
            emit=self.out,
            state=self.state,
            tell=Silent(),
            clock=lambda: self.now,
            monotonic=lambda: self.now,
            random=Random(1),
            secret=lambda: b"",
            views=Views(**{name: self.topics[name] for name in SHARED_TOPICS}),
        )

    @property
    def reader(self) -> ServerReader:
        return ServerReader(self.client, self.server, self.tools)

    @property
    def now_ms(self) -> int:
        return int(self.now * 1000)

    def employees(self) -> dict[str, Employee]:
        """By code, as they are now."""
        found = [decode_event(Employee, value) for value in self.topics["employees"].now.values()]
        return {each.employee: each for each in found}

    def identities(self) -> dict[tuple[str, str], Identity]:
        """By scope and PIN: the one told last."""
        found = [decode_event(Identity, value) for _, value in self.topics["identities"].log if value]
        return {(each.scope, each.pin): each for each in found}

    def records(self) -> list[GroupRecord]:
        """Of the registry, as they are now."""
        return [_group(value) for value in self.topics["registry"].now.values()]

    def registry(self) -> dict[str, GroupRecord]:
        """By id: of one kind, since a department and an area may have the same."""
        return {each.id: each for each in self.records()}

    def corrections(self) -> list[Correction]:
        """All versions, in order."""
        return [decode_event(Correction, value) for _, value in self.topics["corrections"].log if value]


def _group(value: bytes) -> GroupRecord:
    record = decode_record(value)
    assert isinstance(record, DepartmentRecord | AreaRecord | PositionRecord)
    return record


async def settle(job: Job, runs: int = 1000) -> int:
    """Until it has nothing more to do at once: rows."""
    rows = 0
    for _ in range(runs):
        outcome: Outcome = await job.run()
        rows += outcome.rows
        if not outcome.again:
            return rows
    raise AssertionError("never settles")


def employee(number: int, code: str = "", **fields: Any) -> Json:
    """A row as on-premises servers list it, secrets and all."""
    return {
        "id": number,
        "emp_code": code or str(number),
        "first_name": f"Name{number}",
        "last_name": "",
        "hire_date": "2020-05-01",
        "department": {"id": 2, "dept_code": "D2", "dept_name": "Sales"},
        "position": None,
        "area": [{"id": 5, "area_code": "A5", "area_name": "Plant"}],
        "emp_type": 1,
        "verify_mode": -1,
        "dev_privilege": 14,
        "enroll_sn": "t1",
        "enable_att": True,
        "enable_overtime": False,
        "enable_holiday": True,
        "self_password": "pbkdf2_sha256$1000$x",
        "device_password": "4321",
        "card_no": "99",
        **fields,
    }
