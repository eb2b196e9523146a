"""Bytes in flight: those being read and those that Kafka has not settled."""

from __future__ import annotations

import pytest

from ingest.budget import Budget
from ingest.errors import Reason, Retriable


def test_unsettled_bytes_count_too() -> None:
    unsettled = 60
    budget = Budget(100, lambda: unsettled)
    budget.take(40)
    assert budget.in_flight == 100
    with pytest.raises(Retriable) as refused:
        budget.take(1)
    assert refused.value.reason is Reason.BUDGET_FULL
    assert budget.in_flight == 100, "what does not fit is not taken"
    unsettled = 0
    budget.take(60)


def test_what_is_given_back_can_be_taken_again() -> None:
    budget = Budget(10, lambda: 0)
    budget.take(10)
    budget.give_back(10)
    budget.take(10)
    assert budget.in_flight == 10
