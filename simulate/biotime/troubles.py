"""What goes wrong with single requests."""

import random
from dataclasses import dataclass
from typing import Literal, get_args

from simulate.biotime.errors import require

Kind = Literal[
    "status",
    "html",
    "login_redirect",
    "unauthorized",
    "licence",
    "code",
    "slow",
    "drop",
    "drop_after",
    "truncated",
    "empty_page",
    "repeat_page",
]

_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong; raises FatalError when a value makes no sense.

    kind: status (answers `status`, with Retry-After if `retry_after` is given); html (200 and a page that is no
        JSON); login_redirect (302); unauthorized (401); licence (403); code (200 with code -1 and a msg); slow (waits
        `seconds`, then answers); drop (closes without doing anything); drop_after (does it, then closes); truncated
        (half of the body, then closes); empty_page (no rows, but a next); repeat_page (the rows of the page before).
    path, method: only requests whose path starts so, and of this method; empty is all.
    share, burst: with this probability a request starts a burst of so many that suffer.
    times: over after so many requests; None is never.
    """

    kind: Kind
    path: str = "/"
    method: str = ""
    share: float = 1.0
    burst: int = 1
    times: int | None = None
    status: int = 503
    retry_after: str = ""
    seconds: float = 0.0

    def __post_init__(self) -> None:
        require(self.kind in get_args(Kind), f"trouble: kind is {self.kind!r}: one of {', '.join(get_args(Kind))}")
        require(0 < self.share <= 1, f"trouble: share is {self.share}: above 0, up to 1")
        require(self.burst >= 1, f"trouble: burst is {self.burst}: 1 or more")
        require(self.times is None or self.times >= 1, f"trouble: times is {self.times}: 1 or more")
        require(400 <= self.status <= 599, f"trouble: status is {self.status}: 400 to 599")
        require(self.seconds >= 0, f"trouble: seconds is {self.seconds}: 0 or more")


class _Running:
    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        self.left = trouble.times
        self.burst_left = 0

    def strikes(self, rng: random.Random) -> bool:
        if self.burst_left == 0:
            if self.trouble.share < 1 and rng.random() >= self.trouble.share:
                return False
            self.burst_left = self.trouble.burst
        self.burst_left -= 1
        if self.left is not None:
            self.left -= 1
        return True


class Troubles:
    """The troubles that are on; the first that strikes a request is its fate."""

    def __init__(self, rng: random.Random, troubles: tuple[Trouble, ...] = ()) -> None:
        self._rng = rng
        self._running: list[_Running] = []
        for trouble in troubles:
            self.add(trouble)

    def add(self, trouble: Trouble) -> None:
        """Switch one on, behind those that are on."""
        require(len(self._running) < _MOST, f"{_MOST} troubles are on already; clear them first")
        self._running.append(_Running(trouble))

    def clear(self) -> None:
        """Switch all off."""
        self._running.clear()

    def on(self) -> list[tuple[Trouble, int | None]]:
        """What is on, and how many requests each will still strike at most."""
        return [(running.trouble, running.left) for running in self._running]

    def pick(self, method: str, path: str) -> Trouble | None:
        """What happens to this request."""
        for number, running in enumerate(self._running):
            trouble = running.trouble
            if path.startswith(trouble.path) and trouble.method in ("", method) and running.strikes(self._rng):
                if running.left == 0:
                    del self._running[number]
                return trouble
        return None
