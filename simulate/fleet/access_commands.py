"""Does what a command says to an access controller (spec/zk-push.md E4, E5). No I/O here."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from simulate.fleet import answers
from simulate.fleet.answers import Answer
from simulate.fleet.commands import Command, read_fields
from simulate.fleet.door_events import REMOTE_OPENED, DoorEvent, Doors
from simulate.fleet.options_file import OptionsFile
from simulate.fleet.people import card_of, name_of
from simulate.fleet.punches import normal_pin

Row = dict[str, str]

_KEYS = {
    "user": ("pin",),
    "userauthorize": ("pin", "authorizedoorid"),
    "templatev10": ("pin", "fingerid"),
    "biophoto": ("pin",),
    "timezone": ("timezoneid",),
    "holiday": ("holiday",),
}
"""The tables that there are, and what identifies their rows."""


@dataclass(frozen=True, slots=True)
class Found:
    """What goes up as querydata before the answer: kind, table, rows, body."""

    kind: str
    table: str
    count: int
    body: bytes


@dataclass(frozen=True, slots=True)
class AccessDone:
    """What a command came to."""

    answer: Answer
    found: Found | None = None
    events: list[DoorEvent] = field(default_factory=list)
    reboot: bool = False


class AccessCommands:
    """Commands of one controller, and the tables they work on."""

    def __init__(self, rng: random.Random, pins: Sequence[str], options: OptionsFile, doors: Doors) -> None:
        self._options = options
        self._doors = doors
        self._tables: dict[str, dict[tuple[str, ...], Row]] = {name: {} for name in _KEYS}
        for number, pin in enumerate(pins, 1):
            self.put("user", new_user(rng, number, pin))

    def put(self, table: str, row: Row) -> None:
        """Add or change a row."""
        key = tuple(normal_pin(row.get(name, "")) for name in _KEYS[table])
        self._tables[table][key] = {**self._tables[table].get(key, {}), **row}

    def execute(self, command: Command) -> AccessDone:
        """Do it."""
        words = command.text.split(None, 2)
        verb = " ".join(words[:2]).upper()
        rest = words[2] if len(words) > 2 else ""
        match verb:
            case "DATA UPDATE":
                return self._update(command, verb, rest)
            case "DATA DELETE":
                return self._delete(command, verb, rest)
            case "DATA QUERY":
                return self._query(command, verb, rest)
            case "DATA COUNT":
                return self._count(command, verb, rest)
            case "SET OPTIONS":
                for pair in rest.split(","):
                    name, _, value = pair.partition("=")
                    self._options.set(name.strip(), value)
                return _done(command, verb, answers.OK)
            case "GET OPTIONS":
                names = [name.strip() for name in rest.split(",") if name.strip()]
                line = ",".join(f"{name}={self._options.get(name)}" for name in names)
                return AccessDone(Answer(command.id, 0, verb), Found("options", "options", len(names), line.encode()))
            case "CONTROL DEVICE":
                return self._control(command, verb, rest)
        if words[0].upper() == "REBOOT":
            return AccessDone(Answer(command.id, answers.OK, "REBOOT"), reboot=True)
        return _done(command, "UNKNOWN CMD", answers.UNKNOWN_COMMAND)

    def _update(self, command: Command, verb: str, rest: str) -> AccessDone:
        table, _, text = rest.partition(" ")
        row = read_fields(text)
        if table.lower() not in _KEYS:
            return _done(command, verb, answers.NOT_CONFIGURED)
        if not row.get(_KEYS[table.lower()][0], "").strip():
            return _done(command, verb, answers.BAD_PARAMETER)
        if table.lower() not in ("user", "timezone", "holiday") and (normal_pin(row["pin"]),) not in self._users:
            return _done(command, verb, answers.NO_SUCH_USER)
        self.put(table.lower(), row)
        return _done(command, verb, answers.OK)

    def _delete(self, command: Command, verb: str, rest: str) -> AccessDone:
        table, _, text = rest.partition(" ")
        rows = self._tables.get(table.lower())
        if rows is None:
            return _done(command, verb, answers.NOT_CONFIGURED)
        gone = _matching(rows, "" if text.strip() == "*" else text)
        for key in gone:
            del rows[key]
        return _done(command, verb, answers.OK)

    def _query(self, command: Command, verb: str, rest: str) -> AccessDone:
        wanted = dict(pair.split("=", 1) for pair in rest.split(",") if "=" in pair)
        table = wanted.get("tablename", "").strip().lower()
        if table == "transaction":
            rows = [f"transaction {row}" for row in self._doors.held]
        elif table in _KEYS:
            found = self._tables[table]
            text = wanted.get("filter", "*").strip()
            rows = [
                f"{table} " + "\t".join(f"{name}={value}" for name, value in found[key].items())
                for key in _matching(found, "" if text == "*" else text)
            ]
        else:
            return _done(command, verb, answers.NOT_CONFIGURED)
        body = "".join(f"{row}\r\n" for row in rows).encode()
        return AccessDone(Answer(command.id, len(rows), verb), Found("tabledata", table, len(rows), body))

    def _count(self, command: Command, verb: str, rest: str) -> AccessDone:
        table = rest.strip().lower()
        if table != "transaction" and table not in _KEYS:
            return _done(command, verb, answers.NOT_CONFIGURED)
        count = len(self._doors.held) if table == "transaction" else len(self._tables[table])
        return AccessDone(Answer(command.id, count, verb), Found("count", table, count, f"{table}={count}".encode()))

    def _control(self, command: Command, verb: str, rest: str) -> AccessDone:
        """`AABBCCDD`: 01 opens a door, 03 restarts; others are done without a trace."""
        if not rest[:2].isdecimal():
            return _done(command, verb, answers.BAD_PARAMETER)
        events = [self._doors.make(REMOTE_OPENED, verify=200)] if rest[:2] == "01" else []
        return AccessDone(Answer(command.id, answers.OK, verb), events=events, reboot=rest[:2] == "03")

    @property
    def _users(self) -> dict[tuple[str, ...], Row]:
        return self._tables["user"]


def new_user(rng: random.Random, number: int, pin: str) -> Row:
    """A user as the controller's table has it."""
    card = card_of(rng)
    return {
        "uid": str(number),
        "cardno": card if card.isdecimal() else "",
        "pin": pin.strip(),
        "password": "",
        "group": "1",
        "starttime": "0",
        "endtime": "0",
        "name": name_of(rng, chinese=False),
        "privilege": "0",
    }


def _matching(rows: dict[tuple[str, ...], Row], text: str) -> list[tuple[str, ...]]:
    """Keys of the rows with all of these columns; tabs part them."""
    wanted = {name: normal_pin(value) for name, value in read_fields(text).items()}
    return [k for k, row in rows.items() if all(normal_pin(row.get(n, "")) == v for n, v in wanted.items())]


def _done(command: Command, verb: str, code: int) -> AccessDone:
    return AccessDone(Answer(command.id, code, verb))
