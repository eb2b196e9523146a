"""Runs a fleet: terminals, the people who punch at them, the stop, the drain, the account on disk."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simulate.fleet.access_terminal import AccessTerminal
from simulate.fleet.clock import Bell, Clock, SystemClock
from simulate.fleet.counts import Counts, Phase, write_status
from simulate.fleet.dialect import is_nth
from simulate.fleet.errors import FatalError
from simulate.fleet.events import read_events
from simulate.fleet.identity import identity
from simulate.fleet.ledger import ACKED, MADE, LedgerWriter, read_lines
from simulate.fleet.life import HAPPENINGS, Happening
from simulate.fleet.plan.crew import Crew
from simulate.fleet.plan.places import TERMINALS
from simulate.fleet.punches import seconds_of
from simulate.fleet.settings import FleetSettings
from simulate.fleet.station import Shared, Station
from simulate.fleet.terminal import Terminal

STATUS = "status.json"
_STATUS_SECONDS = 0.5
_LONGEST_CATCH_UP = 1.0


@dataclass(frozen=True, slots=True)
class FleetResult:
    """The end of a run. made, acknowledged and waiting span the whole ledger, the others this run.

    counts: all that was counted; events and lookups are only there.
    seconds: from start to stop, without the drain. ack_ms: from sending an upload to its acknowledgement.
    """

    terminals: int
    made: int
    acknowledged: int
    waiting: int
    requests: int
    refused_503: int
    errors: int
    resent: int
    seconds: float
    ack_ms_p50: float
    ack_ms_p95: float
    counts: Counts


async def run_fleet(settings: FleetSettings, stop: asyncio.Event, clock: Clock | None = None) -> FleetResult:
    """Run until `stop`, the duration or the number of punches; then drain. Raises FatalError when it cannot start.

    The ledger and the status file are complete when this returns, raises or is cancelled.
    """
    fleet = _Fleet(settings, stop, clock or SystemClock(), await _resolve(settings))
    try:
        return await fleet.run()
    finally:
        fleet.close()


class _Fleet:
    def __init__(self, settings: FleetSettings, stop: asyncio.Event, clock: Clock, address: tuple[str, int]) -> None:
        self._settings = settings
        self._stop = stop
        self._clock = clock
        self._budget = settings.punches
        self._phase: Phase = "running"
        self._counts = Counts(terminals=settings.terminals + (len(TERMINALS) if settings.crew else 0))
        self._ledger = LedgerWriter(settings.ledger)
        try:
            shared = Shared(settings, address, clock, self._counts, self._ledger, self._take)
            self._terminals: list[Terminal] = []
            self._doors: list[AccessTerminal] = []
            for number in range(1, settings.terminals + 1):
                if is_nth(number, settings.access_share):
                    self._doors.append(AccessTerminal(identity(number), shared))
                else:
                    self._terminals.append(Terminal(identity(number), shared))
            self._crew = Crew(shared, stop) if settings.crew else None
            _restore(settings.ledger, [*self._terminals, *(self._crew.terminals if self._crew else ())], self._counts)
            _restore_events(settings.ledger, self._all)
        except BaseException:
            self._ledger.close()
            raise
        self._shared = shared

    async def run(self) -> FleetResult:
        started = self._clock.monotonic()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(terminal.live()) for terminal in self._all]
            tasks.append(group.create_task(self._report()))
            if self._crew is not None:
                tasks.append(group.create_task(self._crew.live()))
            if self._settings.rate != "max":
                tasks.append(group.create_task(self._punch(self._settings.rate)))
            rates = {what: self._settings.life.rate(what) for what in HAPPENINGS}
            tasks += [group.create_task(self._happen(what, rate)) for what, rate in rates.items() if rate]
            timers = []
            if self._settings.duration is not None:
                timers.append(self._clock.call_later(self._settings.duration, self._stop.set))
            try:
                await self._stop.wait()
                seconds = self._clock.monotonic() - started
                await self._drain()
            finally:
                for timer in timers:
                    timer.cancel()
                for task in tasks:
                    task.cancel()
        counts = self._counts
        return FleetResult(
            terminals=counts.terminals,
            made=counts.made,
            acknowledged=counts.acknowledged,
            waiting=counts.waiting,
            requests=counts.requests,
            refused_503=counts.refused_503,
            errors=counts.errors,
            resent=counts.resent,
            seconds=seconds,
            ack_ms_p50=counts.latencies.all_ms(0.50),
            ack_ms_p95=counts.latencies.all_ms(0.95),
            counts=counts,
        )

    @property
    def _all(self) -> list[Station]:
        return [*self._terminals, *self._doors, *(self._crew.terminals if self._crew else ())]

    def close(self) -> None:
        """Everything to disk; the last status says done."""
        self._phase = "done"
        self._ledger.close()
        self._counts.online = 0
        self._write_status()

    def _take(self, count: int) -> int:
        """How many of so many punches may be made. The last one of the number that was asked for stops the fleet."""
        if self._stop.is_set():
            return 0
        if self._budget is None:
            return count
        count = min(count, self._budget)
        self._budget -= count
        if self._budget == 0:
            self._stop.set()
        return count

    async def _punch(self, rate: float) -> None:
        """People punch all over the fleet at an even rate. Which terminal is next depends on the seed alone."""
        rng = random.Random(f"{self._settings.seed}:fleet")
        rows = self._settings.rows_per_body
        places = self._terminals
        await self._evenly(rows / rate, lambda: places[int(rng.random() * len(places))].make(rows))

    async def _happen(self, what: Happening, rate: float) -> None:
        """Something else happens all over the fleet, at the terminals that are made for it, until the stop."""
        rng = random.Random(f"{self._settings.seed}:fleet:{what}")
        doors = what == "doors" or (what == "auth_types" and self._doors)
        places: list[Station] = [*self._doors] if doors else [*self._terminals]
        if what == "enrolments":
            places = [*self._terminals, *self._doors]

        def happen() -> None:
            if places and not self._stop.is_set():
                rng.choice(places).happen(what)

        await self._evenly(1 / rate, happen)

    async def _evenly(self, seconds: float, call: Callable[[], None]) -> None:
        """Call every so many seconds."""
        bell = Bell(self._clock)
        due_at = self._clock.monotonic()
        while True:
            now = self._clock.monotonic()
            # after a pause of the machine the missed calls come, but not more than a second of them
            due_at = max(due_at, now - _LONGEST_CATCH_UP)
            while due_at <= now:
                call()
                due_at += seconds
            await bell.sleep(max(due_at - now, 0.005))

    async def _drain(self) -> None:
        """Go on until everything is acknowledged or the time is over."""
        self._phase = "draining"
        self._shared.draining = True
        for terminal in self._all:
            terminal.hurry()
        until = self._clock.monotonic() + self._settings.drain_seconds
        bell = Bell(self._clock)
        while (self._counts.waiting or self._counts.events_waiting > 0) and self._clock.monotonic() < until:
            await bell.sleep(0.02)

    async def _report(self) -> None:
        bell = Bell(self._clock)
        while True:
            self._ledger.flush()
            self._write_status()
            await bell.sleep(_STATUS_SECONDS)

    def _write_status(self) -> None:
        path = self._settings.ledger / STATUS
        write_status(path, self._counts, self._phase, self._clock.monotonic(), int(self._clock.now() * 1000))


async def _resolve(settings: FleetSettings) -> tuple[str, int]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(settings.host, settings.port, type=1)
    except OSError as error:
        raise FatalError(f"simulate fleet: cannot resolve the host of {settings.url}: {error}") from error
    return str(found[0][4][0]), settings.port


def _restore(folder: Path, terminals: list[Terminal], counts: Counts) -> None:
    """Give every terminal its memory of earlier runs on this ledger."""
    of_serial = {terminal.identity.serial: terminal for terminal in terminals}
    acked = set(read_lines(folder / ACKED))
    waiting: dict[str, list[tuple[str, str]]] = {}
    for serial, pin, second in read_lines(folder / MADE):
        counts.made += 1
        if serial in of_serial:
            of_serial[serial].maker.remember(pin, second)
        if (serial, pin, second) not in acked:
            waiting.setdefault(serial, []).append((pin, second))
    counts.acknowledged = len(acked)
    if unknown := sorted(waiting.keys() - of_serial.keys()):
        raise FatalError(
            f"{folder}: {unknown[-1]} has unacknowledged punches and is not among the {len(terminals)} terminals; "
            f"start as many terminals as before, or give a new ledger folder"
        )
    for serial, punches in waiting.items():
        terminal = of_serial[serial]
        terminal.restore([terminal.maker.again(pin, second) for pin, second in punches])


def _restore_events(folder: Path, terminals: list[Station]) -> None:
    """No later event may have the number of an earlier one: the index of a door event, the second of an operation."""
    of_serial = {terminal.identity.serial: terminal for terminal in terminals}
    for kind, serial, name in read_events(folder).made:
        if kind in ("door", "operation") and serial in of_serial:
            number, _, _ = name.partition("/")
            of_serial[serial].restore_event(int(number) if kind == "door" else seconds_of(number))
