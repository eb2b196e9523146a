"""An attendance terminal: handshake, time, polls, commands, punches and all else that goes up (T12, D2, H1, L8)."""

import random
from functools import cached_property

from simulate.fleet.answers import Answer
from simulate.fleet.commands import Command, read_commands
from simulate.fleet.contents import Contents
from simulate.fleet.dialect import dialect_of
from simulate.fleet.download import download
from simulate.fleet.errand import Errand
from simulate.fleet.firmware import Then
from simulate.fleet.happening import happen
from simulate.fleet.identity import Identity
from simulate.fleet.life import Happening
from simulate.fleet.memory import Memory
from simulate.fleet.photos import is_photographed, photo_errand
from simulate.fleet.punches import Punch, PunchMaker, pins_of, texts_of
from simulate.fleet.requests import Options, Requests, read_options
from simulate.fleet.rows import Upload
from simulate.fleet.stamps import Stamps
from simulate.fleet.station import Shared, Station
from simulate.fleet.trans_flag import TransFlag
from simulate.fleet.wallclock import WallClock

_SOON = 1.0


class Terminal(Station):
    """One attendance terminal. `make` is people punching, online or not; `happen` is all else that they do.

    maker: whose punches; None: those of people by seed.
    """

    def __init__(self, identity: Identity, shared: Shared, maker: PunchMaker | None = None) -> None:
        settings = shared.settings
        self._dialect = dialect_of(settings, identity.number)
        super().__init__(identity, shared, keep_alive=self._dialect.variant == "keep-alive")
        rng = random.Random(f"{settings.seed}:{identity.serial}")
        self._memory = Memory(self._wire_rng, settings.rows_per_body)
        self.maker = maker or PunchMaker(rng, pins_of(rng, settings.people), self._dialect.tails(), settings.history)
        self._requests = Requests(identity.serial, self._dialect, f"{settings.host}:{settings.port}")
        self._requests.set_com_key(settings.com_key)
        error = None if settings.clocks == "right" else self._wire_rng.uniform(-1, 1) * settings.clock_skew
        self._wall = WallClock(identity, self._dialect.time_zone, error)
        self._photo_share = settings.life.photo_share
        self._options = Options()
        self._stamps = Stamps(self._dialect.stamp)
        self._last_operation = 0
        self._next_poll = 0.0
        self._next_upload = 0.0
        self._next_sync = float("inf")
        self._first_poll = True
        self._greeted = False
        self._errand_next = False

    @cached_property
    def contents(self) -> Contents:
        """All that is not punching; made when it is first needed."""
        dialect, last = self._dialect, self._last_operation
        return Contents(self.identity, self._settings, dialect, self.maker, self._requests, self._local_second, last)

    @property
    def flags(self) -> TransFlag:
        """What the server wants uploaded."""
        return TransFlag(self._options.trans_flag, old=self._dialect.time_zone == "integer")

    def make(self, count: int) -> None:
        """Make punches now, by the terminal's own clock; fewer when the memory is full or the fleet has enough."""
        if not self.maker.active:
            return
        count = self._shared.take(min(count, self._memory.room))
        now = self._clock.now()
        local_second, at_ms = self._wall.local_second(now), int(now * 1000)
        for _ in range(count):
            self._add(self.maker.make(local_second), at_ms)
        self._shared.counts.made += count
        self._bell.ring()

    def _add(self, punch: Punch, at_ms: int) -> None:
        self._shared.ledger.made(self.identity.serial, punch, at_ms)
        self._memory.add(punch)
        if self._photo_share and is_photographed(self._photo_share, self.identity.serial, punch):
            self._photograph(punch)

    def happen(self, what: Happening) -> None:
        """Something else than a punch; not when too much waits, nor before the server said what it wants."""
        if self._greeted and not self._busy:
            self._queue(happen(what, self.contents, self.flags, self.errand_of))

    def restore(self, punches: list[Punch]) -> None:
        """Punches of an earlier run that nobody acknowledged, oldest first."""
        for punch in punches:
            self._memory.add(punch)
        self._memory.fall_behind()

    def restore_event(self, local_second: int) -> None:
        """The second of an operation of an earlier run: no later one may have it."""
        self._last_operation = max(self._last_operation, local_second)

    def errand_of(self, upload: Upload) -> Errand:
        """An upload as an errand, with its table's stamp of the time when it is sent."""

        def done() -> None:
            self._stamps.uploaded(upload.table, texts_of(self._local_second())[0])

        def build() -> bytes:
            return self._requests.table(upload.table, self._stamps.of(upload.table), upload.body)

        return Errand(build, events=upload.events, done=done)

    def _local_second(self) -> int:
        return self._wall.local_second(self._clock.now())

    def _error_delay(self) -> float:
        return self._options.error_delay

    def _timeout(self) -> float:
        return self._options.timeout

    def _went_offline(self) -> None:
        self._memory.fall_behind()

    async def _work(self) -> None:
        if self._settings.life.power_on:
            self._queue(self.errand_of(upload) for upload in self.contents.clock.power_on(self.flags))
        good = True
        while good and not self._restarting:
            if self._settings.rate == "max" and not self._memory:
                self.make(self._settings.rows_per_body)
            now = self._clock.monotonic()
            if now >= self._next_poll:
                good = await self._try_three_times(self._poll)
            elif self._outbox and (self._errand_next or not self._upload_due(now)):
                self._errand_next = False
                good = await self._try_three_times(self._send_errand)
            elif self._upload_due(now):
                self._errand_next = True
                good = await self._try_three_times(self._upload)
            elif now >= self._next_sync:
                good = await self._try_three_times(self._ask_time)
            else:
                until = min(self._next_poll, self._next_upload) if self._memory else self._next_poll
                await self._bell.sleep(min(until, self._next_sync) - now)

    async def _connect(self, attempt: int) -> bool:
        """The handshake: options, stamps and the zone are what the server says from now on."""
        reply = await self._exchange(self._requests.handshake())
        options = read_options(reply.body, self._options) if reply else None
        if options is None:
            if reply:
                self._shared.counts.errors += 1
            return False
        self._options = options
        self._greeted = True
        self._stamps.take(options.stamps)
        self._first_poll = True
        self._next_poll = 0.0
        self._next_upload = self._clock.monotonic() + self._upload_interval()
        if not self._wall.right:
            self._wall.set_zone(options.time_zone)
            self._wall.set_by_date(self._line.head, self._clock.now())
            self._next_sync = self._clock.monotonic() if options.sync_time else float("inf")
        if options.push_options or self._settings.life.options_upload:
            self._upload_options(only_changed=False)
        if self._settings.resend_on_zero_stamp and self._stamps.given("ATTLOG") == "0" and self._memory.stamp:
            self._memory.stamp = ""
            self._queue(self.errand_of(upload) for upload in self.contents.firmware.everything())
        return True

    async def _ask_time(self, _: int) -> bool:
        reply = await self._exchange(self._requests.time())
        if reply is None or not self._wall.set_by_time(reply.body, self._clock.now()):
            self._shared.counts.errors += reply is not None
            return False
        self._next_sync = self._clock.monotonic() + self._options.sync_time * self._scale
        return True

    async def _poll(self, _: int) -> bool:
        reply = await self._exchange(self._first_request() if self._first_poll else self._requests.poll())
        if reply is None:
            return False
        if not reply.body:
            self._shared.counts.errors += 1
            return False
        if reply.body.startswith(b"UNKNOWN"):  # the server has forgotten this terminal: ask for options again (D16)
            good = await self._connect(0)
            self._next_poll = self._clock.monotonic() + _SOON * self._scale
            return good
        if not self._wall.right:
            self._wall.set_by_date(self._line.head, self._clock.now())
        self._first_poll = False
        delay = self._options.delay
        then: Then = ""
        if commands := read_commands(reply.body, self._dialect.charset):
            then = await self._carry_out(commands)
            if not await self._empty_outbox():
                return False
            delay = min(delay, _SOON)  # more commands may wait (D2)
        self._next_poll = self._clock.monotonic() + delay * self._scale
        self._restarting = then == "reboot"
        if then == "handshake":  # CHECK: changed options go up, and the server's are asked for again
            self._upload_options(only_changed=True)
            return await self._connect(0)
        return True

    def _first_request(self) -> bytes:
        if "contents" not in self.__dict__:  # nobody has asked yet: no need to make it for three numbers
            return self._requests.poll_with_info(self._settings.people, self._memory.records)
        return self._requests.poll_with_info(*self.contents.firmware.info_counts(self._memory.records))

    async def _carry_out(self, commands: list[Command]) -> Then:
        """Do the commands, and queue what they send up and the answers; what to do after these are through."""
        answers: list[Answer] = []
        then: Then = ""
        firmware = self.contents.firmware
        for command in commands:
            done = firmware.execute(command, self._local_second())
            if done.download:
                content = await download(done.download.url, self._shared.address, self._requests)
                done = firmware.downloaded(command, done.download, content)
            self._queue(self.errand_of(upload) for upload in done.uploads)
            answers += done.answers
            then = then or done.then
            if then == "reboot":
                break  # what follows it is ignored (document, 6)
        self._queue_answers(answers, self._requests.answer)
        self._requests.set_com_key(self.contents.options.com_key)
        return then

    def _upload_options(self, only_changed: bool) -> None:
        if line := self.contents.options.upload(only_changed):
            self._queue([self.errand_of(Upload("options", line.encode()))])

    def _photograph(self, punch: Punch) -> None:
        if self._greeted and self.flags.allows("AttPhoto") and not self._busy:
            self._queue([photo_errand(self._requests, self.identity.serial, punch, self._stamps)])

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

    def _upload_interval(self) -> float:
        """Seconds between uploads out of real-time mode; without TransInterval, as often as polls."""
        return (self._options.trans_interval * 60 or self._options.delay) * self._scale
