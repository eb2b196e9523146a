"""A terminal's memory: order, borders, bounds."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.fleet import memory
from simulate.fleet.memory import Memory
from simulate.fleet.punches import Punch


def punch(number: int) -> Punch:
    return Punch(str(number), f"second {number}", f"row {number}")


@given(
    seed=st.integers(0, 1000),
    fixed=st.sampled_from([1, 20, 200]),
    steps=st.lists(st.tuples(st.integers(0, 120), st.integers(0, 2), st.booleans()), max_size=30),
)
def test_any_luck_on_the_wire_keeps_order_and_loses_nothing(
    seed: int, fixed: int, steps: list[tuple[int, int, bool]]
) -> None:
    """Each step: so many new punches, then a try (its number) that is acknowledged or not."""
    terminal = Memory(random.Random(seed), fixed)
    acknowledged: list[Punch] = []
    made = 0
    ever_sent = 0
    last = 0
    for new, attempt, good in steps:
        for _ in range(new):
            terminal.add(punch(made))
            made += 1
        body, again = terminal.body(attempt, realtime=True)
        assert (len(body) > 0) == (len(terminal) > 0)
        assert len(body) <= max(fixed, 150)
        assert again == max(0, min(ever_sent - len(acknowledged), len(body)))
        assert attempt == 0 or len(body) != last or len(terminal) <= 1, "a try again with the same border"
        last = len(body)
        ever_sent = max(ever_sent, len(acknowledged) + len(body))
        assert body == [punch(number) for number in range(len(acknowledged), len(acknowledged) + len(body))]
        if good:
            terminal.forget(len(body))
            acknowledged += body
    assert len(acknowledged) + len(terminal) == terminal.records == made
    assert terminal.stamp == (acknowledged[-1].second if acknowledged else "")


def test_one_row_in_real_time_and_batches_after_an_outage() -> None:
    terminal = Memory(random.Random(1), rows_per_body=1)
    for number in range(29):
        terminal.add(punch(number))
    assert len(terminal.body(0, realtime=True)[0]) == 1
    assert len(terminal.body(0, realtime=False)[0]) == 29
    terminal.fall_behind()
    assert len(terminal.body(0, realtime=True)[0]) == 29
    terminal.forget(29)
    terminal.add(punch(29))
    terminal.add(punch(30))
    assert len(terminal.body(0, realtime=True)[0]) == 1, "caught up: real time again"


def test_many_waiting_punches_are_a_backlog() -> None:
    terminal = Memory(random.Random(1), rows_per_body=1)
    for number in range(200):
        terminal.add(punch(number))
    sizes = [len(terminal.body(attempt, realtime=True)[0]) for attempt in (0, 1, 2)]
    assert all(30 <= size <= 150 for size in sizes)
    assert len(set(sizes)) == 3


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "CAPACITY", 3)
    terminal = Memory(random.Random(1), rows_per_body=1)
    for number in range(2):
        terminal.add(punch(number))
    assert terminal.room == 1
    terminal.add(punch(2))
    terminal.add(punch(3))
    assert terminal.room == 0
