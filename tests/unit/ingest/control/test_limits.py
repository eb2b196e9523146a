"""How often one caller may ask."""

from __future__ import annotations

import pytest

from ingest.control.limits import Limits


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_the_rate_for_each_caller_alone() -> None:
    clock = Clock()
    limits = Limits(2, 3, clock=clock)
    assert [limits.take("a") for _ in range(3)] == [0, 0, 0]
    assert limits.take("a") == pytest.approx(0.5)
    assert limits.take("b") == 0
    clock.now = 0.5
    assert limits.take("a") == 0
    assert limits.take("a") > 0
    clock.now = 1000
    assert [limits.take("a") > 0 for _ in range(4)] == [False, False, False, True]


def test_the_callers_longest_unseen_are_forgotten() -> None:
    limits = Limits(0.001, 1, clock=Clock())
    for number in range(10_001):
        limits.take(str(number))
    assert limits.take("0") == 0  # forgotten: a full bucket again
    assert limits.take("10000") > 0
