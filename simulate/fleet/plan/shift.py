"""One shift as it was punched: the minutes on the clock, the breaks, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from simulate.fleet.plan.model import Group, PlannedPunch

PAID_BREAK: Final[dict[Group, int]] = {"crew-unpaid": 0, "crew-paid": 20, "crew-alternate": 0}
"""So many minutes of each break are paid."""


@dataclass(slots=True)
class Worked:
    """Times in whole minutes since 1970 UTC. work: on the clock; paid: breaks, or their first part; unpaid: minutes of
    the others. open_since: since when the last work or break has no end. last_out: the end when somebody has left."""

    work: list[tuple[int, int]] = field(default_factory=list)
    paid: list[tuple[int, int]] = field(default_factory=list)
    unpaid: int = 0
    first_in: int | None = None
    last_out: int | None = None
    open_since: int | None = None
    on_break: bool = False
    codes: set[str] = field(default_factory=set)


def shift_of(punches: Sequence[PlannedPunch], paid_break: int) -> Worked:
    """Of the punches of one shift in order, second touches left out.

    They are as somebody makes them who at most forgets to come back or to go: in, any number of breaks, out; or out and
    in again instead of a break.
    """
    work = Worked()
    for punch in punches:
        minute = punch.at // 60
        if punch.role == "in":
            if work.first_in is None:
                work.first_in = minute
            else:
                assert work.last_out is not None, "in again without an out"
                work.unpaid += minute - work.last_out
            work.open_since, work.last_out = minute, None
            continue
        assert work.open_since is not None, f"{punch.role} without an in"
        since, work.open_since = work.open_since, minute
        if punch.role == "back":
            paid = min(minute - since, paid_break)
            work.paid.append((since, since + paid))
            work.unpaid += minute - since - paid
        elif not work.on_break:
            work.work.append((since, minute))
        else:
            work.codes.add("MISSING_BREAK_IN")  # nobody knows what the time since the break was
        work.on_break = punch.role == "break"
        if punch.role == "out":
            work.open_since, work.last_out = None, minute
    return work
