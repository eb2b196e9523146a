"""Reading files of people and rosters from the disk, and telling all that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cli.errors import PeopleFileWrong
from cli.registry_rows import Problem

_MAX_FILE_BYTES: Final = 256 * 1024 * 1024


def read_text(path: Path) -> str:
    """Raises PeopleFileWrong."""
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise PeopleFileWrong(f"{path} has more than {_MAX_FILE_BYTES} bytes: split it")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PeopleFileWrong(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise PeopleFileWrong(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from None


def raise_problems(path: Path, problems: Sequence[Problem]) -> None:
    """Raises PeopleFileWrong that names them all, when there are any."""
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise PeopleFileWrong(f"nothing was changed, {len(problems)} mistakes in {path}:\n{listed}")
