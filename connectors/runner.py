"""One source at work: its jobs one at a time, its commands in between, its state told. One task, asleep when nothing is
due; nobody else touches the source.

What a server or station does wrong pauses a job or the source and never ends the process; so does an exception that
nobody expected, since nothing is lost by it: no cursor moves, and the back-off keeps our own bugs from spinning.
Errors of Kafka mean the same run again; errors of the state end the process.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Final

from connectors import control
from connectors.commands import CommandRunner
from connectors.errors import Fatal, NotSupported, SourceTrouble
from connectors.failures import failure_of
from connectors.health import Health
from connectors.lease import take_lease
from connectors.metrics import ERRORS, RUN_SECONDS, RUNS, RunResult, vendor_of
from connectors.schedule import Schedule
from connectors.source import Job, Json, Source, Tools
from runtime.errors import Fatal as RuntimeFatal
from runtime.errors import KeyMissing, SettingsError
from runtime.errors import Retriable as RuntimeRetriable
from schemas.polled import PolledTable, SourceStatus

log = logging.getLogger(__name__)

LONGEST_RUN_SECONDS: Final = 1800.0
COMMANDS_AGAIN_SECONDS: Final = 5.0
UNSUPPORTED_SECONDS: Final = 86_400.0
_LONGEST_SLEEP_SECONDS: Final = 60.0
_OPEN: Final = "open"

Sleep = Callable[[asyncio.Event, float], Awaitable[None]]


async def woken_or(event: asyncio.Event, seconds: float) -> None:
    """Until the event, at most so long; it is set then."""
    timer = asyncio.get_running_loop().call_later(seconds, event.set)
    try:
        await event.wait()
    finally:
        timer.cancel()


class SourceRunner:
    """`make` gives the source, again when it fails; `tools.tell` leads to `health` (connectors.health.Told)."""

    def __init__(
        self,
        make: Callable[[Tools], Source],
        tools: Tools,
        health: Health,
        commands: CommandRunner,
        *,
        worker: str,
        sleep: Sleep = woken_or,
    ) -> None:
        self.key = tools.key
        self.health = health
        self._vendor = vendor_of(tools.key)
        self._make = make
        self._tools = tools
        self._commands = commands
        self._worker = worker
        self._sleep = sleep
        self._source: Source | None = None
        self._jobs: dict[str, Job] = {}
        self._schedule = Schedule([(_OPEN, _LONGEST_SLEEP_SECONDS)], now=tools.monotonic(), random=tools.random)
        self._wake = asyncio.Event()
        self._is_stopping = False
        self._was = health.status
        self._control: Json | None = None
        self._commands_after = -math.inf
        self._unexpected: dict[str, type[Exception]] = {}

    def stop(self) -> None:
        """End after what is under way."""
        self._is_stopping = True
        self._wake.set()

    def look_for_commands(self) -> None:
        """Called now and then: wakes it when a command waits."""
        if self._commands.waiting():
            self._wake.set()

    def hinted(self, hint: Mapping[str, str]) -> None:
        """What a hint names is due at once."""
        if self._source is None:
            return
        try:
            names = self._source.hinted(hint)
        except Exception:
            log.exception("%s: a hint is left out", self.key)
            return
        if names:
            self._schedule.wake(self._tools.monotonic(), names)
            self._wake.set()

    async def run(self) -> None:
        """Until `stop`, or cancelled. Raises errors that end the process."""
        await take_lease(self._tools.state, self._worker, self._tools.clock())
        self._control = self._tools.state.get(control.NAME)
        self._schedule.wake(self._tools.monotonic())
        try:
            while not self._is_stopping:
                self._wake.clear()
                did_something = await self._command()
                is_paused = self._follow_control()
                if not is_paused and (name := self._schedule.next(self._tools.monotonic())) is not None:
                    did_something = True
                    await self._run(name)
                await self._report()
                if not did_something:
                    await self._rest(is_paused=is_paused)
        finally:
            if self._source is not None:
                await self._source.close()

    def _follow_control(self) -> bool:
        """Whether it is paused. An order changes what the readers do: all of them are due at once."""
        ordered = self._tools.state.get(control.NAME)
        if ordered != self._control:
            self._control = ordered
            self._schedule.wake(self._tools.monotonic())
        is_paused = control.is_paused(ordered)
        self.health.paused(is_paused, self._tools.clock())
        return is_paused

    async def _rest(self, *, is_paused: bool) -> None:
        seconds = _LONGEST_SLEEP_SECONDS
        if not is_paused:
            seconds = min(seconds, self._schedule.next_at() - self._tools.monotonic())
        if seconds > 0 and not self._is_stopping:
            await self._sleep(self._wake, seconds)

    async def _run(self, name: str) -> None:
        started, started_at = self._tools.monotonic(), self._tools.clock()
        try:
            async with asyncio.timeout(LONGEST_RUN_SECONDS):
                if name == _OPEN and self._source is None:
                    await self._open()
                    return
                outcome = await self._jobs[name].run()
        except NotSupported as error:
            log.info("%s: %s is not tried again for a day: %s", self.key, name, error)
            self._schedule.postpone(name, self._tools.monotonic(), UNSUPPORTED_SECONDS)
            self.health.cleared(name, self._tools.clock())
            result = RunResult.UNSUPPORTED
        except KeyMissing as error:  # other jobs may need none
            result = self._failed(name, error)
        except RuntimeRetriable as error:
            self._kafka(name, error)
            result = RunResult.KAFKA
        except (Fatal, RuntimeFatal) as error:
            if not isinstance(error, SettingsError):
                raise
            result = self._failed(name, error)
        except Exception as error:  # noqa: BLE001 - logged and told there; a source must not end the others
            result = self._failed(name, error)
        else:
            self._unexpected.pop(name, None)
            self._schedule.done(name, self._tools.monotonic(), started=started, again=outcome.again)
            self.health.ran(name, self._tools.clock(), started=started_at, rows=outcome.rows, again=outcome.again)
            result = RunResult.OK
        RUNS.labels(self._vendor, name, result).inc()
        RUN_SECONDS.labels(self._vendor, name).observe(self._tools.monotonic() - started)

    async def _open(self) -> None:
        source = self._make(self._tools)
        try:
            await source.open()
        except BaseException:
            await source.close()
            raise
        jobs = [(job.name, job.every_seconds) for job in source.jobs]
        self._schedule = Schedule(jobs, now=self._tools.monotonic(), random=self._tools.random)
        self._jobs = {job.name: job for job in source.jobs}
        self._source = source
        self.health.begun([name for name, _ in jobs])
        self.health.cleared(_OPEN, self._tools.clock())

    async def _command(self) -> bool:
        """Whether one was claimed."""
        now = self._tools.monotonic()
        if now < self._commands_after or not self._commands.waiting():
            return False
        try:
            return await self._commands.run_one(self._source, held=self._schedule.is_held(now))
        except (SourceTrouble, SettingsError) as trouble:
            self._failed(None, trouble)
        except RuntimeRetriable as error:
            self._commands_after = now + COMMANDS_AGAIN_SECONDS
            self._kafka(None, error)
        return False

    def _failed(self, name: str | None, error: Exception) -> RunResult:
        """name: None when it was a command. Whoever is at fault pauses; what nobody expected is logged, once."""
        failure, now = failure_of(error), self._tools.monotonic()
        if failure.whole:
            self._schedule.source_failed(name, now, least=failure.least_seconds)
        else:
            self._schedule.rest(now, failure.least_seconds)
            if name is not None:
                self._schedule.failed(name, now)
        if failure.result is RunResult.INTERNAL and name and self._unexpected.get(name) is not type(error):
            self._unexpected[name] = type(error)
            log.error("%s: %s failed unexpectedly; it pauses", self.key, name, exc_info=error)
        if failure.whole or name is not None:
            ERRORS.labels(self._vendor, failure.status.value).inc()
            self.health.failed(name or "command", failure.status, failure.why, self._tools.clock(), whole=failure.whole)
        return failure.result

    def _kafka(self, name: str | None, error: RuntimeRetriable) -> None:
        if not self._schedule.kafka_failures:
            log.warning("%s: %s; the same again until it works", self.key, error)
        self._schedule.kafka_failed(name, self._tools.monotonic())

    async def _report(self) -> None:
        """Also logs a change of state, once."""
        if self.health.status is not self._was:
            level = logging.INFO if self.health.status is SourceStatus.OK else logging.WARNING
            log.log(level, "%s: %s, was %s%s", self.key, self.health.status.value, self._was.value,
                    f": {self.health.why}" if self.health.why else "")  # fmt: skip
            self._was = self.health.status
        report = self.health.due(self._tools.clock())
        if report is None:
            return
        try:
            await self._tools.emit.one(PolledTable.CONNECTOR, asdict(report))
        except RuntimeRetriable as error:
            self._kafka(None, error)
        else:
            self.health.told(report, self._tools.clock())
