"""A failing case made small: events, policy keys and plans taken away one by one while it still fails."""

from collections.abc import Callable, Iterator
from copy import deepcopy

from tests.reference.timecards.inputs import Case


def shrink(case: Case, still_fails: Callable[[Case], bool]) -> Case:
    """The smallest case this greedy way finds; every step runs `still_fails` once, a few hundred times in all."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(case):
            if still_fails(candidate):
                case, smaller = candidate, True
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    size = len(case["events"])
    while size > 1:  # halves and quarters before single events
        size //= 2
        for start in range(0, len(case["events"]), size):
            candidate = deepcopy(case)
            del candidate["events"][start : start + size]
            yield candidate
    for key in case["policy"]:
        candidate = deepcopy(case)
        del candidate["policy"][key]
        yield candidate
    for number in range(len(case.get("schedule", ()))):
        candidate = deepcopy(case)
        del candidate["schedule"][number]
        yield candidate
    for key in ("schedule", "sites", "identity"):
        if key in case:
            candidate = deepcopy(case)
            del candidate[key]
            yield candidate
