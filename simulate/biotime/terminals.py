"""The terminals behind the server: their inventory, what they hold, the commands that wait for them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from simulate.biotime.errors import Refused, field_error, not_found
from simulate.biotime.people import People, Record
from simulate.biotime.settings import BioTimeSettings
from simulate.biotime.store import Transaction
from simulate.biotime.wall import wall_of
from simulate.fleet.clock import Clock, Timer

COMMANDS = ("clear_command", "clear_capture", "clear_all", "upload_all", "upload_transaction", "reboot")

_DONE_KEPT = 100
_HELD_AT_MOST = 200_000


@dataclass(slots=True)
class Terminal:
    """One terminal. tz: what the inventory says of its zone.

    held: punches that wait for the way to the server. absent: punches that it has uploaded and the server lost or
    deleted. records: punches in its memory. wiped: its users are gone. waiting, done: names of commands.
    """

    id: int
    sn: str
    alias: str
    ip_address: str
    area: int | None
    tz: int
    heartbeat: int = 10
    last_activity: int | None = None
    offline: bool = False
    rebooting: bool = False
    captures: int = 3
    records: int = 0
    wiped: bool = False
    removed: bool = False
    held: list[Transaction] = field(default_factory=list)
    absent: list[Transaction] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)


class Terminals:
    """All terminals of a server. upload: takes punches that come up from a terminal into the server."""

    def __init__(
        self, settings: BioTimeSettings, people: People, clock: Clock, upload: Callable[[list[Transaction]], None]
    ) -> None:
        self._settings = settings
        self._people = people
        self._clock = clock
        self._upload = upload
        self._zone = ZoneInfo(settings.zone)
        self._timers: set[Timer] = set()
        self._next_id = 800 if settings.cloud else 1
        self.by_id: dict[int, Terminal] = {}
        self.by_serial: dict[str, Terminal] = {}
        areas = list(people.areas.rows)[1:]
        serials = settings.serials or [
            f"BTS{settings.seed:04}{number:06}" for number in range(1, settings.terminals + 1)
        ]
        self.own = tuple(serials)
        """Where the server's own people punch: not at terminals whose punches are taken in from outside."""
        for number, serial in enumerate(serials):
            self.add(serial, f"Gate {number + 1}", f"192.0.2.{number % 250 + 1}", areas[number % len(areas)])

    def add(
        self, serial: str, alias: str = "Auto add", ip_address: str = "127.0.0.1", area: int | None = None
    ) -> Terminal:
        """A terminal that is new here."""
        area = next(iter(self._people.areas.rows)) if area is None else area
        terminal = Terminal(self._next_id, serial, alias, ip_address, area, self._said_zone())
        terminal.last_activity = self.now()
        self._next_id += 1
        self.by_id[terminal.id] = terminal
        self.by_serial[serial] = terminal
        return terminal

    def now(self) -> int:
        """The wall seconds at the server."""
        return wall_of(self._clock.now(), self._zone)

    def touch(self) -> None:
        """The terminals that are online have just been heard of."""
        now = self.now()
        for terminal in self.by_id.values():
            if not terminal.offline and not terminal.rebooting:
                terminal.last_activity = now

    def get(self, key: str) -> Terminal:
        """The terminal of an id. Raises Refused."""
        try:
            return self.by_id[int(key)]
        except (KeyError, ValueError):
            raise not_found() from None

    def write(self, body: Record, terminal: Terminal | None) -> Terminal:
        """Create or replace one. Raises Refused when a field is missing, taken, or names what is not there."""
        for name in ("sn", "alias", "ip_address"):
            if body.get(name) in (None, ""):
                raise field_error(name, "This field is required.")
        other = self.by_serial.get(str(body["sn"]))
        if other is not None and other is not terminal:
            raise field_error("sn", "terminal with this sn already exists.")
        numbers: dict[str, Any] = {}
        for name in ("terminal_tz", "heartbeat"):
            try:
                numbers[name] = int(body[name]) if body.get(name) is not None else None
            except (TypeError, ValueError):
                raise field_error(name, "A valid integer is required.") from None
        area = self._people.areas.reference("area", body.get("area"))
        if terminal is None:
            terminal = self.add(str(body["sn"]))
        elif terminal.sn != str(body["sn"]):
            del self.by_serial[terminal.sn]
            terminal.sn = str(body["sn"])
            self.by_serial[terminal.sn] = terminal
        terminal.alias, terminal.ip_address = str(body["alias"]), str(body["ip_address"])
        terminal.area = area if area is not None else next(iter(self._people.areas.rows))
        terminal.tz = self._said_zone() if numbers["terminal_tz"] is None else numbers["terminal_tz"]
        terminal.heartbeat = 10 if numbers["heartbeat"] is None else numbers["heartbeat"]
        return terminal

    def remove(self, terminal: Terminal) -> None:
        """Take one out of the inventory; its transactions stay."""
        terminal.removed = True
        del self.by_id[terminal.id]
        del self.by_serial[terminal.sn]

    def users(self, terminal: Terminal) -> list[Record]:
        """The employees that the terminal has: those of its area."""
        if terminal.wiped:
            return []
        everybody = self._people.employees.values()
        return [one for one in everybody if terminal.area in one["area"] and not one["resigned"]]

    def named(self, body: Record) -> list[Terminal]:
        """The terminals that a command names in `terminals`. Raises Refused."""
        keys = body.get("terminals")
        if not isinstance(keys, list) or not keys:
            raise field_error("terminals", "This field is required.")
        try:
            return [self.by_id[int(key)] for key in keys]
        except (KeyError, TypeError, ValueError):
            raise Refused(400, {"terminals": [f"{keys}: no such terminal."]}) from None

    def command(self, terminal: Terminal, name: str) -> None:
        """Queue a command; clear_command empties the queue at once."""
        if name == "clear_command":
            terminal.waiting.clear()
            _note(terminal, name)
            return
        terminal.waiting.append(name)
        self._later(self._settings.command_seconds, lambda: self._fetch(terminal))

    def uploaded(self, rows: Iterable[Transaction]) -> list[Transaction]:
        """The punches of these that get through now; the others are held by their terminals."""
        through = []
        for row in rows:
            terminal = self.by_serial.get(row.serial) or self.add(row.serial)
            terminal.records += 1
            if terminal.offline or terminal.rebooting:
                terminal.held.append(row)
                del terminal.held[:-_HELD_AT_MOST]
            else:
                terminal.last_activity = self.now()
                through.append(row)
        return through

    def lost(self, rows: Iterable[Transaction]) -> None:
        """The server no longer has these; their terminals have."""
        for row in rows:
            terminal = self.by_serial.get(row.serial)
            if terminal is not None:
                terminal.absent.append(row)
                del terminal.absent[:-_HELD_AT_MOST]

    def set_offline(self, terminal: Terminal, offline: bool) -> None:
        """Cut a terminal off, or let it come back: then it uploads what it holds and fetches its commands."""
        terminal.offline = offline
        if not offline:
            self._back(terminal)

    def close(self) -> None:
        """Call off what was still to come."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _later(self, seconds: float, callback: Callable[[], None]) -> None:
        def run() -> None:
            self._timers.discard(timer)
            callback()

        timer = self._clock.call_later(seconds, run)
        self._timers.add(timer)

    def _back(self, terminal: Terminal) -> None:
        terminal.last_activity = self.now()
        held, terminal.held = terminal.held, []
        self._upload(held)
        self._fetch(terminal)

    def _fetch(self, terminal: Terminal) -> None:
        while terminal.waiting and not (terminal.offline or terminal.rebooting or terminal.removed):
            self._execute(terminal, terminal.waiting.pop(0))

    def _execute(self, terminal: Terminal, name: str) -> None:
        _note(terminal, name)
        terminal.last_activity = self.now()
        if name == "clear_capture":
            terminal.captures = 0
        elif name == "clear_all":
            terminal.captures = terminal.records = 0
            terminal.wiped = True
            terminal.absent.clear()
            terminal.held.clear()
        elif name in ("upload_all", "upload_transaction"):
            absent, terminal.absent = terminal.absent, []
            self._upload(absent)
        elif name == "reboot":
            terminal.rebooting = True
            self._later(self._settings.reboot_seconds, lambda: self._started(terminal))

    def _started(self, terminal: Terminal) -> None:
        terminal.rebooting = False
        if not terminal.offline:
            self._back(terminal)

    def _said_zone(self) -> int:
        """Whole hours as hours, anything else as minutes."""
        if self._settings.terminal_tz is not None:
            return self._settings.terminal_tz
        minutes = (self.now() - int(self._clock.now())) // 60
        return minutes // 60 if minutes % 60 == 0 else minutes


def _note(terminal: Terminal, name: str) -> None:
    terminal.done.append(name)
    del terminal.done[:-_DONE_KEPT]
