"""Runs a case as production would: each event as inputs of a partition, compared with what that publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import Any

from processors.timecards.cases.compare import compare_adjustments, compare_days, published_in_a_case
from processors.timecards.cases.file import CaseFile, CaseResult, CaseWrong, Difference
from processors.timecards.cases.inputs import CaseInputs
from processors.timecards.cases.memory import PartitionInMemory
from processors.timecards.cases.normalize import run_normalize_case
from processors.timecards.cases.served import Served, again
from processors.timecards.cases.times import FAR_FUTURE_MS, event_times
from schemas.policies import PolicyError

_Days = dict[str, dict[str, Any]]


def run_case(file: CaseFile, case: Mapping[str, Any], shuffle: Random | None = None) -> CaseResult:
    """Expected against found. shuffle: brings the events of a punch-only case into another order first.

    Raises CaseWrong for what the format does not know, PolicyError for a policy that is refused.
    """
    try:
        return _run(file, case, shuffle)
    except (CaseWrong, PolicyError):
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CaseWrong(f"case {case['id']}: {type(error).__name__}: {error}") from error


def _run(file: CaseFile, case: Mapping[str, Any], shuffle: Random | None) -> CaseResult:
    if case["kind"] == "normalize":
        return run_normalize_case(case)
    if case["kind"] != "timecard":
        raise CaseWrong(f"case {case['id']}: kind {case['kind']!r} is neither timecard nor normalize")
    events = list(case.get("events", ()))
    if shuffle is not None:
        events = [event for event in events if event["t"] == "punch"]
        shuffle.shuffle(events)
    return _Run(file, case, events).result()


def is_punch_only(case: Mapping[str, Any]) -> bool:
    """Whether its final cards must not depend on the order of its events."""
    return case["kind"] == "timecard" and all(event["t"] in ("punch", "check") for event in case.get("events", ()))


class _Run:
    def __init__(self, file: CaseFile, case: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> None:
        self._case, self._events = case, events
        self._info = file.info_codes
        self._inputs = CaseInputs(file, case)
        self._registry = self._inputs.registry()
        self._partition = PartitionInMemory(self._registry)
        self._served = Served()
        self._differences: list[Difference] = []

    def result(self) -> CaseResult:
        self._tell(self._inputs.opening())
        for index, (event, event_time_ms) in enumerate(zip(self._events, event_times(self._events), strict=True)):
            self._tell([*self._inputs.event_time(event_time_ms), *self._inputs.of(index, event)])
            if event["t"] == "check":
                self._compare(f"check, event {index + 1}", event.get("days", {}), self._current())
        self._tell(self._inputs.event_time(FAR_FUTURE_MS))
        self._replay()
        self._in_one_go()
        return self._final()

    def _tell(self, inputs: Sequence[Any]) -> None:
        self._served.take(self._partition.tell(inputs))

    def _replay(self) -> None:
        """The same inputs again must publish nothing and adjust nothing: after a restart, and sent once more."""
        copy = self._partition.copy()
        self._differences += again(copy.replay())
        self._differences += again(copy.tell(list(copy.log)))

    def _in_one_go(self) -> None:
        """All inputs in one batch must come to the same."""
        partition, served = PartitionInMemory(self._registry), Served()
        served.take(partition.tell(self._partition.log))
        who, where = self._inputs.employee, "in one batch"
        self._compare(where, self._words(self._served.of(who)), self._words(served.of(who)))
        self._differences += compare_adjustments(self._served.adjusted(who), served.adjusted(who), where)
        self._differences += served.problems

    def _final(self) -> CaseResult:
        expect, found = self._case["expect"], self._current()
        self._compare("after all events", expect.get("days", {}), found)
        self._differences += self._served.problems
        if "locked_days" in expect:
            cards = self._served.of(self._inputs.employee).items()
            served = {day: card for day, card in cards if self._inputs.is_locked(date.fromisoformat(day))}
            self._compare("locked", expect["locked_days"], self._words(served))
        if "adjustments" in expect or self._inputs.periods:
            emitted = self._served.adjusted(self._inputs.employee)
            expected = [(one["date"], one["deltas"]) for one in expect.get("adjustments", ())]
            self._differences += compare_adjustments(expected, emitted)
        return CaseResult(
            str(self._case["id"]), "timecard", str(self._case.get("title", "")), expect.get("days", {}), found,
            tuple(self._differences),
        )  # fmt: skip

    def _current(self) -> _Days:
        """What is published; of locked dates what would be if they were opened again."""
        if not self._inputs.periods:
            return self._words(self._served.of(self._inputs.employee))
        copy, served = self._partition.copy(), Served()
        copy.tell(self._inputs.reopening())
        served.take(copy.outputs)
        return self._words(served.of(self._inputs.employee))

    def _words(self, cards: Mapping[str, Mapping[str, Any]]) -> _Days:
        return {day: published_in_a_case(card, self._info) for day, card in cards.items()}

    def _compare(self, where: str, expected: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        self._differences += compare_days(where, expected, found, self._info)
