"""One at a time: a lock on a file that the kernel releases when its holder ends, however it ends."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.errors import Busy


@contextmanager
def exclusive(path: Path, *, deadline_s: float, what: str, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file `path` (made if missing) for the length of the block.

    Says `what` once when it has to wait, and raises Busy after `deadline_s` seconds.
    """
    deadline = time.monotonic() + deadline_s
    told = False
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _still_there(path, handle):
                break
        except BlockingIOError:
            if not told:
                say(f"waiting: another command is {what}")
                told = True
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        if time.monotonic() > deadline:
            raise Busy(
                f"another command is {what} and did not finish within {deadline_s:.0f} s (lock {path}); try again later"
            )
        time.sleep(0.1)
    try:
        yield
    finally:
        os.close(handle)


def _still_there(path: Path, handle: int) -> bool:
    """False when the previous holder removed the file: then the lock is on a name that nobody else will open."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False
