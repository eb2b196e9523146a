"""Runs a case: its events one by one through `derive`, `publish` and `adjustments`, as a stream would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

from processors.timecards.cases.compare import as_in_a_case, compare_adjustments, compare_days
from processors.timecards.cases.events import CaseState
from processors.timecards.cases.file import CaseFile, CaseResult, CaseWrong, Difference
from processors.timecards.cases.normalize import run_normalize_case
from processors.timecards.engine.card import Card
from processors.timecards.engine.derive import derive
from processors.timecards.locking import Adjustment, LockedPeriod, adjustments, lock
from processors.timecards.versions import Cause, Published, publish
from schemas.policies import Policy, PolicyError

_CAUSES = {"punch": Cause.NEW_PUNCH, "manual": Cause.CORRECTION, "leave": Cause.LEAVE, "identity": Cause.IDENTITY}


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


@dataclass(slots=True)
class _Run:
    file: CaseFile
    case: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    state: CaseState = field(init=False)
    policy: Policy = field(init=False)
    cards: list[Card] = field(default_factory=list)
    published: dict[date, Published] = field(default_factory=dict)
    locked: list[tuple[LockedPeriod, list[Adjustment]]] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = CaseState(self.file, self.case)
        self.policy = self.state.policy()

    def result(self) -> CaseResult:
        event_times = _event_times(self.events)
        for index, (event, event_time_ms) in enumerate(zip(self.events, event_times, strict=True)):
            self.state.apply(index, event)
            self._derive(event_time_ms, _CAUSES.get(event["t"], Cause.FINALIZE))
            if event["t"] == "check":
                self._compare(f"check, event {index + 1}", event.get("days", {}), self._current())
            elif event["t"] == "lock":
                first, last = (date.fromisoformat(day) for day in event["period"])
                self.locked.append((lock(first, last, self.published), []))
        self._derive(None, Cause.FINALIZE)
        self._replay()
        return self._final()

    def _derive(self, event_time_ms: int | None, cause: Cause) -> None:
        self.cards = derive(self.state.inputs(self.policy, event_time_ms))
        frozen = {card.work_date for card in self.cards if self._is_locked(card.work_date)}
        frozen |= {day for day in self.published if self._is_locked(day)}
        for version in publish(self.published, self.cards, cause, frozen=frozen):
            self._publish(version)
        for period, emitted in self.locked:
            emitted += adjustments(self.state.employee, period, emitted, self.cards)

    def _publish(self, version: Published) -> None:
        before = self.published.get(version.work_date)
        if version.version != (before.version if before else 0) + 1:
            expected = (before.version if before else 0) + 1
            self.differences.append(
                Difference("versions", version.work_date.isoformat(), "version", expected, version.version)
            )
        self.published[version.work_date] = version

    def _replay(self) -> None:
        """The same events again must publish nothing and adjust nothing."""
        versions = {day: one.version for day, one in self.published.items()}
        emitted = sum(len(adjusted) for _, adjusted in self.locked)
        for index, event in enumerate(self.events):
            if event["t"] == "punch":
                self.state.apply(index, event)
        self._derive(None, Cause.NEW_PUNCH)
        for day, one in self.published.items():
            if one.version != versions.get(day):
                self.differences.append(
                    Difference("replay", day.isoformat(), "version", versions.get(day), one.version)
                )
        again = sum(len(adjusted) for _, adjusted in self.locked)
        if again != emitted:
            self.differences.append(Difference("replay", "", "adjustments", emitted, again))

    def _final(self) -> CaseResult:
        expect, found = self.case["expect"], self._current()
        self._compare("after all events", expect.get("days", {}), found)
        if "locked_days" in expect:
            served = [one.card for period, _ in self.locked for one in period.cards.values() if one.card]
            self._compare("locked", expect["locked_days"], self._in_words(served))
        if "adjustments" in expect or self.locked:
            emitted = [one for _, adjusted in self.locked for one in adjusted]
            self.differences += compare_adjustments(expect.get("adjustments", ()), emitted)
        return CaseResult(
            str(self.case["id"]), "timecard", str(self.case.get("title", "")), expect.get("days", {}), found,
            tuple(self.differences),
        )  # fmt: skip

    def _current(self) -> dict[str, dict[str, Any]]:
        """What is published; of locked dates what is derived now."""
        cards = [card for card in self.cards if self._is_locked(card.work_date)]
        cards += [one.card for day, one in self.published.items() if one.card and not self._is_locked(day)]
        return self._in_words(cards)

    def _in_words(self, cards: Sequence[Card]) -> dict[str, dict[str, Any]]:
        return {card.work_date.isoformat(): as_in_a_case(card, self.file.info_codes) for card in cards}

    def _compare(self, where: str, expected: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        self.differences += compare_days(where, expected, found, self.file.info_codes)

    def _is_locked(self, day: date) -> bool:
        return any(day in period for period, _ in self.locked)


def _event_times(events: Sequence[Mapping[str, Any]]) -> list[int | None]:
    """Event time at each event, epoch ms: the next watermark that a check tells, for ever when none follows."""
    times: list[int | None] = []
    coming: int | None = None
    for event in reversed(events):
        if event["t"] == "check":
            text = event.get("watermark")
            coming = None if text is None else round(datetime.fromisoformat(text).timestamp() * 1000)
        times.append(coming)
    return times[::-1]
