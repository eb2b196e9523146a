"""A source at work, by a clock that the test turns: what runs when, what a failure does, what is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from connectors.commands import CommandRunner
from connectors.errors import AuthFailed, LicenceMissing, NotSupported, ServerFault, SourceTrouble, Unreachable
from connectors.health import Health, Told
from connectors.metrics import RUNS
from connectors.runner import SourceRunner, woken_or
from connectors.source import Outcome, Source, Tools
from runtime.errors import DeliveryFailed, KeyMissing, SettingsError, StateFenced
from schemas.polled import PolledTable, SourceStatus
from tests.unit.connectors.stand_ins import AT, Clock, MemoryEmit, MemoryState, ScriptedJob, ScriptedSource, make_tools


class NoCommands:
    """Stands in for CommandRunner. `todo`: what the next commands do."""

    def __init__(self) -> None:
        self.todo: list[Callable[[], None]] = []
        self.held: list[bool] = []

    def waiting(self) -> bool:
        return bool(self.todo)

    async def run_one(self, _source: Any, *, held: bool) -> bool:
        self.held.append(held)
        self.todo.pop(0)()
        return True


@dataclass
class Made:
    clock: Clock
    state: MemoryState
    emit: MemoryEmit
    source: ScriptedSource
    commands: NoCommands
    runner: SourceRunner
    feed: ScriptedJob
    people: ScriptedJob

    running: asyncio.Task[None] | None = None

    async def run_for(self, seconds: float) -> None:
        """Turn the clock so far; the runner goes on where it was."""
        if self.running is None:
            self.running = asyncio.create_task(self.runner.run())
        until = self.clock.now + seconds
        await self.turn(lambda: self.clock.now >= until)
        if self.running.done():
            self.running.result()

    async def turn(self, condition: Callable[[], bool]) -> None:
        """Let the runner go on until then; its sleeps turn the clock."""
        assert self.running is not None
        for _ in range(1_000_000):
            if condition() or self.running.done():
                return
            await asyncio.sleep(0)
        raise AssertionError("it never came to that")

    async def end(self) -> None:
        if self.running is not None:
            self.running.cancel()
            await asyncio.wait([self.running])


def make(*, make_failures: list[BaseException] | None = None) -> Made:
    clock, state, emit, commands = Clock(), MemoryState(), MemoryEmit(), NoCommands()
    feed, people = ScriptedJob("feed", 5.0, clock), ScriptedJob("people", 600.0, clock)
    source = ScriptedSource([feed, people])

    def make_source(_tools: Tools) -> Source:
        if make_failures:
            raise make_failures.pop(0)
        return source

    health = Health((), worker="w1", now=clock())
    tools = replace(make_tools(clock, state=state, emit=emit), tell=Told(health, clock))
    runner = SourceRunner(make_source, tools, health, cast(CommandRunner, commands), worker="w1", sleep=clock.sleep)
    return Made(clock, state, emit, source, commands, runner, feed, people)


async def test_jobs_run_in_their_time_and_presence_is_told_once_a_minute() -> None:
    made = make()
    await made.run_for(300)
    assert 55 <= len(made.feed.runs) <= 67
    assert len(made.people.runs) == 1
    assert made.emit.statuses == ["ok"] * 5
    assert (made.source.opened, made.source.closed) == (1, 0)
    await made.end()
    assert (made.source.opened, made.source.closed) == (1, 1)
    assert made.state.get("lease") == {"worker": "w1", "since": int(AT * 1000), "generation": 1}


async def test_a_source_that_stays_down_is_told_once_and_asked_less_and_less(caplog: pytest.LogCaptureFixture) -> None:
    made = make()
    made.feed.script = [Unreachable("no route to 10.0.0.9")] * 100
    with caplog.at_level(logging.INFO, "connectors"):
        await made.run_for(3600)
    assert made.emit.statuses == ["unreachable"]
    assert len(made.feed.runs) < 25
    assert made.people.runs == []
    (line,) = [record for record in caplog.records if record.name == "connectors.runner"]
    assert line.getMessage() == "akuvox:0C1105000001: unreachable, was starting: no route to 10.0.0.9"
    made.feed.script = []
    made.clock.now += 400
    again = make()
    again.feed.script = [Unreachable("no route"), Outcome(1), Unreachable("no route")]
    await again.run_for(30)
    assert again.emit.statuses == ["unreachable", "ok", "unreachable", "ok"]


async def test_a_rejected_login_is_not_tried_again_for_a_minute() -> None:
    made = make()
    made.feed.script = [AuthFailed("rejected"), AuthFailed("rejected", retry_after_seconds=300)]
    await made.run_for(3)
    made.runner.hinted({"job": "feed"})
    await made.run_for(1000)
    first, second, third = made.feed.runs[:3]
    assert second - first >= 60
    assert third - second >= 300
    assert made.people.runs[0] > second
    assert made.emit.statuses[:2] == ["auth_failed", "ok"]


async def test_retry_after_is_honoured_for_the_whole_source() -> None:
    made = make()
    made.feed.script = [ServerFault("429", retry_after_seconds=200)]
    await made.run_for(300)
    assert made.feed.runs[1] - made.feed.runs[0] >= 200
    assert made.people.runs[0] - made.feed.runs[0] >= 200


@pytest.mark.parametrize(
    ("failure", "status"), [(LicenceMissing("403"), "licence_missing"), (ServerFault("html"), "fault")]
)
async def test_trouble_of_one_job_does_not_starve_the_others(failure: SourceTrouble, status: str) -> None:
    made = make()
    made.people.script = [failure] * 100
    await made.run_for(600)
    assert len(made.feed.runs) > 100
    assert 3 <= len(made.people.runs) <= 10
    assert made.emit.statuses == ["ok", status]


async def test_our_own_bug_pauses_the_job_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    made = make()
    made.people.script = [KeyError("UserID")] * 100
    with caplog.at_level(logging.ERROR):
        await made.run_for(600)
    assert len(made.feed.runs) > 100
    assert len(made.people.runs) <= 10
    assert made.emit.statuses == ["ok", "fault"]
    (record,) = caplog.records
    assert record.exc_info is not None


async def test_kafka_that_is_away_means_the_same_run_again_and_is_nobodys_fault() -> None:
    made = make()
    made.feed.script = [DeliveryFailed("Kafka did not acknowledge")] * 3
    await made.run_for(20)
    assert made.feed.runs[1] - made.feed.runs[0] == pytest.approx(1)
    assert made.feed.runs[3] - made.feed.runs[0] == pytest.approx(7)
    assert set(made.emit.statuses) == {"ok"}


async def test_a_report_that_kafka_did_not_take_is_told_later() -> None:
    made = make()
    made.emit.failures = [DeliveryFailed("away")] * 2
    made.feed.script = [Unreachable("no route")] * 5
    await made.run_for(100)
    assert made.emit.statuses == ["unreachable"]


async def test_what_the_model_does_not_have_is_left_for_a_day() -> None:
    made = make()
    made.people.script = [NotSupported("unsupport action")]
    await made.run_for(7200)
    assert len(made.people.runs) == 1
    assert set(made.emit.statuses) == {"ok"}


async def test_a_tenant_without_a_key_holds_up_only_what_must_be_sealed() -> None:
    made = make()
    made.people.script = [KeyMissing("tenant 'demo' has no key")] * 100
    await made.run_for(600)
    assert len(made.feed.runs) > 100
    assert made.emit.statuses == ["ok", "fault"]


async def test_errors_of_the_state_end_it() -> None:
    made = make()
    made.feed.script = [StateFenced("taken over")]
    with pytest.raises(StateFenced):
        await made.run_for(10)
    assert made.source.closed == 1


async def test_a_source_that_cannot_be_made_is_tried_again_and_ends_nothing() -> None:
    made = make(make_failures=[SettingsError("cannot read /run/secrets/b1"), ImportError("no such module")])
    made.source.open_failures = [Unreachable("no session")]
    await made.run_for(600)
    assert len(made.feed.runs) > 50
    assert made.emit.statuses[0] == "fault"
    assert made.emit.statuses[-1] == "ok"
    assert (made.source.opened, made.source.closed) == (1, 1)  # the one that did not open was closed


async def test_a_settings_error_of_a_run_is_trouble_of_that_source() -> None:
    made = make()
    made.feed.script = [SettingsError("cannot read /run/secrets/b1")]
    await made.run_for(100)
    assert made.feed.runs[1] - made.feed.runs[0] >= 60
    assert made.emit.statuses[:2] == ["fault", "ok"]


async def test_paused_runs_nothing_but_commands_and_resumes_at_once() -> None:
    made = make()
    await made.state.put({"control": {"paused": True}})

    def resume() -> None:
        made.state.values["control"] = b'{"paused":false}'

    await made.run_for(300)
    assert made.feed.runs == []
    assert made.emit.statuses == ["paused"]
    made.commands.todo = [resume]
    made.runner.look_for_commands()
    resumed_at = made.clock.now - AT
    await made.run_for(100)
    assert made.feed.runs[0] - resumed_at <= 60
    assert made.people.runs[0] - resumed_at <= 60


async def test_an_order_makes_all_jobs_due() -> None:
    made = make()

    def order() -> None:
        made.state.values["control"] = b'{"rescan":{"n":1}}'

    made.people.script = [Outcome()]
    made.feed.script = [Outcome()]
    await made.run_for(3)
    assert len(made.people.runs) == 1
    made.commands.todo = [order]
    made.runner.look_for_commands()
    begun = made.clock.now
    await made.turn(lambda: len(made.people.runs) == 2)
    assert made.clock.now - begun < 10


async def test_commands_go_between_runs_and_know_whether_the_source_is_held() -> None:
    made = make()
    made.feed.script = [Unreachable("no route")]

    def fails() -> None:
        raise Unreachable("no route")

    made.commands.todo = [lambda: None, fails]
    await made.run_for(3)
    assert made.commands.held == [False, False]
    made.commands.todo = [lambda: None]
    await made.run_for(0.01)
    assert made.commands.held[-1] is True


async def test_kafka_trouble_of_a_command_is_not_tried_without_end() -> None:
    made = make()

    def fails() -> None:
        raise DeliveryFailed("away")

    made.commands.todo = [fails] * 1000
    await made.run_for(60)
    assert len(made.commands.held) <= 13


async def test_a_settings_error_of_a_command_is_trouble_of_that_source() -> None:
    made = make()

    def fails() -> None:
        raise SettingsError("cannot read /run/secrets/b1")

    made.commands.todo = [fails]
    await made.run_for(100)
    assert made.emit.statuses[:2] == ["fault", "ok"]


async def test_hints_are_coalesced_and_the_hint_of_a_broken_reader_is_left_out() -> None:
    made = make()
    runs = 0

    def hint() -> Outcome:
        nonlocal runs
        runs += 1
        if runs == 1:
            for _ in range(50):
                made.runner.hinted({"job": "people"})
            made.runner.hinted({})  # KeyError in the stand-in
        return Outcome()

    made.people.script = [hint, hint]
    await made.run_for(30)
    assert len(made.people.runs) == 2


async def test_a_gap_is_told_and_goes_on() -> None:
    made = make()

    def gap() -> Outcome:
        Told(made.runner.health, made.clock).status(SourceStatus.GAP, "12 rows")
        Told(made.runner.health, made.clock).skew(-3.5)
        return Outcome(9)

    made.feed.script = [gap]
    await made.run_for(10)
    ((_, report),) = [one for one in made.emit.written if one[0] is PolledTable.CONNECTOR]
    assert (report["status"], report["why"], report["skew_s"], report["rows"]) == ("gap", "12 rows", -3.5, 9)


async def test_a_stop_lets_the_run_in_hand_finish() -> None:
    made = make()

    def stops() -> Outcome:
        made.runner.stop()
        return Outcome(5)

    made.feed.script = [stops]
    await asyncio.wait_for(made.runner.run(), 5)
    assert made.runner.health.rows == 5
    assert made.source.closed == 1


async def test_runs_are_counted_by_vendor_and_job_alone() -> None:
    made = make()
    before = RUNS.labels("akuvox", "feed", "ok")._value.get()
    await made.run_for(20)
    assert RUNS.labels("akuvox", "feed", "ok")._value.get() - before in (len(made.feed.runs), len(made.feed.runs) - 1)


async def test_the_sleep_ends_with_the_time_or_the_event() -> None:
    event = asyncio.Event()
    await asyncio.wait_for(woken_or(event, 0.01), 5)
    event.clear()
    asyncio.get_running_loop().call_later(0.01, event.set)
    await asyncio.wait_for(woken_or(event, 100), 5)
