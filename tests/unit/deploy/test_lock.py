"""One command at a time, and a dead holder holds nobody up."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.errors import Busy
from deploy.local.lock import exclusive

HOLD = """
import sys, time
from pathlib import Path
from deploy.local.lock import exclusive
with exclusive(Path(sys.argv[1]), deadline_s=1, what="holding", say=print):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_holder_waits_says_so_once_and_gives_up(tmp_path: Path) -> None:
    said: list[str] = []
    path = tmp_path / "new" / "lock"
    with (
        exclusive(path, deadline_s=1, what="counting sheep", say=said.append),
        pytest.raises(Busy, match="counting sheep"),
        exclusive(path, deadline_s=0.3, what="counting sheep", say=said.append),
    ):
        pass
    assert said == ["waiting: another command is counting sheep"]


def test_the_lock_is_free_after_the_block_and_after_a_killed_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Busy), exclusive(path, deadline_s=0, what="holding", say=lambda _: None):
            pass
        other.kill()
    for _ in range(2):
        with exclusive(path, deadline_s=5, what="holding", say=lambda _: None):
            pass


def test_a_lock_file_removed_between_opening_and_locking_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, flock = tmp_path / "lock", fcntl.flock
    removed: list[Path] = []

    def late_flock(handle: int, operation: int) -> None:
        if not removed:  # what a holder does that wipes its folder
            path.unlink()
            removed.append(path)
        flock(handle, operation)

    monkeypatch.setattr(fcntl, "flock", late_flock)
    with exclusive(path, deadline_s=5, what="wiping", say=lambda _: None):
        assert removed
        assert path.exists()
