"""What every terminal does, whatever its dialect: connect, work, three quick tries, offline, errands (T12, H1)."""

import random
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from simulate.fleet.answering import answering
from simulate.fleet.answers import Answer
from simulate.fleet.clock import Bell, Clock
from simulate.fleet.counts import Counts, Lookups
from simulate.fleet.errand import MOST_REFUSALS, MOST_WAITING, Errand, anything
from simulate.fleet.errors import ExchangeError
from simulate.fleet.events import Event
from simulate.fleet.exchange import Line, Reply
from simulate.fleet.identity import Identity
from simulate.fleet.ledger import LedgerWriter
from simulate.fleet.life import Happening
from simulate.fleet.settings import FleetSettings

QUICK_TRIES = (0.3, 0.6, 0.9)
"""Pauses in seconds after the first, second and third try; then the terminal is offline."""

_BIG_REQUEST_BYTES = 10 * 1024

Refusal = Literal["", "busy", "refused"]


@dataclass(slots=True)
class Shared:
    """What all terminals of a fleet share. take: how many of so many punches may still be made; 0 after the stop."""

    settings: FleetSettings
    address: tuple[str, int]
    clock: Clock
    counts: Counts
    ledger: LedgerWriter
    take: Callable[[int], int]
    draining: bool = False


class Station(ABC):
    """One terminal. `live` runs until it is cancelled."""

    def __init__(self, identity: Identity, shared: Shared, keep_alive: bool) -> None:
        self._shared = shared
        self._settings = shared.settings
        self._scale = shared.settings.time_scale
        self._clock = shared.clock
        self.identity = identity
        # two streams of randomness: the wire's luck must not change who punches next
        self._wire_rng = random.Random(f"{shared.settings.seed}:{identity.serial}:wire")
        self._line = Line(shared.address, keep_alive)
        self._bell = Bell(shared.clock)
        self._outbox: deque[Errand] = deque()
        self._refusal: Refusal = ""
        self._restarting = False

    async def live(self) -> None:
        """Connect, work, go offline, connect again. Never ends by itself."""
        # at most a thousand terminals wake up per second: a fleet is not switched on at one instant
        await self._rest(self._wire_rng.random() * self._settings.terminals / 1000)
        try:
            while True:
                if await self._try_three_times(self._connect):
                    self._shared.counts.online += 1
                    try:
                        await self._work()
                    finally:
                        self._shared.counts.online -= 1
                    self._went_offline()
                seconds = self._settings.faults.reboot_seconds if self._restarting else self._error_delay()
                if self._restarting:
                    self._line.close()
                self._restarting = False
                await self._rest(seconds * self._scale)
        finally:
            self._line.close()

    def hurry(self) -> None:
        """The fleet drains: an upload in interval mode is due now."""
        self._bell.ring()

    @abstractmethod
    async def _connect(self, attempt: int) -> bool:
        """All that precedes work; whether it succeeded."""

    @abstractmethod
    async def _work(self) -> None:
        """Be online: polls and uploads, until three tries of one of them have failed."""

    @abstractmethod
    def _error_delay(self) -> float:
        """Seconds of being offline, not scaled."""

    @abstractmethod
    def _timeout(self) -> float:
        """Seconds to wait for a reply."""

    @abstractmethod
    def _went_offline(self) -> None:
        """The terminal was online and is no longer."""

    @abstractmethod
    def happen(self, what: Happening) -> None:
        """Something that is no punch happens here; what is nothing for this terminal does not."""

    @abstractmethod
    def restore_event(self, number: int) -> None:
        """What numbers the events of an earlier run reached: go on behind it."""

    @property
    def _busy(self) -> bool:
        """So much waits that nothing more may happen here."""
        return len(self._outbox) >= MOST_WAITING

    def _queue(self, errands: Iterable[Errand]) -> None:
        """Errands to be sent in this order; their events reach the ledger first."""
        for errand in errands:
            self._made(errand.events)
            self._outbox.append(errand)
        self._bell.ring()

    def _made(self, events: tuple[Event, ...]) -> None:
        if events:
            self._shared.ledger.events.made(self.identity.serial, events, int(self._clock.now() * 1000))
            for kind, _ in events:
                self._shared.counts.event(kind, acknowledged=False)

    def _queue_answers(self, given: list[Answer], request: Callable[[bytes], bytes]) -> None:
        """Answers to commands, each by its fate; `request` makes a body into a request."""
        self._shared.counts.answers.update(answer.code for answer in given)
        seed = f"{self._settings.seed}:{self.identity.serial}"
        bodies = answering(given, self._settings.faults, seed, self.identity.serial)
        # the reply to results needs no OK: a status of 200 is enough (D7)
        self._queue(Errand(partial(request, body), accept=anything) for body in bodies.now)
        for body in bodies.later:
            seconds = self._settings.faults.late_seconds * self._scale
            errand = Errand(partial(request, body), accept=anything)
            self._clock.call_later(seconds, partial(self._queue, [errand]))

    async def _empty_outbox(self) -> bool:
        """Send all that waits now; False when the terminal must go offline."""
        while self._outbox:
            if not await self._try_three_times(self._send_errand):
                return False
        return True

    async def _send_errand(self, _: int) -> bool:
        """Send the first errand. It stays first until it is acknowledged, or refused too often."""
        errand = self._outbox[0]
        counts = self._shared.counts
        started = self._clock.monotonic()
        reply = await self._exchange(errand.build(), errand.timeout)
        if errand.question:
            self._answered(errand, reply, self._clock.monotonic() - started)
        elif reply is not None and errand.accept(reply):
            if errand.events:
                self._shared.ledger.events.acked(self.identity.serial, errand.events, int(self._clock.now() * 1000))
            for kind, _id in errand.events:
                counts.event(kind, acknowledged=True)
        else:
            if reply is not None:
                counts.errors += 1
            errand.refusals += reply is not None or self._refusal == "refused"
            if errand.refusals < MOST_REFUSALS:
                return False
            counts.given_up += 1
            counts.events_lost += len(errand.events)
            reply = None
        self._outbox.remove(errand)
        if reply is not None:
            if errand.done:
                errand.done()
            self._outbox.extendleft(reversed([*errand.follow(reply)]))
        return True

    def _answered(self, errand: Errand, reply: Reply | None, seconds: float) -> None:
        """Count a question; nobody asks twice."""
        assert errand.question is not None
        lookups = self._shared.counts.lookups.setdefault(errand.question, Lookups())
        lookups.count += 1
        if reply is None:
            lookups.failed += 1
        else:
            lookups.none += errand.none(reply)
            lookups.latencies.add(seconds, self._clock.monotonic())

    async def _try_three_times(self, request: Callable[[int], Awaitable[bool]]) -> bool:
        for number, pause in enumerate(QUICK_TRIES):
            if await request(number):
                return True
            await self._rest(pause * self._scale)
        return False

    async def _exchange(self, request: bytes, timeout: float | None = None) -> Reply | None:
        """The reply when its status is 200; everything else is a counted failure."""
        seconds = min(self._settings.reply_timeout, timeout or self._timeout())
        self._shared.counts.requests += 1
        self._refusal = ""
        try:
            reply = await self._line.exchange(request, seconds * (4 if len(request) > _BIG_REQUEST_BYTES else 1))
        except ExchangeError:
            self._shared.counts.errors += 1
            return None
        if reply.status == 200:
            return reply
        if reply.status == 503:
            self._refusal = "busy"
            self._shared.counts.refused_503 += 1
        else:
            self._refusal = "refused"
            self._shared.counts.errors += 1
        return None

    async def _rest(self, seconds: float) -> None:
        """Do nothing for so long: in this time the bell wakes nobody up."""
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            await self._bell.sleep(left)
