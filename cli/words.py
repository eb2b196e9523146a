"""`KEY=VALUE` of the command line as a command's arguments, and files that only their owner may read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cli.errors import WordWrong

_MAX_FILE_BYTES = 2 * 1024 * 1024


def arguments_from(words: Sequence[str]) -> dict[str, str | int]:
    """`@FILE` as a value is the file's text: templates are long, and passwords stay out of the shell's history.

    Raises WordWrong.
    """
    arguments: dict[str, str | int] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise WordWrong(f"{key[:40]!r} is not KEY=VALUE")
        if key in arguments:
            raise WordWrong(f"{key[:40]} is given twice")
        arguments[key] = _text_of(Path(value[1:])) if value.startswith("@") else value
    return arguments


def write_private(path: Path, content: bytes) -> None:
    """Readable by its owner alone. Raises WordWrong."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        raise WordWrong(f"cannot write {path}: {error.strerror}") from None


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise WordWrong(f"{path} has more than {_MAX_FILE_BYTES} bytes")
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise WordWrong(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise WordWrong(f"{path} is not UTF-8 text") from None
