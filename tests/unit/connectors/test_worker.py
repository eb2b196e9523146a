"""Which runners there are, and that nothing is under way when the partitions go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest
from prometheus_client import REGISTRY

from connectors import worker as worker_module
from connectors.errors import Fatal
from connectors.health import Health
from connectors.runner import SourceRunner
from connectors.source import Source, Tools
from connectors.state import GroupCommit
from connectors.vendors import KnownSource
from connectors.worker import Worker
from runtime.errors import StateFenced
from schemas.polled import SourceStatus
from tests.integration.helpers import until


def never_made(_tools: Tools) -> Source:
    raise AssertionError("the stand-in runner makes none")


KEYS = ["akuvox:A", "akuvox:B", "biotime:c", "biotime:d"]
SOURCES = [KnownSource(key, "demo", never_made) for key in KEYS]
PARTITIONS = {"akuvox:A": 0, "akuvox:B": 1, "biotime:c": 2, "biotime:d": 1}


class State:
    def __init__(self) -> None:
        self.owned: list[list[int]] = []
        self.running_then: list[int] = []
        self.failure: Exception | None = None

    async def assigned(self, partitions: Sequence[int]) -> None:
        self.owned.append(list(partitions))
        self.running_then.append(sum(not runner.is_over for runner in Runner.made))

    async def put(self, partition: int, values: Mapping[bytes, bytes | None], also: Sequence[Any] = ()) -> None:
        await asyncio.sleep(0.01)
        assert self.failure is not None
        raise self.failure

    def get(self, partition: int, key: bytes) -> bytes | None:
        return None


class Runner:
    """Stands in for SourceRunner. mode: how it takes being stopped."""

    made: list[Runner] = []  # noqa: RUF012 - emptied before each test
    mode = "good"

    def __init__(self, key: str, partition: int) -> None:
        self.key, self.partition = key, partition
        self.health = Health((), worker="w", now=0.0)
        self.stopping = asyncio.Event()
        self.is_over = self.was_cancelled = False
        self.looked = 0
        self.hints: list[Mapping[str, str]] = []
        self.failure: Exception | None = None
        Runner.made.append(self)

    async def run(self) -> None:
        try:
            while not (self.stopping.is_set() and self.mode == "good"):
                await asyncio.sleep(0.001)
                if self.failure is not None:
                    raise self.failure
        except asyncio.CancelledError:
            self.was_cancelled = True
            if self.mode == "stuck":
                await asyncio.sleep(30)
            raise
        finally:
            self.is_over = True

    def stop(self) -> None:
        self.stopping.set()

    def look_for_commands(self) -> None:
        self.looked += 1

    def hinted(self, hint: Mapping[str, str]) -> None:
        self.hints.append(hint)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    Runner.made.clear()
    monkeypatch.setattr(Runner, "mode", "good")
    monkeypatch.setattr(worker_module, "_CANCEL_SECONDS", 0.05)
    monkeypatch.setattr(worker_module, "_LOOK_SECONDS", 0.001)


def make(state: State) -> Worker:
    def make_runner(source: KnownSource, partition: int) -> SourceRunner:
        return cast(SourceRunner, Runner(source.key, partition))

    return Worker(SOURCES, state, GroupCommit(state), partition_of=PARTITIONS.__getitem__, make_runner=make_runner)


async def test_the_sources_of_the_owned_partitions_run_and_none_while_they_change_hands() -> None:
    state = State()
    worker = make(state)
    await worker.take_over([0, 1])
    assert {key: cast(Any, runner).partition for key, runner in worker.runners.items()} == {
        "akuvox:A": 0, "akuvox:B": 1, "biotime:d": 1
    }  # fmt: skip
    await worker.let_go()
    assert worker.runners == {}
    await worker.take_over([2])
    assert set(worker.runners) == {"biotime:c"}
    assert state.running_then == [0, 0]
    await worker.end(1)
    await worker.take_over([0, 1, 2])
    assert worker.runners == {}


async def test_what_does_not_stop_by_itself_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Runner, "mode", "slow")
    worker = make(State())
    await worker.take_over([0])
    await asyncio.sleep(0.01)
    await worker.let_go(0.01)
    assert [runner.was_cancelled for runner in Runner.made] == [True]


async def test_what_does_not_even_end_then_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Runner, "mode", "stuck")
    worker = make(State())
    await worker.take_over([0])
    tasks = list(worker._tasks.values())
    await asyncio.sleep(0.01)
    with pytest.raises(Fatal, match="akuvox:A: does not end when it is cancelled"):
        await worker.let_go(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_runner_that_fails_is_seen_by_the_watch_which_also_looks_for_commands() -> None:
    worker = make(State())
    await worker.take_over([0, 2])
    watching = asyncio.create_task(worker.watch())
    await until(lambda: all(runner.looked > 2 for runner in Runner.made), "commands are looked for", 5)
    Runner.made[0].failure = StateFenced("taken over")
    with pytest.raises(StateFenced):
        await asyncio.wait_for(watching, 5)
    await worker.end(1)


async def test_a_failed_save_that_nobody_waits_for_is_seen_too() -> None:
    state = State()
    state.failure = StateFenced("taken over")
    worker = make(state)
    put = asyncio.create_task(worker._group.put(0, {b"a": b"1"}))
    await asyncio.sleep(0.005)
    put.cancel()
    await asyncio.wait([put])
    await worker._group.settle(1)
    with pytest.raises(StateFenced):
        await asyncio.wait_for(worker.watch(), 5)


async def test_hints_reach_owned_sources_alone() -> None:
    worker = make(State())
    await worker.take_over([0])
    assert worker.hinted("akuvox:A", {"event": "x"})
    assert not worker.hinted("akuvox:B", {"event": "x"})
    assert [runner.hints for runner in Runner.made] == [[{"event": "x"}]]
    await worker.end(1)


async def test_gauges_count_what_is_owned_by_vendor_and_state(caplog: pytest.LogCaptureFixture) -> None:
    worker = make(State())
    worker.bind_gauges(lambda: 100.0)
    with caplog.at_level(logging.INFO):
        await worker.take_over([0, 1, 2])
    assert "polling 4 of 4 sources" in caplog.text
    Runner.made[0].health.failed("feed", SourceStatus.UNREACHABLE, "no route", 90.0, whole=True)
    Runner.made[1].health.begun(["feed"])
    Runner.made[1].health.ran("feed", 91.0, started=90.0, rows=1, again=False)

    def gauge(name: str, **labels: str) -> float | None:
        return REGISTRY.get_sample_value(name, labels)

    assert gauge("punchstream_connectors_sources", vendor="akuvox", status="unreachable") == 1
    assert gauge("punchstream_connectors_sources", vendor="akuvox", status="ok") == 1
    assert gauge("punchstream_connectors_sources", vendor="biotime", status="starting") == 2
    assert gauge("punchstream_connectors_lag_seconds", vendor="akuvox") == 10.0
    assert gauge("punchstream_connectors_lag_seconds", vendor="biotime") == 0.0
    await worker.end(1)
    assert gauge("punchstream_connectors_sources", vendor="akuvox", status="ok") == 0
