"""The events of a case as records of timecards.input, as resolve, operators and forwarders would send them. Format:
spec/timecards.md section 0, readings B14."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from processors.timecards.cases.corrections import Corrections
from processors.timecards.cases.file import CaseFile, CaseWrong
from processors.timecards.cases.identities import employee_of
from processors.timecards.cases.punches import Punches, marks_of
from processors.timecards.cases.setting import PAY_GROUP, TENANT, Setting
from processors.timecards.engine.exceptions import SEVERITIES
from processors.timecards.stream.card_registry import CardRegistry
from schemas.payperiods import PayPeriod, PeriodStatus, Waiver
from schemas.timecards_input import TimecardInput, TimecardInputKind

# A lock freezes at once, as if everything in its way were waived (B14).
_WAIVERS: Final = [Waiver(code=code, waived_by="case", reason="lock") for code in ("INCOMPLETE", *SEVERITIES)]
_DAY: Final = timedelta(1)


class CaseInputs:
    """periods: that were locked, first date to last; dates of a lock that are locked already stay as they are."""

    def __init__(self, file: CaseFile, case: Mapping[str, Any]) -> None:
        self._setting = Setting(file, case)
        self._setting.policy()
        self._punches = Punches(self._setting)
        self._corrections = Corrections(self._punches)
        self.employee = employee_of(case)
        self.periods: dict[date, date] = {}
        self._event_time_ms = -1

    def registry(self) -> CardRegistry:
        rows = [event for event in self._setting.case.get("events", ()) if event["t"] == "punch"]
        return self._setting.registry(marks_of(rows))

    def opening(self) -> list[TimecardInput]:
        return [*self._setting.opening(), *self._setting.roster(self.employee)]

    def event_time(self, event_time_ms: int) -> list[TimecardInput]:
        """Nothing when it does not rise."""
        if event_time_ms <= self._event_time_ms:
            return []
        self._event_time_ms = event_time_ms
        return self._setting.watermarks(event_time_ms)

    def of(self, index: int, event: Mapping[str, Any]) -> list[TimecardInput]:
        """index: the event's place in the array. A check is none."""
        kind = event["t"]
        if kind == "punch":
            return self._punches.take(event)
        if kind == "identity":
            return self._punches.identify(event)
        if kind in ("manual", "leave"):
            return self._corrections.take(index, event)
        if kind == "lock":
            return self._lock(event)
        if kind == "check":
            return []
        raise CaseWrong(f"case {self._setting.case['id']}, event {index}: nothing is known of t={kind!r}")

    def reopening(self) -> list[TimecardInput]:
        """Everything that was locked."""
        return [_period(first, last, 3, PeriodStatus.REOPENED) for first, last in self.periods.items()]

    def is_locked(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.periods.items())

    def _lock(self, event: Mapping[str, Any]) -> list[TimecardInput]:
        first, last = (date.fromisoformat(str(day)) for day in event["period"])
        if last < first:
            raise CaseWrong(f"period {first} to {last}: it ends before it begins")
        told = []
        for begin, end in self._not_locked(first, last):
            self.periods[begin] = end
            told += [_period(begin, end, 1, PeriodStatus.CLOSING), _period(begin, end, 2, PeriodStatus.LOCKED)]
        return told

    def _not_locked(self, first: date, last: date) -> list[tuple[date, date]]:
        runs: list[tuple[date, date]] = []
        for number in range((last - first).days + 1):
            day = first + timedelta(number)
            if self.is_locked(day):
                continue
            if runs and runs[-1][1] == day - _DAY:
                runs[-1] = (runs[-1][0], day)
            else:
                runs.append((day, day))
        return runs


def _period(first: date, last: date, version: int, status: PeriodStatus) -> TimecardInput:
    record = PayPeriod(
        tenant=TENANT, pay_group=PAY_GROUP, first=first.isoformat(), last=last.isoformat(), version=version,
        status=status, waivers=_WAIVERS, changed_by="case", changed_at=0,
    )  # fmt: skip
    return TimecardInput(kind=TimecardInputKind.PERIOD, period=record)
