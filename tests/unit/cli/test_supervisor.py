"""A part that ends is started again, one that was left behind is stopped first, and stopping is final."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from cli.parts import Part
from cli.supervisor import Keeper
from tests.integration.helpers import until

SLEEPER = "import sys, time; print('life', flush=True); time.sleep(60)"


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    marker = str(tmp_path / "part.toml")
    return Keeper(Part("sleeper", "sleeping", (sys.executable, "-c", SLEEPER, marker), marker, 1), tmp_path)


async def comes_back(keeper: Keeper, old: int | None) -> int:
    def alive() -> bool:
        keeper.keep()
        return keeper.pid is not None and keeper.pid != old

    await until(alive, "the part runs again", 10)
    assert keeper.pid is not None
    return keeper.pid


async def test_a_killed_part_comes_back_with_growing_pauses(keeper: Keeper) -> None:
    keeper.start()
    try:
        first = keeper.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        second = await comes_back(keeper, first)
        os.kill(second, signal.SIGKILL)
        await comes_back(keeper, second)
        assert keeper.restarts == 2
        assert keeper._pause == 4 * 0.5
    finally:
        keeper.stop(5)
    assert keeper.pid is None


def test_what_a_killed_supervisor_left_behind_is_stopped_before_the_start(keeper: Keeper, tmp_path: Path) -> None:
    keeper.start()
    left_behind = keeper.pid
    assert left_behind is not None
    another = Keeper(keeper.part, tmp_path)
    try:
        another.start()
        assert another.pid != left_behind
        assert not psutil.pid_exists(left_behind) or psutil.Process(left_behind).status() == psutil.STATUS_ZOMBIE
    finally:
        another.stop(5)


def test_a_part_without_an_answer_is_starting_and_one_that_ended_is_not_running(keeper: Keeper) -> None:
    assert keeper.trouble() == "not running"
    keeper.start()
    try:
        assert keeper.trouble() == "starting"
    finally:
        keeper.stop(5)


def test_the_log_of_the_former_life_is_kept(keeper: Keeper) -> None:
    keeper.start()
    keeper.stop(5)
    keeper.log_path.write_text("last words")
    keeper.start()
    keeper.stop(5)
    assert keeper.log_path.with_suffix(".previous.log").read_text() == "last words"
