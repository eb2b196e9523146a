"""When which job of a source runs: rounds, jitter, back-off. Pure: the time is an argument, in seconds of any clock.

Due jobs go in rounds: the first in order of work that has not had its turn in this round. So the feed goes first, and
one that always has more to do (a backfill) lets every other due job run once in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

FIRST_PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 300.0
_FIRST_KAFKA_PAUSE_SECONDS: Final = 1.0
_LONGEST_KAFKA_PAUSE_SECONDS: Final = 30.0
_SPREAD_SECONDS: Final = 2.0
_JITTER: Final = 0.1
_PAUSE_JITTER: Final = 0.2
_NEVER: Final = float("inf")


@dataclass(slots=True)
class _Turn:
    """One job. failures: in a row; had: its turn in this round."""

    every_seconds: float
    due_at: float
    failures: int = 0
    had: bool = False


class Schedule:
    """`jobs`: name and seconds between runs, in order of work. kafka_failures: in a row."""

    def __init__(self, jobs: Sequence[tuple[str, float]], *, now: float, random: Random) -> None:
        self._random = random
        self._turns: dict[str, _Turn] = {}
        # Hundreds of stations that begin together must not be asked together for ever.
        first = now + random.uniform(0, min([_SPREAD_SECONDS, *(every_seconds for _, every_seconds in jobs)]))
        for name, every_seconds in jobs:
            if name in self._turns:
                raise ValueError(f"two jobs of one source are called {name!r}")
            self._turns[name] = _Turn(every_seconds, first)
        self._held_until = -_NEVER
        self._firm_until = -_NEVER  # of which no hint and no operator shortens anything
        self._failures = 0
        self.kafka_failures = 0

    def next(self, now: float) -> str | None:
        """The job that runs now; None when none does. Its turn is taken: `done` or a failure must follow."""
        if self.is_held(now):
            return None
        due = [(name, turn) for name, turn in self._turns.items() if turn.due_at <= now]
        if all(turn.had for _, turn in due):  # a round ends so, or when nothing is due
            for turn in self._turns.values():
                turn.had = False
        if not due:
            return None
        name, turn = next((name, turn) for name, turn in due if not turn.had)
        turn.had, turn.due_at = True, _NEVER
        return name

    def next_at(self) -> float:
        """When `next` may have something."""
        return max(self._held_until, min((turn.due_at for turn in self._turns.values()), default=_NEVER))

    def is_held(self, now: float) -> bool:
        """Whether nothing at all may be asked of the source."""
        return now < self._held_until

    def done(self, name: str, now: float, *, started: float, again: bool) -> None:
        """What was woken while it ran is due at once, whatever it says."""
        turn = self._turns[name]
        turn.failures = self._failures = self.kafka_failures = 0
        jitter = self._random.uniform(1 - _JITTER, 1 + _JITTER)
        self._due(turn, now if again else max(now, started + turn.every_seconds * jitter))

    def failed(self, name: str, now: float) -> None:
        """That job pauses; others go on."""
        turn = self._turns[name]
        turn.failures += 1
        self._due(turn, now + self._pause(turn.failures))

    def source_failed(self, name: str | None, now: float, *, least: float) -> None:
        """The whole source pauses, `least` seconds surely; then the same job is tried first in its turn. None: it was
        no job."""
        self._failures += 1
        self.rest(now, least)
        self._held_until = max(self._held_until, now + self._pause(self._failures))
        if name is not None:
            self._back(name, now)

    def rest(self, now: float, seconds: float) -> None:
        """Nothing is asked of the source for so long, whoever wants it."""
        if seconds > 0:
            self._firm_until = max(self._firm_until, now + seconds)
            self._held_until = max(self._held_until, self._firm_until)

    def kafka_failed(self, name: str | None, now: float) -> None:
        """Nobody's fault here: the same again, soon."""
        self.kafka_failures += 1
        pause = min(_LONGEST_KAFKA_PAUSE_SECONDS, _FIRST_KAFKA_PAUSE_SECONDS * 2.0 ** min(self.kafka_failures - 1, 10))
        self._held_until = max(self._held_until, now + pause)
        if name is not None:
            self._back(name, now)

    def postpone(self, name: str, now: float, seconds: float) -> None:
        turn = self._turns[name]
        turn.failures = 0
        self._due(turn, now + seconds)

    def wake(self, now: float, names: Iterable[str] | None = None) -> None:
        """These (None: all) are due at once: somebody knows that there is something to read, or that it works again."""
        self._held_until = min(self._held_until, self._firm_until)
        for name in self._turns if names is None else names:
            turn = self._turns.get(name)
            if turn is not None:
                turn.due_at, turn.failures, turn.had = now, 0, False

    def _back(self, name: str, now: float) -> None:
        turn = self._turns[name]
        turn.due_at, turn.had = min(turn.due_at, now), False

    def _pause(self, failures: int) -> float:
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 10))
        return pause * self._random.uniform(1 - _PAUSE_JITTER, 1 + _PAUSE_JITTER)

    @staticmethod
    def _due(turn: _Turn, at: float) -> None:
        turn.due_at = min(turn.due_at, at)
