"""Append-only files of whole lines: a kill may tear the last line, and nothing else."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_BUFFER_LINES = 2_000


class LineFile:
    """A file to append lines to, buffered; a last line that a kill has torn is first cut off."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab+")
        size = self._file.seek(0, os.SEEK_END)
        start = max(0, size - 4096)
        self._file.seek(start)
        tail = self._file.read()
        self._file.truncate(start + tail.rfind(b"\n") + 1)
        self._lines: list[str] = []

    def add(self, lines: list[str]) -> None:
        """Add lines, each with its end; a full buffer flushes by itself."""
        self._lines += lines
        if len(self._lines) >= _BUFFER_LINES:
            self.flush()

    def flush(self) -> None:
        """Hand the lines to the operating system."""
        if self._lines:
            self._file.write("".join(self._lines).encode())
            self._file.flush()
            self._lines.clear()

    def close(self) -> None:
        """Flush and close."""
        try:
            self.flush()
        finally:
            self._file.close()


def locked_folder(folder: Path, others: str, fatal: type[Exception]) -> BinaryIO:
    """The folder of a ledger, made where it is missing, and the lock on it: close that to let the folder go.

    `others` says who else may hold it; `fatal` is what is raised when somebody does, or when it cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("wb")
    except OSError as error:
        raise fatal(f"{folder}: cannot keep a ledger there ({error}); give a writable folder") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise fatal(f"{folder}: {others} writes to this ledger; stop it or give another folder") from error
    return lock


def whole_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Number from 1 and text, with its end, of every whole line; nothing when there is no such file."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith("\n"):
                return
            yield number, line
