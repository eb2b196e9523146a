"""The operation log of a terminal: codes, operands, and a second of its own for every line (document, Table 2.6)."""

import random
from collections.abc import Callable
from typing import NamedTuple

from simulate.fleet.events import Event
from simulate.fleet.punches import texts_of

POWER_ON, ALARM, ENROL_FINGER, ENROL_USER, CHANGE_USER = 0, 3, 6, 30, 37

ALARMS = ("50", "51", "53", "54", "55", "58", "65535")
"""Reasons of code 3, its first operand."""

_OPERATIONS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (4, ()),
    (5, ("DHCP", "0")),
    (5, ("VOLUME", "70")),
    (2, ("982",)),
    (21, ()),
    (28, ()),
    (29, ()),
    (101, ("1",)),
    (103, ("1", "2")),
    (114, ()),
)
"""Menu, settings, failed check, time, door, and codes above the document's list (O2)."""


class OpLine(NamedTuple):
    """A line of the log, and what the ledger calls it."""

    text: str
    event: Event


class OpLog:
    """Makes the lines of one terminal. No two have the same second, so a line is known by second and code."""

    def __init__(self, rng: random.Random, local_second: Callable[[], int]) -> None:
        self._rng = rng
        self._local_second = local_second
        self.last = 0

    def second(self) -> int:
        """What the terminal's clock shows."""
        return self._local_second()

    def line(self, code: int, *operands: str, admin: str = "0") -> OpLine:
        """A line now, or in the next free second."""
        self.last = max(self._local_second(), self.last + 1)
        second, printed = texts_of(self.last)
        four = [*operands, "0", "0", "0", "0"][:4]
        return OpLine("\t".join((f"OPLOG {code}", admin, printed, *four)), ("operation", f"{second}/{code}"))

    def operation(self) -> OpLine:
        """Somebody at the menu or at the door."""
        code, operands = self._rng.choice(_OPERATIONS)
        return self.line(code, *operands, admin=self._rng.choice(("0", "1")))

    def alarm(self) -> OpLine:
        """An alarm, or its end."""
        return self.line(ALARM, self._rng.choice(ALARMS))
