"""One terminal: handshake, polls, uploads, quick tries, offline, backlog (spec/zk-push.md T12, D2, H1, L8)."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from simulate.fleet.clock import Bell, Clock
from simulate.fleet.counts import Counts
from simulate.fleet.dialect import dialect_of
from simulate.fleet.errors import ExchangeError
from simulate.fleet.exchange import Line, Reply
from simulate.fleet.identity import Identity
from simulate.fleet.ledger import LedgerWriter
from simulate.fleet.memory import Memory
from simulate.fleet.punches import Punch, PunchMaker, pins_of
from simulate.fleet.requests import Options, Requests, read_commands, read_options
from simulate.fleet.settings import FleetSettings

QUICK_TRIES = (0.3, 0.6, 0.9)
"""Pauses in seconds after the first, second and third try; then the terminal is offline."""

_BIG_REQUEST_BYTES = 10 * 1024
_SOON = 1.0


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


class Terminal:
    """One terminal. `live` runs until it is cancelled; `make` is people punching, online or not."""

    def __init__(self, identity: Identity, shared: Shared) -> None:
        settings = shared.settings
        self._shared = shared
        self._settings = settings
        self._scale = settings.time_scale
        self._clock = shared.clock
        self.identity = identity
        # two streams of randomness: the wire's luck must not change who punches next
        rng = random.Random(f"{settings.seed}:{identity.serial}")
        self._wire_rng = random.Random(f"{settings.seed}:{identity.serial}:wire")
        self._memory = Memory(self._wire_rng, settings.rows_per_body)
        self._dialect = dialect_of(settings, identity.number)
        self.maker = PunchMaker(rng, pins_of(rng, settings.people), self._dialect.tails())
        self._requests = Requests(identity.serial, self._dialect, f"{settings.host}:{settings.port}")
        self._line = Line(shared.address, keep_alive=self._dialect.variant == "keep-alive")
        self._bell = Bell(shared.clock)
        self._options = Options()
        self._next_poll = 0.0
        self._next_upload = 0.0
        self._first_poll = True

    def make(self, count: int) -> None:
        """Make punches now, by the terminal's own clock; fewer when the memory is full or the fleet has enough."""
        count = self._shared.take(min(count, self._memory.room))
        now = self._clock.now()
        local_second, at_ms = self.identity.local_second(int(now)), int(now * 1000)
        for _ in range(count):
            punch = self.maker.make(local_second)
            self._shared.ledger.made(self.identity.serial, punch, at_ms)
            self._memory.add(punch)
        self._shared.counts.made += count
        self._bell.ring()

    def restore(self, punches: list[Punch]) -> None:
        """Punches of an earlier run that nobody acknowledged, oldest first."""
        for punch in punches:
            self._memory.add(punch)
        self._memory.fall_behind()

    def hurry(self) -> None:
        """The fleet drains: an upload in interval mode is due now."""
        self._bell.ring()

    async def live(self) -> None:
        """Connect, work, go offline, connect again. Never ends by itself."""
        # at most a thousand terminals wake up per second: a fleet is not switched on at one instant
        await self._rest(self._wire_rng.random() * self._settings.terminals / 1000)
        try:
            while True:
                if await self._try_three_times(self._handshake):
                    self._shared.counts.online += 1
                    try:
                        await self._work()
                    finally:
                        self._shared.counts.online -= 1
                    self._memory.fall_behind()
                await self._rest(self._options.error_delay * self._scale)
        finally:
            self._line.close()

    async def _work(self) -> None:
        """Be online: polls and uploads, until three tries of one of them have failed."""
        good = True
        while good:
            if self._settings.rate == "max" and not self._memory:
                self.make(self._settings.rows_per_body)
            now = self._clock.monotonic()
            if now >= self._next_poll:
                good = await self._try_three_times(self._poll)
            elif self._upload_due(now):
                good = await self._try_three_times(self._upload)
            else:
                until = min(self._next_poll, self._next_upload) if self._memory else self._next_poll
                await self._bell.sleep(until - now)

    async def _try_three_times(self, request: Callable[[int], Awaitable[bool]]) -> bool:
        for number, pause in enumerate(QUICK_TRIES):
            if await request(number):
                return True
            await self._rest(pause * self._scale)
        return False

    async def _handshake(self, _: int) -> bool:
        reply = await self._exchange(self._requests.handshake())
        options = read_options(reply.body, self._options) if reply else None
        if options is None:
            if reply:
                self._shared.counts.errors += 1
            return False
        self._options = options
        self._first_poll = True
        self._next_poll = 0.0
        self._next_upload = self._clock.monotonic() + self._upload_interval()
        return True

    async def _poll(self, _: int) -> bool:
        if self._first_poll:
            request = self._requests.poll_with_info(self._settings.people, self._memory.records)
        else:
            request = self._requests.poll()
        reply = await self._exchange(request)
        if reply is None:
            return False
        if not reply.body:
            self._shared.counts.errors += 1
            return False
        if reply.body.startswith(b"UNKNOWN"):  # the server has forgotten this terminal: ask for options again (D16)
            good = await self._handshake(0)
            self._next_poll = self._clock.monotonic() + _SOON * self._scale
            return good
        self._first_poll = False
        delay = self._options.delay
        if commands := read_commands(reply.body):
            if not await self._try_three_times(lambda _: self._answer(commands)):
                return False
            delay = min(delay, _SOON)  # more commands may wait (D2)
        self._next_poll = self._clock.monotonic() + delay * self._scale
        return True

    async def _answer(self, commands: list[tuple[str, str]]) -> bool:
        return await self._exchange(self._requests.results(commands)) is not None

    def _upload_due(self, now: float) -> bool:
        at_once = self._options.realtime or self._shared.draining
        return bool(self._memory) and (at_once or now >= self._next_upload)

    async def _upload(self, attempt: int) -> bool:
        punches, again = self._memory.body(attempt, self._options.realtime)
        self._shared.counts.resent += again
        self._shared.ledger.flush_made()
        stamp = "9999" if self._dialect.stamp == "9999" else self._memory.stamp or self._options.attlog_stamp or "0"
        started = self._clock.monotonic()
        reply = await self._exchange(self._requests.upload(stamp, punches))
        if reply is None:
            return False
        if b"OK" not in reply.body:
            self._shared.counts.errors += 1
            return False
        now = self._clock.monotonic()
        self._shared.counts.latencies.add(now - started, now)
        self._shared.counts.acknowledged += len(punches)
        self._shared.ledger.acked(self.identity.serial, punches, int(self._clock.now() * 1000))
        self._memory.forget(len(punches))
        if not self._memory:
            self._next_upload = now + self._upload_interval()
        return True

    async def _exchange(self, request: bytes) -> Reply | None:
        """The reply when its status is 200; everything else is a counted failure."""
        timeout = min(self._settings.reply_timeout, self._options.timeout)
        self._shared.counts.requests += 1
        try:
            reply = await self._line.exchange(request, timeout * (4 if len(request) > _BIG_REQUEST_BYTES else 1))
        except ExchangeError:
            self._shared.counts.errors += 1
            return None
        if reply.status == 200:
            return reply
        if reply.status == 503:
            self._shared.counts.refused_503 += 1
        else:
            self._shared.counts.errors += 1
        return None

    def _upload_interval(self) -> float:
        """Seconds between uploads out of real-time mode; without TransInterval, as often as polls."""
        return (self._options.trans_interval * 60 or self._options.delay) * self._scale

    async def _rest(self, seconds: float) -> None:
        """Do nothing for so long: in this time the bell wakes nobody up."""
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            await self._bell.sleep(left)
