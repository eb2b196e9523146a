"""Some inputs of each target with a fixed seed, and all that once failed. `make fuzz` searches for ten minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.engine import CORPUS, MAX_SECONDS, TooSlow, input_of, read, run_one
from tests.fuzz.targets import TARGETS, Target

SEED = 20261121
INPUTS = 100


@pytest.mark.parametrize("target", TARGETS)
def test_the_valid_inputs_hold(target: str) -> None:
    for data in TARGETS[target].seeds:
        assert run_one(target, data) is None, data


@pytest.mark.parametrize("target", TARGETS)
def test_damaged_inputs_hold(target: str) -> None:
    for number in range(INPUTS):
        data = input_of(target, SEED, number)
        error = run_one(target, data)
        assert error is None, f"{error!r}: `python -m tests.fuzz --target {target} --seed {SEED}`, input {number}"


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.hex")), ids=lambda path: path.stem)
def test_what_once_failed_holds(path: Path) -> None:
    target, data = read(path)
    assert run_one(target, data) is None


def test_inputs_depend_on_seed_and_number_alone() -> None:
    assert input_of("attlog", 1, 5) == input_of("attlog", 1, 5)
    assert len({input_of("attlog", 1, number) for number in range(50)}) > 40


def test_what_breaks_a_promise_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(data: bytes) -> None:
        raise ValueError("no")

    def slow(data: bytes) -> None:
        clock[0] += MAX_SECONDS + 1

    clock = [0.0]
    monkeypatch.setattr("tests.fuzz.engine.time.process_time", lambda: clock[0])
    monkeypatch.setitem(TARGETS, "wrong", Target(wrong, (b"x",)))
    monkeypatch.setitem(TARGETS, "slow", Target(slow, (b"x",)))
    assert isinstance(run_one("wrong", b"x"), ValueError)
    assert isinstance(run_one("slow", b"x"), TooSlow)
