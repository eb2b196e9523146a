"""People and their punches. No two punches of a terminal ever have the same PIN and local second."""

import datetime as dt
import random
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from simulate.fleet.history import History

_PROBES = 3


class Punch(NamedTuple):
    """One punch in a terminal's memory.

    pin: as the terminal prints it. second: the terminal's local time as `YYYY-MM-DDTHH:MM:SS`.
    row: the upload row without its end.
    """

    pin: str
    second: str
    row: str


def normal_pin(pin: str) -> str:
    """The PIN as identity: trimmed, without leading zeros (DESIGN 2.3)."""
    return pin.strip().lstrip("0")


def pins_of(rng: random.Random, people: int) -> list[str]:
    """PINs as terminals hold them: mostly plain numbers, some zero-padded, some with letters or a blank at the end.

    All differ when normalised, and none is PIN 0, which is nobody (spec/zk-push.md L10).
    """
    pins: list[str] = []
    for number in rng.sample(range(1, max(10_000, people * 20)), people):
        kind = rng.random()
        if kind < 0.80:
            pins.append(str(number))
        elif kind < 0.94:
            pins.append(f"{number:09d}")
        elif kind < 0.98:
            pins.append(f"wct{number}")
        else:
            pins.append(f"{number} ")
    return pins


class PunchMaker:
    """Makes the punches of one terminal. history: the records that the terminal holds.

    A person's local seconds only ever grow: that keeps punches apart when the rate exceeds people times seconds, in
    the hour that a clock repeats, and when the machine's clock is set back. Person and time decide state and verify
    mode, so a punch that is read back from the ledger gets the very same row.
    """

    def __init__(self, rng: random.Random, pins: list[str], tails: tuple[str, ...], capacity: int = 10_000) -> None:
        self._random = rng.random
        self._pins = list(pins)
        self._tails = tails
        self._person = {normal_pin(pin): person for person, pin in enumerate(pins)}
        self._people = len(pins)  # from here on they came later: their rows must not depend on the order of coming
        self._active = list(range(len(pins)))
        self._last = [0] * len(pins)
        self.history = History(capacity)

    @property
    def first_pins(self) -> list[str]:
        """The PINs that the terminal began with."""
        return self._pins[: self._people]

    @property
    def active(self) -> int:
        """How many people may punch here."""
        return len(self._active)

    def join(self, pin: str) -> None:
        """Somebody who may punch here from now on."""
        person = self._number(pin)
        if person not in self._active:
            self._active.append(person)

    def leave(self, pin: str) -> None:
        """Somebody who may no longer."""
        person = self._person.get(normal_pin(pin))
        if person in self._active:
            self._active.remove(person)

    def leave_all(self) -> None:
        """Nobody may punch here any more."""
        self._active.clear()

    def make(self, local_second: int) -> Punch:
        """A punch at this second; of another person, or at a later second, when the first choice was taken."""
        last, active = self._last, self._active
        people = len(active)
        place = int(self._random() * people)
        for step in range(_PROBES):
            person = active[(place + step) % people]
            if last[person] < local_second:
                break
        else:
            person = active[place]
            local_second = last[person] + 1
        last[person] = local_second
        self.history.add(person, local_second)
        return self.record(person, local_second)

    def remember(self, pin: str, second: str) -> None:
        """A punch of an earlier run: never make this one again, nor an earlier one of this person."""
        person, local_second = self._number(pin), seconds_of(second)
        self._last[person] = max(self._last[person], local_second)
        self.history.add(person, local_second)

    def again(self, pin: str, second: str) -> Punch:
        """The punch of an earlier run with its row as it was; `pin` and `second` as in the ledger."""
        return self.record(self._number(pin), seconds_of(second))

    def record(self, person: int, local_second: int) -> Punch:
        """A record of the history as the punch that it is."""
        pin = self._pins[person]
        second, printed = texts_of(local_second)
        kind = person * 17 if person < self._people else crc32(pin.encode())
        return Punch(pin, second, f"{pin}\t{printed}{self._tails[(local_second * 31 + kind) & 63]}")

    def _number(self, pin: str) -> int:
        """The person's number; somebody unknown gets the next one, and may not punch yet."""
        person = self._person.setdefault(normal_pin(pin), len(self._pins))
        if person == len(self._pins):
            self._pins.append(pin)
            self._last.append(0)
        return person


@lru_cache(maxsize=16_384)
def texts_of(local_second: int) -> tuple[str, str]:
    """The second as ISO text and as a terminal prints it."""
    second = dt.datetime.fromtimestamp(local_second, dt.UTC).isoformat()[:19]
    return second, second.replace("T", " ")


def seconds_of(second: str) -> int:
    """The reverse: ISO text, with `T` or a blank, as seconds of the clock. Raises ValueError."""
    return int(dt.datetime.fromisoformat(second).replace(tzinfo=dt.UTC).timestamp())
