"""The life of a pay period: every word in every state, sums of manifests, waivers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ingest.control.errors import ControlRefused, HashDiffers, RequestInvalid
from ingest.control.period_life import (
    Word,
    acknowledged,
    check_waiver,
    closing,
    locked,
    opened,
    released,
    reopened,
    retro_ordered,
    sum_of,
    waived,
    waiver_for_device,
)
from processors.timecards.engine.exceptions import SEVERITIES
from schemas.payperiods import HASH_MODULUS, WAIVABLE, Manifest, PayPeriod, PeriodReport, PeriodStatus, Waiver
from schemas.timecards import MANIFEST_KEYS

WORD = Word("meier", 1_773_000_000_000, "because")  # 2026-03-08 20:00 UTC
LAST = date(2026, 3, 7)


def new() -> PayPeriod:
    return opened("acme", "office", (date(2026, 2, 22), LAST), False, WORD)


def manifest(number: int, cards: int = 1) -> Manifest:
    minutes = {**dict.fromkeys(MANIFEST_KEYS, 0), "worked": 10 * cards, "reg": 10 * cards}
    return Manifest(cards=cards, employees=1, minutes=minutes, content_hash=f"{number:032x}")


def report(period: PayPeriod, partition: int, number: int = 1) -> PeriodReport:
    return PeriodReport(
        tenant=period.tenant, pay_group=period.pay_group, first=period.first, last=period.last, version=period.version,
        partition=partition, partitions=2, manifest=manifest(number), hindrances=[], hindrance_count=0,
    )  # fmt: skip


def lock(period: PayPeriod) -> PayPeriod:
    return locked(period, [report(period, 0), report(period, 1)], WORD)


def waiver(**what: str) -> Waiver:
    return Waiver(**{"code": "MISSING_OUT", "waived_by": "meier", "reason": "seen on camera", **what})


CLOSING = closing(new(), True, WORD)
LOCKED = lock(CLOSING)
ACKNOWLEDGED = acknowledged(LOCKED, f"{2:032x}", WORD)
REOPENED = reopened(LOCKED, WORD)


def test_a_whole_life() -> None:
    assert (CLOSING.status, CLOSING.version, CLOSING.needs_approval) == (PeriodStatus.CLOSING, 2, True)
    assert LOCKED.manifest == Manifest(
        cards=2, employees=2, minutes={**manifest(0).minutes, "worked": 20, "reg": 20}, content_hash=f"{2:032x}"
    )
    assert (ACKNOWLEDGED.acknowledged_by, ACKNOWLEDGED.version, ACKNOWLEDGED.manifest) == ("meier", 4, LOCKED.manifest)
    changed = retro_ordered(ACKNOWLEDGED, 17, WORD)
    assert (changed.retro, changed.retro_registry, changed.acknowledged_hash) == (1, 17, ACKNOWLEDGED.acknowledged_hash)
    again = reopened(changed, WORD, not_paid_yet=True)
    assert (again.status, again.manifest, again.acknowledged_hash, again.retro) == (PeriodStatus.REOPENED, None, "", 1)
    assert closing(again, True, WORD).status is PeriodStatus.CLOSING
    assert released(CLOSING, WORD).status is PeriodStatus.OPEN


def refusals() -> list[tuple[str, Callable[[], object]]]:
    no_reason = replace(WORD, reason=" ")
    return [
        ("locked already, by meier", lambda: closing(LOCKED, False, WORD)),
        ("not over yet", lambda: closing(new(), False, replace(WORD, at=1_772_900_000_000))),
        ("is OPEN since version 1", lambda: released(new(), WORD)),
        ("is LOCKED since version 3", lambda: lock(LOCKED)),
        ("not in the closing of version 2", lambda: locked(replace(CLOSING, version=5), [report(CLOSING, 0)], WORD)),
        ("is CLOSING: a waiver is said before", lambda: waived(CLOSING, waiver(), WORD)),
        ("is LOCKED: a waiver is said before", lambda: waived(LOCKED, waiver(), WORD)),
        ("is OPEN, not locked", lambda: acknowledged(new(), "0" * 32, WORD)),
        ("payroll has 0000", lambda: acknowledged(LOCKED, "0" * 32, WORD)),
        ("is CLOSING, not locked", lambda: reopened(CLOSING, WORD)),
        ("was acknowledged by meier", lambda: reopened(ACKNOWLEDGED, WORD)),
        ("was acknowledged by meier", lambda: reopened(ACKNOWLEDGED, no_reason, not_paid_yet=True)),
        ("is REOPENED, not locked", lambda: retro_ordered(REOPENED, 5, WORD)),
        ("derived by version 9", lambda: retro_ordered(retro_ordered(LOCKED, 9, WORD), 9, WORD)),
    ]


@pytest.mark.parametrize(("why", "word"), refusals())
def test_what_cannot_be_says_why(why: str, word: Callable[[], object]) -> None:
    with pytest.raises(ControlRefused, match=why):
        word()


def test_a_mismatch_is_its_own_error_and_the_same_hash_twice_is_none() -> None:
    with pytest.raises(HashDiffers, match="2 cards of 2 people, 20 minutes worked"):
        acknowledged(LOCKED, "f" * 32, WORD)
    assert acknowledged(ACKNOWLEDGED, f"{2:032x}", replace(WORD, by="other")) is ACKNOWLEDGED


def test_a_waiver_replaces_one_for_the_same_thing_and_outlives_the_closing() -> None:
    first = waived(new(), waiver(employee="E1"), WORD)
    both = waived(first, waiver(employee="E2"), WORD)
    again = waived(both, waiver(employee="E1", reason="asked him"), WORD)
    assert [(one.employee, one.reason) for one in again.waivers] == [("E2", "seen on camera"), ("E1", "asked him")]
    assert lock(closing(again, False, WORD)).waivers == again.waivers


@pytest.mark.parametrize(
    "what",
    [
        {"code": "DEVICE", "employee": "E1"}, {"code": "DEVICE", "work_date": "2026-03-01"}, {"device": "A1"},
        {"work_date": "2026-03-08"}, {"reason": " "}, {"code": "EMPTY"}, {"code": "LATE"}, {"code": "MISING_OUT"},
    ],
)  # fmt: skip
def test_waivers_that_could_never_fit_are_refused(what: dict[str, str]) -> None:
    with pytest.raises(RequestInvalid):
        check_waiver(waiver(**what), new())


def test_whatever_blocks_can_be_waived() -> None:
    blocking = {code for code, (_, blocks) in SEVERITIES.items() if blocks}
    assert {*blocking, "UNVERIFIED", "INCOMPLETE", "UNAPPROVED", "UNDERIVABLE", "DEVICE"} == WAIVABLE


def test_whom_a_device_waiver_covers() -> None:
    one = waived(new(), waiver(code="DEVICE", device="akuvox:0C11"), WORD)
    assert waiver_for_device(one, "AKUVOX:0C11") == one.waivers[0]
    assert waiver_for_device(one, "B2") is None
    assert waiver_for_device(waived(new(), waiver(code="DEVICE"), WORD), "B2") is not None
    assert waiver_for_device(waived(new(), waiver(), WORD), "B2") is None


@settings(max_examples=100, deadline=None)
@given(numbers=st.lists(st.integers(0, HASH_MODULUS - 1), max_size=6), order=st.randoms(use_true_random=False))
def test_the_sum_does_not_depend_on_order_and_stays_within_128_bits(numbers: list[int], order: object) -> None:
    manifests = [manifest(number, cards=number % 5) for number in numbers]
    summed = sum_of(manifests)
    assert int(summed.content_hash, 16) == sum(numbers) % HASH_MODULUS
    assert summed.minutes["worked"] == 10 * summed.cards == 10 * sum(number % 5 for number in numbers)
    shuffled = list(manifests)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert sum_of(shuffled) == summed
    assert set(summed.minutes) == set(MANIFEST_KEYS)


class Life(RuleBasedStateMachine):
    """Whatever is said in whatever order: versions rise by one, and only a lock has a manifest."""

    def __init__(self) -> None:
        super().__init__()
        self.period = new()

    def say(self, word: Callable[[], PayPeriod]) -> None:
        before = self.period
        try:
            self.period = word()
        except ControlRefused:
            return
        assert self.period is before or self.period.version == before.version + 1
        assert self.period.retro >= before.retro
        assert before.status is not PeriodStatus.LOCKED or self.period.status is not PeriodStatus.CLOSING
        locks = self.period.status is PeriodStatus.LOCKED and before.status is not PeriodStatus.LOCKED
        assert not locks or before.status is PeriodStatus.CLOSING

    @rule()
    def close(self) -> None:
        self.say(lambda: closing(self.period, False, WORD))

    @rule()
    def lock(self) -> None:
        self.say(lambda: lock(self.period))

    @rule()
    def release(self) -> None:
        self.say(lambda: released(self.period, WORD))

    @rule(said=st.booleans())
    def reopen(self, said: bool) -> None:
        self.say(lambda: reopened(self.period, WORD, not_paid_yet=said))

    @rule(number=st.integers(1, 3))
    def acknowledge(self, number: int) -> None:
        self.say(lambda: acknowledged(self.period, f"{number:032x}", WORD))

    @rule(version=st.integers(1, 5))
    def retro(self, version: int) -> None:
        self.say(lambda: retro_ordered(self.period, version, WORD))

    @rule(code=st.sampled_from(["A", "B"]))
    def waive(self, code: str) -> None:
        self.say(lambda: waived(self.period, waiver(code=code), WORD))

    @invariant()
    def fits(self) -> None:
        is_locked = self.period.status is PeriodStatus.LOCKED
        assert (self.period.manifest is not None) == is_locked
        assert is_locked or not self.period.acknowledged_hash
        assert self.period.acknowledged_hash in ("", f"{2:032x}")


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
