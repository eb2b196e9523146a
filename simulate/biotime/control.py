"""Steers a running server: what happens to it, and what is wrong with it."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from simulate.biotime.auth import Auth
from simulate.biotime.errors import FatalError, require
from simulate.biotime.gate import Gate
from simulate.biotime.life import Faults, Life
from simulate.biotime.manual_logs import Audit
from simulate.biotime.people import Record
from simulate.biotime.store import Transaction
from simulate.biotime.troubles import Trouble, Troubles
from simulate.biotime.wall import parse
from simulate.biotime.world import World

_Settings = TypeVar("_Settings", Faults, Life)

_MOST_AT_ONCE = 100_000


class Control:
    """Every call may be made at any time. Raises FatalError when a value makes no sense; then nothing has changed.

    leaked: requests that followed a wrong `next` to the control port, with their token or without.
    """

    def __init__(self, world: World, auth: Auth, troubles: Troubles, gate: Gate) -> None:
        self._world = world
        self._auth = auth
        self._troubles = troubles
        self._gate = gate
        self.leaked = 0

    def status(self) -> Record:
        """Counts, and what is switched on."""
        world = self._world
        store = world.transactions.store
        return {
            "dialect": world.settings.dialect,
            "rows": len(store),
            "epoch": world.transactions.epoch,
            "max_id": store.max_id,
            "hidden": world.transactions.hidden,
            **world.transactions.counts,
            "held": sum(len(terminal.held) for terminal in world.terminals.by_id.values()),
            "requests": dict(self._gate.requests),
            "statuses": {str(status): number for status, number in self._gate.statuses.items()},
            "logins": self._auth.logins,
            "logins_refused": self._auth.refused,
            "tokens": self._auth.tokens,
            "leaked": self.leaked,
            "faults": asdict(world.faults),
            "life": asdict(world.life),
            "troubles": [{**asdict(trouble), "left": left} for trouble, left in self._troubles.on()],
        }

    def set_faults(self, **changes: Any) -> None:
        """Change faults by name."""
        self._world.faults = _changed(self._world.faults, changes)

    def set_life(self, **changes: Any) -> None:
        """Change rates and shares by name."""
        life = _changed(self._world.life, changes)
        rate, most = life.rate or 0.0, self._world.settings.employees
        require(rate <= most, f"life: rate is {rate}: nobody punches twice a second; at most {most}")
        self._world.life = life

    def add_trouble(self, trouble: Trouble) -> None:
        """Switch one on."""
        self._troubles.add(trouble)

    def clear_troubles(self) -> None:
        """Switch all off."""
        self._troubles.clear()

    def punches(self, rows: Iterable[Record]) -> list[int]:
        """Take in punches of terminals: serial, pin, local_time, and state, verify, work_code if known.

        Returns the ids of those that got through; the server pads the PIN, maps the state (faults.state_map) and
        stamps upload_time in its own zone. The same terminal, PIN and second again has the id that it has.
        """
        return self._world.punch([self._taken(row) for row in rows])

    def make(self, count: int, late_days: float = 0.0, hidden_seconds: float = 0.0) -> list[int]:
        """Punches of employees, now."""
        require(0 <= count <= _MOST_AT_ONCE, f"count is {count}: 0 to {_MOST_AT_ONCE}")
        require(0 <= late_days <= 10_000, f"late_days is {late_days}: 0 to 10000")
        require(hidden_seconds >= 0, f"hidden_seconds is {hidden_seconds}: 0 or more")
        return self._world.make(count, late_days, hidden_seconds)

    def delete(self, ids: Iterable[int]) -> list[int]:
        """Delete rows; returns those that were there."""
        return [row_id for row_id in ids if self._world.transactions.delete(row_id)]

    def edit(self, ids: Iterable[int], state: int | None = None, punch_time: str | None = None) -> list[int]:
        """Change rows; returns those that were there."""
        require(state is None or 0 <= state <= 255, f"state is {state}: 0 to 255")
        punch = None if punch_time is None else _wall(punch_time)
        return [row_id for row_id in ids if self._world.transactions.edit(row_id, state, punch)]

    def random_ids(self, count: int) -> list[int]:
        """Ids of rows that can be seen."""
        return self._world.transactions.random_ids(count)

    def restore(self, rows_lost: int) -> int:
        """Put an older copy of the database in place that lacks the newest rows. Returns the new epoch."""
        return self._world.restore(rows_lost)

    def expire_tokens(self) -> None:
        """Refuse every token that was given out so far."""
        self._auth.expire()

    def offline(self, serial: str, offline: bool) -> None:
        """Cut a terminal off, or let it come back with what it holds."""
        terminal = self._world.terminals.by_serial.get(serial)
        require(terminal is not None, f"terminal {serial} is not there")
        assert terminal is not None
        self._world.terminals.set_offline(terminal, offline)

    def terminals(self) -> list[Record]:
        """What each terminal is, holds and has done."""
        found = []
        for terminal in self._world.terminals.by_id.values():
            shown = {
                name: getattr(terminal, name) for name in ("id", "sn", "alias", "offline", "rebooting", "captures")
            }
            shown |= {"records": terminal.records, "held": len(terminal.held), "absent": len(terminal.absent)}
            shown |= {"users": len(self._world.terminals.users(terminal))}
            found.append({**shown, "waiting": list(terminal.waiting), "done": list(terminal.done)})
        return found

    def audit(self, log_id: int, status: int) -> None:
        """Decide about a manual log: 1 pending, 2 approved, 3 rejected, 4 revoked."""
        require(status in list(Audit), f"audit_status is {status}: 1 to 4")
        self._world.manual_logs.audit(log_id, Audit(status))

    def messages(self) -> list[dict[str, str]]:
        """What would have been mailed, the latest 100."""
        return list(self._world.messages)

    def _taken(self, row: Record) -> Transaction:
        missing = [name for name in ("serial", "pin", "local_time") if not row.get(name)]
        require(not missing, f"a punch without {', '.join(missing)}")
        state = str(row.get("state", 255))
        state = self._world.faults.state_map.get(state, state)
        verify = str(row.get("verify", 1))
        require(state.isdigit() and int(state) <= 255, f"state is {state}: 0 to 255")
        require(verify.isdigit() and int(verify) <= 60_000, f"verify is {verify}: 0 to 60000")
        return Transaction(
            emp_code=str(row["pin"]).strip().zfill(self._world.settings.code_width),
            serial=str(row["serial"]),
            punch=_wall(str(row["local_time"])),
            upload=0,
            state=int(state),
            verify=int(verify),
            work_code=str(row.get("work_code", "0")),
        )


def _wall(shown: str) -> int:
    try:
        return parse(shown)
    except ValueError as error:
        raise FatalError(f"simulate biotime: {error}") from None


def _changed(settings: _Settings, changes: Record) -> _Settings:
    kind = type(settings)
    unknown = sorted(changes.keys() - asdict(settings).keys())
    require(not unknown, f"{unknown[:1]} is no setting; there are {', '.join(asdict(settings))}")
    try:
        return TypeAdapter(kind).validate_python(asdict(replace(settings)) | changes)
    except ValidationError as error:
        first = error.errors()[0]
        raise FatalError(f"simulate biotime: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
