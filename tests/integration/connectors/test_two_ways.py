"""One punch, two ways: a terminal pushes to the edge, and its BioTime server, read by our worker, shows them too.

The server lives in another zone than the terminals, pads PINs, changes states, and got some punches at once and others
days later; a night has its repeated hour. Whichever way comes first, each punch is one id, one row, and the attributes
of its copy of greatest rank (DESIGN 2.3).
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cli.kafka_reader import KafkaReader
from connectors.main import run as run_connectors
from deploy.local.stack import LocalStack
from processors.main import run as run_normalizer
from runtime import topics
from runtime.connector_sections import BioTimeServer as ServerEntry
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from schemas.codec import decode_event
from schemas.events import Punch, TimeFlag
from schemas.identity import punch_id
from schemas.registry import DevicePeriod, DeviceRecord
from simulate.biotime.life import Faults
from simulate.biotime.server import BioTimeServer
from simulate.biotime.settings import BioTimeSettings
from simulate.fleet.clock import SystemClock
from sinks.main import run as run_sink
from sinks.migrations import runner
from tests.integration.helpers import until
from tests.integration.ingest.running import RunningEdge, edge_settings, running_edge, status_of
from tests.integration.sinks.support import rows

TENANT = "default"
PUSH_FIRST, POLL_FIRST = "TWO0000000001", "TWO0000000002"
SERIALS = (PUSH_FIRST, POLL_FIRST)
BERLIN = ZoneInfo("Europe/Berlin")
STATE_MAP = {"0": "255", "1": "4"}
ATTRIBUTES = (
    "source", "state", "verify", "punch_at", "utc_offset_s", "zone", "clock", "site", "is_attendance", "time_flags",
)  # fmt: skip
Run = Callable[[Settings, asyncio.Event], Coroutine[Any, Any, int]]


@dataclass(frozen=True)
class Case:
    """pushes: (PIN, local time, state, verify) of one upload of the terminal. uploaded_at: when the server got them.
    wins: the way whose copy counts; instants: what each punch must resolve to, UTC."""

    pushes: tuple[tuple[str, str, int, int], ...]
    uploaded_at: datetime
    wins: str
    instants: tuple[datetime, ...]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # year to second


def cases(now: float) -> list[Case]:
    """In the order in which the server got them. Berlin left summer time on 2026-10-25 at 01:00 UTC."""
    just_now = datetime.fromtimestamp(int(now), UTC)
    return [
        # In the repeated hour the server was told at once, and says which pass it was; we hear of it weeks later.
        Case((("7", "2026-10-25 02:30:10", 0, 1),), utc(2026, 10, 25, 0, 30, 12), "poll",
             (utc(2026, 10, 25, 0, 30, 10),)),
        Case((("8", "2026-10-25 02:31:00", 1, 4),), utc(2026, 10, 25, 1, 31, 2), "poll", (utc(2026, 10, 25, 1, 31),)),
        # Here the server heard of it a day later and cannot tell; the order of the terminal's upload can.
        Case(
            (("7", "2026-10-25 02:50:00", 1, 1), ("7", "2026-10-25 02:10:00", 0, 1)),
            utc(2026, 10, 26, 8), "push", (utc(2026, 10, 25, 0, 50), utc(2026, 10, 25, 1, 10)),
        ),
        # Both late, nothing to tell apart: the push says more.
        Case((("9", "2026-10-24 17:00:00", 1, 15),), utc(2026, 10, 26, 8, 1), "push", (utc(2026, 10, 24, 15),)),
        Case(
            (("10", just_now.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M:%S"), 0, 1),), just_now, "push", (just_now,),
        ),
    ]  # fmt: skip


class MovedClock(SystemClock):
    """Shows what it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0.0

    def now(self) -> float:
        return self.at


@asynccontextmanager
async def running(run: Run, settings: Settings) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(run(settings, stop))
    try:
        yield
    finally:
        stop.set()
        assert await asyncio.wait_for(task, 60) == 0


async def push(edge: RunningEdge, serial: str, told: list[Case]) -> None:
    for case in told:
        body = "".join(f"{pin}\t{local}\t{state}\t{verify}\n" for pin, local, state, verify in case.pushes)
        assert status_of(await edge.post(serial, body.encode())) == 200


def upload(server: BioTimeServer, clock: MovedClock, told: list[Case]) -> None:
    """The terminals give the server what they push to us too."""
    for case in told:
        clock.at = case.uploaded_at.timestamp()
        server.control.punches(
            {"serial": serial, "pin": pin, "local_time": local, "state": state, "verify": verify}
            for serial in SERIALS
            for pin, local, state, verify in case.pushes
        )


async def copies(settings: Settings) -> dict[str, list[Punch]]:
    """What the topic holds of each punch."""
    found: dict[str, list[Punch]] = defaultdict(list)
    async with KafkaReader(settings.kafka) as reader:
        async for record in reader.records("punches"):
            punch = decode_event(Punch, record.value)
            found[punch.event_id].append(punch)
    return found


async def visible(settings: Settings) -> dict[str, dict[str, Any]]:
    """Rows of punches_v by id; an id with two rows fails."""
    names = ("event_id", "device", "pin", "rank", *ATTRIBUTES)
    found = await rows(settings, f"SELECT {', '.join(names)} FROM punches_v")
    by_id = {row[0]: dict(zip(names, row, strict=True)) for row in found}
    assert len(by_id) == len(found)
    return by_id


def instant(row: dict[str, Any]) -> datetime:
    """Columns are UTC, the driver's datetimes say no zone."""
    at: datetime = row["punch_at"]
    return at.replace(tzinfo=UTC)


def ids_of(serial: str, told: list[Case]) -> list[str]:
    """Of all punches, in order; PINs as the terminal has them."""
    return [punch_id(TENANT, serial, pin, local.replace(" ", "T")) for case in told for pin, local, _, _ in case.pushes]


def with_server(settings: Settings, url: str, password: Path) -> Settings:
    entry = ServerEntry(
        name="b1", url=url, tenant=TENANT, username="admin", password_file=password, zone="Asia/Dubai",
        readers=("transactions", "terminals"), poll_seconds=0.5,
    )  # fmt: skip
    connectors = settings.connectors.model_copy(update={"biotime": (entry,)})
    return settings.model_copy(update={"connectors": connectors})


@pytest.fixture
async def settings(stack: LocalStack, topic_prefix: str, database: str, tmp_path: Path) -> Settings:
    settings = edge_settings(
        stack, topic_prefix, tmp_path,
        f"clickhouse.database={database}", "kafka.partitions=2", f"store.folder={tmp_path / 'objects'}",
        *(f"{part}.health_port=0" for part in ("normalize", "sink", "connectors")), "sink.flush_seconds=0.2",
    )  # fmt: skip
    await asyncio.to_thread(runner.apply, settings.clickhouse)
    await topics.apply(settings.kafka)
    facts = (DevicePeriod(site="berlin", tenant=TENANT, zone="Europe/Berlin"),)
    await write_changes(settings.kafka, compare_records([], [DeviceRecord(serial, facts) for serial in SERIALS]))
    return settings


async def until_copied(settings: Settings, expected: Sequence[str], ways: set[str]) -> None:
    """The copies that are due came out of the normalizer, and the sink has stored all there is."""

    async def are_there() -> bool:
        found = await copies(settings)
        if not all({copy.source for copy in found[each]} == ways for each in expected):
            return False
        in_topic = sum(len(each) for each in found.values())
        ((stored,),) = await rows(settings, "SELECT uniqExact(partition, offset) FROM punches")
        return bool(stored == in_topic)

    await until(are_there, f"every punch came by {ways}", 60)


async def test_a_punch_that_comes_by_push_and_by_its_server_is_one_in_either_order(
    settings: Settings, tmp_path: Path
) -> None:
    told = cases(time.time() - 5)
    pushed_first, polled_first = ids_of(PUSH_FIRST, told), ids_of(POLL_FIRST, told)
    password = tmp_path / "password"
    password.write_text("secret\n")
    clock = MovedClock()
    simulated = BioTimeSettings(
        ledger=tmp_path / "ledger", serials=SERIALS, code_width=6, faults=Faults(state_map=STATE_MAP)
    )
    async with AsyncExitStack() as opened:
        edge = await opened.enter_async_context(running_edge(settings))
        await opened.enter_async_context(running(run_normalizer, settings))
        await opened.enter_async_context(running(run_sink, settings))
        server = await opened.enter_async_context(BioTimeServer(simulated, clock=clock))
        upload(server, clock, told)
        await push(edge, PUSH_FIRST, told)
        await until_copied(settings, pushed_first, {"push"})
        await opened.enter_async_context(running(run_connectors, with_server(settings, server.url, password)))
        await until_copied(settings, pushed_first, {"push", "poll"})
        await until_copied(settings, polled_first, {"poll"})
        await push(edge, POLL_FIRST, told)
        await until_copied(settings, polled_first, {"push", "poll"})
    seen, kept = await visible(settings), await copies(settings)
    assert set(seen) == set(kept) == {*pushed_first, *polled_first}
    for event_id, row in seen.items():
        winner = max(kept[event_id], key=lambda copy: copy.rank)
        assert (row["rank"], row["source"], row["pin"]) == (winner.rank, winner.source, winner.pin)
        assert {copy.pin.lstrip("0") for copy in kept[event_id]} == {winner.pin.lstrip("0")}
    expected = [
        (case.wins, at, state if case.wins == "push" else int(STATE_MAP[str(state)]))
        for case in told
        for (_, _, state, _), at in zip(case.pushes, case.instants, strict=True)
    ]
    for ids in (pushed_first, polled_first):
        assert [(seen[each]["source"], instant(seen[each]), seen[each]["state"]) for each in ids] == expected
        assert not any(TimeFlag.AMBIGUOUS_LOCAL_TIME in seen[each]["time_flags"] for each in ids)
    for one, other in zip(pushed_first, polled_first, strict=True):
        assert {name: seen[one][name] for name in ATTRIBUTES} == {name: seen[other][name] for name in ATTRIBUTES}
