"""Everything that a server holds, and how punches get into it."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

from simulate.biotime.ledger import LedgerWriter
from simulate.biotime.life import Faults, Life
from simulate.biotime.manual_logs import ManualLogs
from simulate.biotime.people import People
from simulate.biotime.settings import BioTimeSettings
from simulate.biotime.store import Transaction
from simulate.biotime.terminals import Terminals
from simulate.biotime.transactions import Transactions
from simulate.biotime.wall import DAY, LAST, wall_of
from simulate.fleet.clock import Clock

APP = "App"
"""The serial of punches by telephone."""

_VERIFY = (1, 1, 1, 15, 4)
_TRIES = 10


class World:
    """The server's database and the terminals behind it. life, faults: may be replaced at any time.

    messages: what the server would have mailed or sent by text message, the latest 100.
    """

    def __init__(self, settings: BioTimeSettings, clock: Clock, ledger: LedgerWriter) -> None:
        self.settings = settings
        self.clock = clock
        self.life: Life = settings.life
        self.faults: Faults = settings.faults
        self.zone = ZoneInfo(settings.zone)
        self.upload_zone = settings.upload_clock
        self.rng = random.Random(settings.seed)
        self.people = People(settings, random.Random(settings.seed + 1))
        self.terminals = Terminals(settings, self.people, clock, self._from_terminal)
        self.transactions = Transactions(
            ledger, clock, random.Random(settings.seed + 2), settings.cloud, self.terminals.lost
        )
        self.manual_logs = ManualLogs(self.transactions, self.now, self.upload_now)
        self.messages: list[dict[str, str]] = []
        self._punching = list(self.people.by_code)
        self.rng.shuffle(self._punching)
        self._turn = 0
        self._last: dict[str, int] = {}
        self._preload_end = self.now() - 1
        self._states: dict[str, int] = {}

    def now(self) -> int:
        """Wall seconds at the server and its terminals."""
        return wall_of(self.clock.now(), self.zone)

    def upload_now(self) -> int:
        """Wall seconds as upload_time gives them."""
        return wall_of(self.clock.now(), self.upload_zone)

    def start(self) -> None:
        """Hold what the ledger says; in a new one, the punches that the settings want there from the start."""
        self.transactions.reload(self.settings.ledger)
        if not self.transactions.store.max_id and self.settings.preload:
            self.transactions.load(self._before_start())
        for terminal in self.terminals.by_id.values():
            terminal.records = len(self.transactions.store.of_serial(terminal.sn))

    def punch(self, rows: Iterable[Transaction], hidden_seconds: float = 0.0) -> list[int]:
        """Punches at terminals: those that are online upload them now. Returns the ids of what got through."""
        upload = self.upload_now()
        through = self.terminals.uploaded(rows)
        return self.transactions.arrive([replace(row, upload=upload) for row in through], hidden_seconds)

    def make(self, count: int, late_days: float = 0.0, hidden_seconds: float = 0.0) -> list[int]:
        """So many punches of employees, whose turn it is, at any terminal; late ones were made up to so long ago."""
        taken: set[tuple[str, int]] = set()
        return self.punch([self._one(late_days, taken) for _ in range(count)], hidden_seconds)

    def clock_in(self, emp_code: str, state: int, extra: dict[str, object] | None) -> tuple[int, Transaction]:
        """A punch by telephone: its id and what the server made of it."""
        second = max(self.now(), self._last.get(emp_code, 0) + 1)
        self._last[emp_code] = second
        row = Transaction(emp_code, APP, second, self.upload_now(), state, 0, 3, "0", extra)
        return self.transactions.arrive([row])[0], row

    def a_code(self) -> str:
        """The employee whose turn it is; employees who left have none."""
        for _ in range(len(self._punching)):
            self._turn = (self._turn + 1) % len(self._punching)
            code = self._punching[self._turn]
            if code in self.people.by_code and not self.people.by_code[code]["resigned"]:
                return code
        return self._punching[0]

    def restore(self, rows_lost: int) -> int:
        """Put an older copy of the database in place: the newest rows vanish. Returns the new epoch."""
        epoch = self.transactions.restore(rows_lost)
        for row in self.manual_logs.rows.values():
            if row.transaction is not None and row.transaction > self.transactions.store.max_id:
                row.transaction = None
        return epoch

    def close(self) -> None:
        """Call off what was still to come."""
        self.transactions.close()
        self.terminals.close()

    def message(self, to: str, kind: str, text: str) -> None:
        """Note what would have been sent to somebody."""
        self.messages.append({"to": to, "kind": kind, "text": text})
        del self.messages[:-100]

    def _one(self, late_days: float, taken: set[tuple[str, int]]) -> Transaction:
        """taken: employees and seconds of late punches so far."""
        code = self.a_code()
        serial = self.rng.choice(self.terminals.own)
        state = self._states[code] = 1 - self._states.get(code, 1)
        second = max(self.now(), self._last.get(code, 0) + 1)
        row = Transaction(code, serial, second, 0, state, self.rng.choice(_VERIFY))
        if late_days <= 0:
            self._last[code] = second
            return row
        for _ in range(_TRIES):
            row = replace(row, punch=second - 1 - self.rng.randrange(max(1, int(late_days * DAY))))
            if (code, row.punch) not in taken and not self.transactions.holds(row):
                break
        taken.add((code, row.punch))
        return row

    def _from_terminal(self, rows: list[Transaction]) -> None:
        upload = self.upload_now()
        self.transactions.arrive([replace(row, upload=upload) for row in rows])

    def _before_start(self) -> Iterator[Transaction]:
        """Punches spread evenly up to now, in the order in which they arrived."""
        rng = self.rng
        serials, codes = list(self.terminals.by_serial), self._punching
        shift = self.upload_now() - self.now()
        for arrived, number in self._arrivals():
            turn, who = divmod(number, len(codes))
            second, upload = self._second(number), min(arrived + shift, LAST)
            yield Transaction(codes[who], rng.choice(serials), second, upload, turn % 2, rng.choice(_VERIFY))

    def _arrivals(self) -> Iterable[tuple[int, int]]:
        """When the preloaded punches reached the server, and their numbers in the order of being made."""
        rng, share, late = self.rng, self.life.late_share, self.life.late_days * DAY
        end = self._preload_end
        if not share:
            return ((min(self._second(number) + 1, end), number) for number in range(self.settings.preload))
        found = []
        for number in range(self.settings.preload):
            delay = int(rng.random() * late) if rng.random() < share else 1
            found.append((min(self._second(number) + delay, end), number))
        return sorted(found)

    def _second(self, number: int) -> int:
        span = self.settings.preload_days * DAY
        return int(self._preload_end - span + span * (number + 1) / self.settings.preload)
