"""People and their punches. No two punches of a terminal ever have the same PIN and local second."""

import datetime as dt
import random
from functools import lru_cache
from typing import NamedTuple

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
    """Makes the punches of one terminal.

    A person's local seconds only ever grow: that keeps punches apart when the rate exceeds people times seconds, in
    the hour that a clock repeats, and when the machine's clock is set back. Person and time decide state and verify
    mode, so a punch that is read back from the ledger gets the very same row.
    """

    def __init__(self, rng: random.Random, pins: list[str], tails: tuple[str, ...]) -> None:
        self._random = rng.random
        self._pins = pins
        self._tails = tails
        self._person = {normal_pin(pin): person for person, pin in enumerate(pins)}
        self._last = [0] * len(pins)

    def make(self, local_second: int) -> Punch:
        """A punch at this second; of another person, or at a later second, when the first choice was taken."""
        last, people = self._last, len(self._pins)
        person = int(self._random() * people)
        for step in range(_PROBES):
            other = (person + step) % people
            if last[other] < local_second:
                person = other
                break
        else:
            local_second = last[person] + 1
        last[person] = local_second
        return self._punch(self._pins[person], person, local_second)

    def remember(self, pin: str, second: str) -> None:
        """A punch of an earlier run: never make this one again, nor an earlier one of this person."""
        person = self._person.get(normal_pin(pin))
        if person is not None:
            self._last[person] = max(self._last[person], _seconds(second))

    def again(self, pin: str, second: str) -> Punch:
        """The punch of an earlier run with its row as it was; `pin` and `second` as in the ledger."""
        return self._punch(pin, self._person.get(normal_pin(pin), 0), _seconds(second))

    def _punch(self, pin: str, person: int, local_second: int) -> Punch:
        second, printed = _texts(local_second)
        return Punch(pin, second, f"{pin}\t{printed}{self._tails[(local_second * 31 + person * 17) & 63]}")


@lru_cache(maxsize=16_384)
def _texts(local_second: int) -> tuple[str, str]:
    """The second as ISO text and as a terminal prints it."""
    second = dt.datetime.fromtimestamp(local_second, dt.UTC).isoformat()[:19]
    return second, second.replace("T", " ")


def _seconds(second: str) -> int:
    return int(dt.datetime.fromisoformat(second).replace(tzinfo=dt.UTC).timestamp())
