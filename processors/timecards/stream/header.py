"""What state holds of an employee beside the days: the record, what has no date, which buckets are where."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from processors.timecards.stream.bucket import take_correction, too_many
from processors.timecards.stream.employee_facts import EmployeeFacts
from processors.timecards.stream.kept import KeptCorrection
from schemas.corrections import Correction
from schemas.employees import Employee


class LastKept(NamedTuple):
    """The greatest effective punch, for topic `lastpunch`. offset_s: of its wall clock, seconds."""

    punch_at: int
    punch_id: str
    rank: int
    serial: str
    pin: str
    offset_s: int
    state: int | None
    work_code: str


class FirstPlace(NamedTuple):
    """Where the least punch was made: the home of somebody whom no record places."""

    punch_at: int
    punch_id: str
    site: str
    zone: str


class BucketRanges:
    """A set of bucket numbers as sorted ranges [first, last]: years of archived weeks in a few numbers."""

    __slots__ = ("ranges",)

    def __init__(self, ranges: list[tuple[int, int]] | None = None) -> None:
        self.ranges = ranges if ranges is not None else []

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and any(first <= number <= last for first, last in self.ranges)

    def __iter__(self) -> Iterator[int]:
        for first, last in self.ranges:
            yield from range(first, last + 1)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BucketRanges) and other.ranges == self.ranges

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"BucketRanges({self.ranges})"

    def add(self, number: int) -> None:
        if number in self:
            return
        at = bisect_right(self.ranges, (number, number))
        first = last = number
        if at < len(self.ranges) and self.ranges[at][0] == number + 1:
            last = self.ranges.pop(at)[1]
        if at > 0 and self.ranges[at - 1][1] == number - 1:
            at -= 1
            first = self.ranges.pop(at)[0]
        self.ranges.insert(at, (first, last))

    def discard(self, number: int) -> None:
        for at, (first, last) in enumerate(self.ranges):
            if first <= number <= last:
                self.ranges[at : at + 1] = [
                    part for part in ((first, number - 1), (number + 1, last)) if part[0] <= part[1]
                ]
                return


@dataclass(slots=True)
class Header:
    """hot: numbers of the buckets that are in state; archived: of those in the archive; corrections: without any
    instant or date; marks: punches that were taken away before they came; dues: week start to the event time (epoch ms)
    at which it must be derived again; failed: week starts of those that could not be derived when they were touched
    last."""

    employee: EmployeeFacts | None = None
    hot: set[int] = field(default_factory=set)
    archived: BucketRanges = field(default_factory=BucketRanges)
    corrections: dict[str, KeptCorrection] = field(default_factory=dict)
    marks: dict[str, tuple[int, int]] = field(default_factory=dict)
    dues: dict[date, int] = field(default_factory=dict)
    last_punch: LastKept | None = None
    first_place: FirstPlace | None = None
    failed: set[date] = field(default_factory=set)

    def take_employee(self, record: Employee | None) -> bool:
        """True when something changed, as of all of these. None: it was deleted (in the order of its topic)."""
        if record is not None and self.employee is not None and record.rank < self.employee.rank:
            return False
        before = self.employee
        self.employee = None if record is None else EmployeeFacts.of(record)
        return before != self.employee

    def take_correction(self, correction: Correction) -> bool:
        return take_correction(self.corrections, correction)

    def take_retract(self, punch_id: str, identity_version: int, rank: int) -> bool:
        """Of a punch that is in none of the buckets."""
        if self.is_stale(punch_id, identity_version, rank):
            return False
        self.marks[punch_id] = (identity_version, rank)
        for key in too_many(self.marks):
            del self.marks[key]
        return True

    def is_stale(self, punch_id: str, identity_version: int, rank: int) -> bool:
        """Whether a newer retract of the punch came before; to be asked before an assign is taken."""
        return self.marks.get(punch_id, (-1, -1)) >= (identity_version, rank)
