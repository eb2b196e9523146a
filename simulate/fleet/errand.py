"""What waits to be sent besides punches: uploads, answers, questions, one request each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from simulate.fleet.events import Event
from simulate.fleet.exchange import Reply
from simulate.fleet.life import Happening

MOST_WAITING = 2_000
"""With so many errands waiting, nothing more happens at the terminal. Answers and query results still queue up."""

MOST_REFUSALS = 9
"""A server that answers otherwise than with 200 or 503 so often will never take it: the terminal lets it go."""


def has_ok(reply: Reply) -> bool:
    """The usual acknowledgement."""
    return b"OK" in reply.body


def anything(_: Reply) -> bool:
    """Any reply of status 200."""
    return True


@dataclass(slots=True, eq=False)
class Errand:
    """One request.

    build: its bytes, made when it is sent, as keys and tokens may have changed. accept: whether a 200 is an
    acknowledgement. events: what of the ledger is in it. done: called with the reply that was accepted.
    question: a person waits for the answer: asked once, its latency counted, and `none` tells an empty answer.
    follow: errands that come next, before all others. timeout: seconds, shorter than the terminal's own.
    """

    build: Callable[[], bytes]
    accept: Callable[[Reply], bool] = has_ok
    events: tuple[Event, ...] = ()
    done: Callable[[], None] | None = None
    question: Happening | None = None
    none: Callable[[Reply], bool] = field(default=lambda _: False)
    follow: Callable[[Reply], Iterable["Errand"]] = field(default=lambda _: ())
    timeout: float | None = None
    refusals: int = 0
