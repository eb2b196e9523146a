"""Sets by id: whatever comes, in any order and twice, ends in the same state."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.timecards.stream import bucket as bucket_module
from processors.timecards.stream.bucket import Bucket, roster_of
from processors.timecards.stream.header import BucketRanges, Header
from processors.timecards.stream.kept import KeptCorrection, leave_codes_of, leaves_of
from processors.timecards.stream.kept_codec import encode_bucket
from processors.timecards.stream.state_keys import (
    bucket_key,
    bucket_of_date,
    bucket_of_ms,
    dates_of,
    header_key,
    held_key,
    read_key,
)
from schemas.approvals import Approval, Decision
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.employees import Employee
from schemas.timecards_input import AssignedPunch, PlannedShift

FEW = settings(max_examples=100, deadline=None, derandomize=True)
MONDAY = date(2026, 11, 16)
NUMBER = bucket_of_date(MONDAY)
START_MS = int((MONDAY - date(1970, 1, 1)).total_seconds() * 1000)


def assigned(at_min: int = 480, rank: int = 1, **more: object) -> AssignedPunch:
    usual = AssignedPunch(
        rank=rank, device="D1", pin="5", site="pune", punch_at=START_MS + at_min * 60_000, utc_offset_s=0, zone="UTC",
        time_flags=[], state=0, verify=1, unverified=False, work_code="", job_codes=[], tip_codes=[], source="push",
        received_at=START_MS + at_min * 60_000 + 5_000,
    )  # fmt: skip
    return replace(usual, **more)  # type: ignore[arg-type]  # fields of the tests' own choice


def correction(number: int = 1, version: int = 1, **more: object) -> Correction:
    usual = Correction(
        correction_id=f"{number:032x}", version=version, tenant="acme", employee="5", operation=CorrectionOperation.ADD,
        status=CorrectionStatus.APPROVED, punch_at=START_MS, zone="UTC", state=1, work_code="7", decided_at=3,
        decided_by="ann", source="operator",
    )  # fmt: skip
    return replace(usual, **more)  # type: ignore[arg-type]  # fields of the tests' own choice


def approval(at: int, number: int = 1) -> Approval:
    return Approval(
        approval_id=f"{number:032x}", tenant="acme", employee="5", work_date=MONDAY.isoformat(), version=2,
        content_hash="0" * 32, decision=Decision.APPROVED, decided_by="ann", decided_at=at,
    )  # fmt: skip


Step = tuple[str, int, int, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(("assign", "retract")), st.integers(0, 4), st.integers(1, 3), st.integers(1, 3)),
    max_size=15,
    unique_by=lambda step: step[1:],  # resolve never says two things of one id, identity version and rank
)


def take(bucket: Bucket, steps: list[Step]) -> None:
    for kind, number, version, rank in steps:
        if kind == "assign":
            bucket.take_assign(f"{number:032x}", version, assigned(60 * number + rank, rank))
        else:
            bucket.take_retract(f"{number:032x}", version, rank)


@FEW
@given(STEPS, st.integers(0, 2**32))
def test_order_and_repeats_do_not_matter(steps: list[Step], seed: int) -> None:
    random = Random(seed)
    one, other = Bucket(NUMBER), Bucket(NUMBER)
    take(one, steps)
    mixed = [*steps, *random.sample(steps, len(steps) // 2)]
    random.shuffle(mixed)
    take(other, mixed)
    assert encode_bucket(one) == encode_bucket(other)
    before = encode_bucket(one)
    take(one, steps)
    assert encode_bucket(one) == before


def test_the_greater_identity_version_goes_before_the_rank() -> None:
    bucket = Bucket(NUMBER)
    assert bucket.take_assign("p", 1, assigned(rank=9))
    assert not bucket.take_assign("p", 1, assigned(rank=9))
    assert bucket.take_retract("p", 2, 3)
    assert {key: one[:3] for key, one in bucket.punches.items()} == {"p": (2, 3, None)}
    assert not bucket.take_assign("p", 1, assigned(rank=10))
    assert bucket.take_assign("p", 3, assigned(rank=1))
    assert bucket.punches["p"].place is not None
    assert not bucket.is_empty
    assert Bucket(1).is_empty


def test_too_many_punches_are_counted_by_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket_module, "MAX_PUNCHES_A_DATE", 3)
    for seed in range(20):
        numbers = [0, 1, 2, 3, 4, 5]
        Random(seed).shuffle(numbers)
        bucket = Bucket(NUMBER)
        for number in [*numbers, *numbers]:
            bucket.take_assign(f"{number:032x}"[::-1], 1, assigned(60 * number))
        bucket.take_assign("tomorrow", 1, assigned(1500))
        assert {key[0] for key in bucket.punches} == {"0", "1", "2", "t"}
        assert bucket.surplus_counts() == {MONDAY: 3}
    assert not bucket.take_assign("3".ljust(32, "0"), 1, assigned(180))
    bucket.take_retract("0".ljust(32, "0"), 1, 2)
    assert bucket.take_assign("3".ljust(32, "0"), 1, assigned(180))
    assert bucket.surplus_counts() == {MONDAY: 2}
    for number in range(6, 12):
        bucket.take_assign(f"{number}".ljust(32, "0"), 1, assigned(60 * number))
    assert bucket.surplus_counts() == {MONDAY: 3}  # three or more


def test_marks_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket_module, "MAX_MARKS", 2)
    bucket, header = Bucket(NUMBER), Header()
    for number in (3, 1, 2):
        bucket.take_retract(f"p{number}", number, 1)
        header.take_retract(f"p{number}", number, 1)
    assert sorted(bucket.punches) == sorted(header.marks) == ["p2", "p3"]


def test_a_punch_taken_away_before_it_came() -> None:
    header = Header()
    assert header.take_retract("p", 4, 2)
    assert not header.take_retract("p", 4, 1)
    assert header.is_stale("p", 3, 9)
    assert header.is_stale("p", 4, 2)
    assert not header.is_stale("p", 4, 3)
    assert not header.is_stale("q", 1, 1)


def test_corrections_rosters_and_approvals_by_their_versions() -> None:
    bucket = Bucket(NUMBER)
    assert bucket.take_correction(correction(version=2, state=3))
    assert not bucket.take_correction(correction(version=1))
    assert bucket.corrections[f"{1:032x}"].state == 3
    shift = PlannedShift(start="08:00", end="17:00")
    assert bucket.take_roster(MONDAY, 5, [shift])
    assert not bucket.take_roster(MONDAY, 4, None)
    assert bucket.take_roster(MONDAY, 6, [shift])  # its version must be remembered
    assert roster_of([bucket]) == {MONDAY: (shift,)}
    assert bucket.take_approval(approval(10, 2))
    assert not bucket.take_approval(approval(10, 1))
    assert not bucket.take_approval(approval(9, 3))
    assert bucket.take_approval(approval(10, 3))
    assert bucket.approvals[MONDAY].decided_by == "ann"


def test_a_correction_comes_back_as_the_engine_takes_it() -> None:
    whole = correction(target="t" * 32, target_at=7, site="pune")
    kept = KeptCorrection.of(whole)
    assert kept.is_approved
    assert kept.correction(whole.correction_id, "acme", "5") == whole


def test_leave_by_code() -> None:
    leave: dict[str, Any] = {"operation": CorrectionOperation.LEAVE, "work_date": MONDAY.isoformat(), "punch_at": None}
    bucket = Bucket(NUMBER)
    bucket.take_correction(correction(1, minutes=60, leave_code="SICK", **leave))
    bucket.take_correction(correction(2, minutes=30, leave_code="SICK", **leave))
    bucket.take_correction(correction(3, minutes=20, leave_code="PTO", **leave))
    bucket.take_correction(correction(4, minutes=20, status=CorrectionStatus.PENDING, **leave))
    bucket.take_correction(correction(5))
    assert [one.minutes for one in leaves_of(bucket.corrections)] == [60, 30, 20]
    assert leave_codes_of(bucket.corrections) == {MONDAY: {"SICK": 90, "PTO": 20}}


def test_the_record_of_an_employee_by_its_rank() -> None:
    header = Header()
    record = Employee(tenant="acme", employee="5", rank=5, source="operator", site="pune")
    assert header.take_employee(record)
    assert not header.take_employee(record)
    assert not header.take_employee(replace(record, rank=4, site="york"))
    assert header.employee is not None
    assert header.employee.site == "pune"
    assert header.take_employee(None)
    assert not header.take_employee(None)


@FEW
@given(st.lists(st.tuples(st.booleans(), st.integers(-8, 8)), max_size=40))
def test_ranges_are_a_set(steps: list[tuple[bool, int]]) -> None:
    ranges, numbers = BucketRanges(), set[int]()
    for adds, number in steps:
        if adds:
            ranges.add(number)
            numbers.add(number)
        else:
            ranges.discard(number)
            numbers.discard(number)
        assert list(ranges) == sorted(numbers)
        assert all(a[1] + 1 < b[0] for a, b in zip(ranges.ranges, ranges.ranges[1:], strict=False))
        assert all((one in ranges) == (one in numbers) for one in range(-9, 10))


def test_keys_and_numbers_of_buckets() -> None:
    assert [bucket_of_ms(START_MS + ms) - NUMBER for ms in (-1, 0, 7 * 86_400_000 - 1, 7 * 86_400_000)] == [-1, 0, 0, 1]
    assert dates_of(NUMBER) == tuple(MONDAY + timedelta(number) for number in range(7))
    assert {bucket_of_date(day) for day in dates_of(NUMBER)} == {NUMBER}
    assert dates_of(bucket_of_date(date(1969, 12, 31)))[0] == date(1969, 12, 29)
    owner = header_key("acme", "A+1#x!")
    assert read_key(owner) == ("header", owner, 0, date.min)
    assert read_key(bucket_key(owner, NUMBER)) == ("bucket", owner, NUMBER, date.min)
    assert read_key(bucket_key(owner, -3))[:3] == ("bucket", owner, -3)
    assert read_key(held_key(owner, MONDAY)) == ("held", owner, 0, MONDAY)
    assert read_key(b"+progress").kind == "own"
