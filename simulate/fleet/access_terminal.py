"""An access controller: registry, session, polls, door events, tables (spec/zk-push.md 2.6)."""

import random
from collections.abc import Callable
from functools import cached_property, partial

from simulate.fleet.access_commands import AccessCommands, new_user
from simulate.fleet.access_requests import AccessRequests, Session, read_session
from simulate.fleet.answers import Answer
from simulate.fleet.commands import Command, read_commands
from simulate.fleet.door_events import DoorEvent, Doors
from simulate.fleet.errand import Errand, anything
from simulate.fleet.exchange import Reply
from simulate.fleet.identity import Identity
from simulate.fleet.life import Happening
from simulate.fleet.lookups import AUTH_SECONDS, not_authorized
from simulate.fleet.options_file import OptionsFile
from simulate.fleet.punches import pins_of, texts_of
from simulate.fleet.rtdata import read_rtdata
from simulate.fleet.station import Shared, Station
from simulate.fleet.wallclock import WallClock

_FIRST_NEW_PIN = 8_000_000
_SOON = 1.0


class AccessTerminal(Station):
    """One access controller. `happen` makes door events, new users and questions; it makes no punches."""

    def __init__(self, identity: Identity, shared: Shared) -> None:
        super().__init__(identity, shared, keep_alive=False)
        settings = shared.settings
        self._rng = random.Random(f"{settings.seed}:{identity.serial}:access")
        self._pins = pins_of(self._rng, settings.people)
        self._requests = AccessRequests(identity.serial, f"{settings.host}:{settings.port}")
        self._options = OptionsFile(identity, settings.host, settings.port, "")
        error = None if settings.clocks == "right" else self._wire_rng.uniform(-1, 1) * settings.clock_skew
        self._wall = WallClock(identity, "hh:mm", error)
        self._doors = Doors(self._rng, self._pins, self._local_second)
        self._new_users = 0
        self._next_poll = 0.0

    @cached_property
    def _commands(self) -> AccessCommands:
        return AccessCommands(self._rng, self._pins, self._options, self._doors)

    def happen(self, what: Happening) -> None:
        """A door event, a new user, or somebody whom the server must let pass; nothing else happens here."""
        if self._busy:
            return
        if what == "doors":
            self._tell([self._doors.anything()])
        elif what == "enrolments":
            self._enrol()
        elif what == "auth_types":
            self._queue([self._question()])

    def restore_event(self, index: int) -> None:
        """The index of a door event of an earlier run: go on behind it."""
        self._doors.index = max(self._doors.index, index)

    def _error_delay(self) -> float:
        return self._requests.session.error_delay

    def _timeout(self) -> float:
        return self._requests.session.timeout

    def _went_offline(self) -> None:
        """What waits stays in its order."""

    async def _connect(self, attempt: int) -> bool:
        """Handshake; registry when the server does not know this controller; then the session."""
        reply = await self._exchange(self._requests.handshake())
        if reply is None:
            return False
        self._read(reply)
        if b"registry=ok" not in reply.body.lower():
            self._requests.session = Session()
            reply = await self._exchange(self._requests.registry(self._registration()))
            if reply is None:
                return False
            self._read(reply)
        if not self._requests.session.code:
            self._shared.counts.errors += 1
            return False
        reply = await self._exchange(self._requests.push())
        if reply is None:
            return False
        self._read(reply)
        self._next_poll = 0.0
        return self._wall.right or await self._ask_time()

    async def _ask_time(self) -> bool:
        reply = await self._exchange(self._requests.time())
        if reply is None:
            return False
        text = read_rtdata(reply.body)
        return text is None or self._wall.set_by_time(text, self._clock.now())

    async def _work(self) -> None:
        self._queue([self._state()])
        good = True
        while good and not self._restarting:
            now = self._clock.monotonic()
            if now >= self._next_poll:
                good = await self._try_three_times(self._poll)
            elif self._outbox:
                good = await self._try_three_times(self._send_errand)
            else:
                await self._bell.sleep(self._next_poll - now)

    async def _poll(self, _: int) -> bool:
        reply = await self._exchange(self._requests.poll())
        if reply is None or not reply.body:
            self._shared.counts.errors += reply is not None
            return False
        delay = self._requests.session.delay
        if commands := read_commands(reply.body):
            restarting = self._carry_out(commands)
            if not await self._empty_outbox():
                return False
            self._restarting = restarting
            delay = min(delay, _SOON)
        self._next_poll = self._clock.monotonic() + delay * self._scale
        return True

    def _carry_out(self, commands: list[Command]) -> bool:
        """Do the commands and queue what comes of them; whether the controller restarts."""
        given: list[Answer] = []
        restarting = False
        for command in commands:
            done = self._commands.execute(command)
            given.append(done.answer)
            self._tell(done.events)
            if found := done.found:
                build = self._requests.querydata
                want = f"{found.table}={found.count}".encode()
                self._queue(
                    [
                        Errand(self._requests.ping),
                        Errand(
                            partial(build, found.kind, command.id, found.table, found.count, found.body),
                            accept=anything if found.kind == "options" else _says(want),
                        ),
                    ]
                )
            if done.reboot:
                restarting = True
                break
        self._queue_answers(given, self._requests.answer)
        return restarting

    def _tell(self, events: list[DoorEvent]) -> None:
        """Door events in real time, each on its own; after a tenth of them the state of the doors."""
        for event in events:
            body = f"{event.row}\r\n".encode()
            self._queue([Errand(partial(self._requests.events, "rtlog", body), events=(event.event,))])
            if self._doors.index % 10 == 0:
                self._queue([self._state()])

    def _state(self) -> Errand:
        body = f"{self._doors.state()}\r\n".encode()
        return Errand(lambda: self._requests.events("rtstate", body))

    def _enrol(self) -> None:
        self._new_users += 1
        pin = str(_FIRST_NEW_PIN + self._new_users)
        user = new_user(self._rng, len(self._pins) + self._new_users, pin)
        self._commands.put("user", user)
        row = "user " + "\t".join(f"{name}={value}" for name, value in user.items())
        body = f"{row}\r\n".encode()
        build = self._requests.tabledata
        self._queue([Errand(lambda: build("user", 1, body), _says(b"user=1"), events=(("user", pin),))])

    def _question(self) -> Errand:
        pin = self._rng.choice(self._pins).strip()
        row = f"time={texts_of(self._local_second())[1]}\tpin={pin}\tcardno=0\teventaddr=1\tevent=20"
        body = f"{row}\tinoutstatus=0\tverifytype=1\r\n".encode()
        return Errand(
            lambda: self._requests.auth_type(body), question="auth_types", none=not_authorized, timeout=AUTH_SECONDS
        )

    def _registration(self) -> str:
        more = f"FirmVer=AC Ver 5.7.8,LockCount=2,ReaderCount=4,IPAddress={self._options.get('IPAddress')}"
        return f"DeviceType=acc,~DeviceName=F22,~SerialNumber={self.identity.serial},{more}"

    def _read(self, reply: Reply) -> None:
        self._requests.session = read_session(reply.body, self._requests.session)

    def _local_second(self) -> int:
        return self._wall.local_second(self._clock.now())


def _says(want: bytes) -> Callable[[Reply], bool]:
    """Just this is the acknowledgement (E4)."""
    return lambda reply: reply.body.strip() == want
