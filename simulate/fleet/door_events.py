"""Door events of an access controller as rows of rtlog, and the state of its doors (spec/zk-push.md E2, E3)."""

import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from simulate.fleet.events import Event
from simulate.fleet.punches import texts_of

PASSED, REMOTE_OPENED, UNKNOWN_CARD, OPENED, CLOSED = 0, 8, 27, 200, 201

HELD = 1_000
"""Events that a controller keeps for a query of its transaction table."""


class DoorEvent(NamedTuple):
    """A row and what the ledger calls it."""

    row: str
    event: Event


class Doors:
    """Makes the events of one controller; the index of each is one above that of the one before."""

    def __init__(self, rng: random.Random, pins: Sequence[str], local_second: Callable[[], int]) -> None:
        self._rng = rng
        self._pins = pins
        self._local_second = local_second
        self.index = 0
        self.held: deque[str] = deque(maxlen=HELD)

    def anything(self) -> DoorEvent:
        """Mostly somebody passes; sometimes a card is unknown, or only the door moves."""
        luck = self._rng.random()
        if luck < 0.8:
            verify = self._rng.choice((1, 3, 4, 15))
            return self.make(PASSED, pin=self._rng.choice(self._pins).strip(), verify=verify)
        if luck < 0.9:
            return self.make(UNKNOWN_CARD, card=str(self._rng.randint(1, 2**32 - 1)), verify=4)
        return self.make(self._rng.choice((OPENED, CLOSED)), verify=200)

    def make(self, code: int, pin: str = "0", card: str = "0", verify: int = 0) -> DoorEvent:
        """An event at one of two doors, now."""
        self.index += 1
        second, printed = texts_of(self._local_second())
        pairs = {
            "time": printed,
            "pin": pin,
            "cardno": card,
            "eventaddr": str(self._rng.choice((1, 2))),
            "event": str(code),
            "inoutstatus": str(self._rng.choice((0, 1))) if code == PASSED else "2",
            "verifytype": str(verify),
            "index": str(self.index),
            "sitecode": "0",
            "linkid": "0",
            "maskflag": "0",
            "temperature": "36.5",
        }
        row = "\t".join(f"{name}={value}" for name, value in pairs.items())
        self.held.append(row)
        return DoorEvent(row, ("door", f"{self.index}/{second}"))

    def state(self) -> str:
        """Sensors, relays and alarms now."""
        printed = texts_of(self._local_second())[1]
        return f"time={printed}\tsensor={self._rng.choice(('01', '02'))}\trelay=00\talarm=0200000000000000"
