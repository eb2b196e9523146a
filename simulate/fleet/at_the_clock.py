"""People at one terminal, punches aside: they enrol, change, operate it, set off alarms (document, 2.4.3).

Each method returns the uploads of what happened, with the ledger's names for it; a TransFlag that forbids them all
makes nothing happen.
"""

import random

from simulate.fleet.dialect import Dialect
from simulate.fleet.events import Event
from simulate.fleet.oplog import CHANGE_USER, ENROL_FINGER, ENROL_USER, POWER_ON, OpLine, OpLog
from simulate.fleet.people import card_of, user_row
from simulate.fleet.pictures import template
from simulate.fleet.punches import PunchMaker, normal_pin
from simulate.fleet.rows import Upload, bodies, printed, table_uploads
from simulate.fleet.store import Row, Store
from simulate.fleet.tables import TABLES
from simulate.fleet.trans_flag import TransFlag

_FIRST_NEW_PIN = 7_000_000


class AtTheClock:
    """What happens at one terminal. new people get PINs from 7000000 on and may punch at once."""

    def __init__(
        self, rng: random.Random, store: Store, maker: PunchMaker, dialect: Dialect, oplog: OpLog, chinese: bool
    ) -> None:
        self._rng = rng
        self._store = store
        self._maker = maker
        self._dialect = dialect
        self._oplog = oplog
        self._chinese = chinese
        self._enrolled = 0
        self._errors = 0

    def enrol(self, flags: TransFlag) -> list[Upload]:
        """A new user with a fingerprint; every fourth one with a visible-light face and its picture."""
        pin = str(_FIRST_NEW_PIN + self._enrolled)
        self._enrolled += 1
        if not self._store.put(TABLES["USERINFO"], user_row(self._rng, pin, self._chinese)):
            return []
        self._maker.join(pin)
        uploads: list[Upload] = []
        if flags.allows("EnrollUser"):
            uploads += self._news(self._oplog.line(ENROL_USER, pin), "USERINFO", pin, ("user", pin))
        if flags.allows("EnrollFP"):
            uploads += self.enrol_finger(pin, "1")
        if self._enrolled % 4 == 0 and flags.allows("EnrollFACE"):
            face: Row = {"pin": pin, "no": "0", "index": "0", "valid": "1", "duress": "0", "type": "9"}
            face |= {"majorver": "58", "minorver": "0", "format": "0"}
            self._store.put(TABLES["BIODATA"], face)
            self._store.put(TABLES["BIOPHOTO"], {"pin": pin, "type": "9", "filename": f"{pin}.jpg"})
            for table in ("BIODATA", "BIOPHOTO"):
                uploads += table_uploads(self._store, self._dialect, table, self._of(table, pin))
        return uploads

    def enrol_finger(self, pin: str, finger: str) -> list[Upload]:
        """A fingerprint of a known user, at the clock or by ENROLL_FP."""
        row = {"pin": pin, "fid": finger, "valid": "1", "tmp": template(f"{pin}:{finger}:{self._oplog.last}")}
        self._store.put(TABLES["FINGERTMP"], row)
        length = str(len(self._store.content(TABLES["FINGERTMP"], row)))
        line = self._oplog.line(ENROL_FINGER, pin, finger, length)
        return self._news(line, "FINGERTMP", pin, ("fingerprint", f"{pin}/{finger}"), finger)

    def change(self, flags: TransFlag) -> list[Upload]:
        """A known user gets another card or password."""
        users = list(self._store.rows("USERINFO").values())
        if not users or not flags.allows("ChgUser"):
            return []
        pin = self._rng.choice(users)["pin"]
        news = self._rng.choice(({"card": card_of(self._rng)}, {"passwd": str(self._rng.randint(1000, 9999))}))
        self._store.put(TABLES["USERINFO"], {"pin": pin, **news})
        return self._news(self._oplog.line(CHANGE_USER, pin), "USERINFO", pin, ("user", pin))

    def operation(self, flags: TransFlag) -> list[Upload]:
        """A line of the operation log."""
        return self._log([self._oplog.operation()]) if flags.allows("OpLog") else []

    def alarm(self, flags: TransFlag) -> list[Upload]:
        """An alarm in the operation log."""
        return self._log([self._oplog.alarm()]) if flags.allows("OpLog") else []

    def power_on(self, flags: TransFlag) -> list[Upload]:
        """The line after a start."""
        return self._log([self._oplog.line(POWER_ON)]) if flags.allows("OpLog") else []

    def error(self) -> list[Upload]:
        """A line of the error log."""
        self._errors += 1
        code, origin = self._rng.choice((("D01E0001", "cmd"), ("D01E0002", "dev"), ("D03E0004", "cmd")))
        name = f"{self._oplog.second():x}{self._errors}"  # another one after a restart of the fleet
        row = f"ERRORLOG ErrCode={code}\tErrMsg=disk\tDataOrigin={origin}\tCmdId={name}\tAdditional="
        return _with(bodies(self._dialect, "ERRORLOG", [row], 100), ("error", f"{code}/{name}"))

    def _log(self, lines: list[OpLine]) -> list[Upload]:
        uploads = bodies(self._dialect, "OPERLOG", [line.text for line in lines], 100)
        return _with(uploads, *(line.event for line in lines))

    def _news(self, line: OpLine, table: str, pin: str, event: Event, finger: str = "") -> list[Upload]:
        """The log line, and behind it the row that it is about (O1): in one body, or in tables of their own."""
        rows = [row for row in self._of(table, pin) if not finger or row.get("fid") == finger]
        if self._dialect.tables == "OPERLOG":
            texts = [line.text, *(printed(self._store, TABLES[table], row) for row in rows)]
            return _with(bodies(self._dialect, "OPERLOG", texts, 100), line.event, event)
        return [*self._log([line]), *_with(table_uploads(self._store, self._dialect, table, rows), event)]

    def _of(self, table: str, pin: str) -> list[Row]:
        return [row for key, row in self._store.rows(table).items() if key[0] == normal_pin(pin)]


def _with(uploads: list[Upload], *events: Event) -> list[Upload]:
    """The uploads of one happening; the last one carries its events: when it is taken, all are."""
    last = uploads[-1]
    return [*uploads[:-1], Upload(last.table, last.body, last.rows, events)]
