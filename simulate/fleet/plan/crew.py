"""The crew at its own terminals: what the plan has until now is sent as backlog, then it goes on live."""

import asyncio
import random
from collections.abc import Mapping

from simulate.fleet.clock import Bell
from simulate.fleet.dialect import Dialect, dialect_of
from simulate.fleet.identity import Identity
from simulate.fleet.ledger import MADE, read_lines
from simulate.fleet.plan.file import open_plan, write_plan
from simulate.fleet.plan.make import extended, started
from simulate.fleet.plan.model import Key, Plan, key_of
from simulate.fleet.plan.places import TERMINALS
from simulate.fleet.punches import Punch, PunchMaker, normal_pin, seconds_of, texts_of
from simulate.fleet.station import Shared
from simulate.fleet.terminal import Terminal

_LONGEST_WAIT = 3600.0
_VERIFY_MODE = 1

States = dict[tuple[str, int], int]


class PlannedPunches(PunchMaker):
    """Punches whose keys the plan says. states: by PIN and local second."""

    def __init__(self, rng: random.Random, pins: list[str], dialect: Dialect, states: States, capacity: int) -> None:
        super().__init__(rng, pins, dialect.tails(), capacity)
        self._dialect = dialect
        self._states = states

    def record(self, person: int, local_second: int) -> Punch:
        pin = self._pins[person]
        second, printed = texts_of(local_second)
        state = self._states[normal_pin(pin), local_second]
        return Punch(pin, second, f"{pin}\t{printed}{self._dialect.tail(state, _VERIFY_MODE)}")


class CrewTerminal(Terminal):
    """A terminal where nobody punches but as planned."""

    def __init__(self, identity: Identity, shared: Shared, pins: list[str], states: States) -> None:
        settings = shared.settings
        rng = random.Random(f"{settings.seed}:{identity.serial}")
        dialect = dialect_of(settings, identity.number)
        super().__init__(identity, shared, PlannedPunches(rng, pins, dialect, states, settings.history))

    def make(self, count: int) -> None:
        """Nobody comes by chance."""

    def punch(self, pin: str, second: str, at_ms: int) -> None:
        """Somebody comes as planned; at_ms: when it is noted, epoch milliseconds."""
        self.maker.remember(pin, second)
        self._add(self.maker.again(pin, second), at_ms)
        self._shared.counts.made += 1
        self._bell.ring()


class Crew:
    """Its terminals, and the people who come to them. Reads and writes the plan in the ledger's folder.

    Raises FatalError when the plan there is another crew's.
    """

    def __init__(self, shared: Shared, stop: asyncio.Event) -> None:
        settings = shared.settings
        self._shared = shared
        self._stop = stop
        self._folder = settings.ledger
        now = int(shared.clock.now())
        plan = open_plan(self._folder, crew=settings.crew, seed=settings.seed, tenant=settings.tenant, now=now)
        self._states: dict[str, States] = {terminal.serial: {} for terminal in TERMINALS}
        self._waiting: list[tuple[int, Key]] = []
        self._made = {(serial, normal_pin(pin), second) for serial, pin, second in read_lines(self._folder / MADE)}
        self._plan = started(extended(plan, now), now)
        write_plan(self._folder, self._plan)
        self._take(self._plan)
        self.terminals = [
            CrewTerminal(terminal, shared, pins, self._states[terminal.serial])
            for terminal in TERMINALS
            for pins in [[person.pin for person in plan.people if terminal.serial in person.serials]]
        ]

    def punch(self) -> float:
        """Everybody who is to have come by now comes. Returns seconds until the next one."""
        now = self._shared.clock.now()
        if (plan := extended(self._plan, int(now))) is not self._plan:
            self._plan = plan
            write_plan(self._folder, plan)
            self._take(plan)
        by_serial: Mapping[str, CrewTerminal] = {terminal.identity.serial: terminal for terminal in self.terminals}
        while self._waiting and self._waiting[-1][0] <= now:
            _, (serial, pin, second) = self._waiting.pop()
            self._made.add((serial, pin, second))
            by_serial[serial].punch(pin, second, int(now * 1000))
        return min(self._waiting[-1][0] - now, _LONGEST_WAIT) if self._waiting else _LONGEST_WAIT

    async def live(self) -> None:
        """Until the stop, or cancelled."""
        bell = Bell(self._shared.clock)
        while not self._stop.is_set():
            await bell.sleep(self.punch())

    def _take(self, plan: Plan) -> None:
        """What the plan has and nobody punched yet, the next one last."""
        people = {person.employee: person for person in plan.people}
        waiting = []
        for day in plan.days:
            for punch in day.punches:
                key = key_of(people[day.employee], punch)
                self._states[punch.serial][people[day.employee].pin, seconds_of(punch.local)] = punch.state
                if key not in self._made:
                    waiting.append((punch.at, key))
        self._waiting = sorted(waiting, reverse=True)
