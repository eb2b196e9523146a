"""The secret paths at which stations call the edge: made from one key, so that no list of them is needed.

Whoever has the key file (edges, the command line) makes the same path for a station; without it nobody can, and the
path of one station tells nothing about another's.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from pathlib import Path
from typing import Final

from runtime.errors import SettingsError

PREFIX: Final = "/hints/akuvox/"
_SECRET_CHARACTERS: Final = 32
_MIN_KEY_BYTES: Final = 16


def load_hint_key(file: Path) -> bytes:
    """Raises SettingsError: the file cannot be read, or holds too little."""
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"connectors.hint_key_file: cannot read {file}: {error.strerror}") from None
    if len(key) < _MIN_KEY_BYTES:
        raise SettingsError(
            f"connectors.hint_key_file: {file} holds {len(key)} bytes, at least {_MIN_KEY_BYTES} needed"
        )
    return key


def hint_path(key: bytes, mac: str) -> str:
    """`mac`: 12 hexadecimal digits, upper case."""
    return f"{PREFIX}{mac}/{hmac.new(key, mac.encode(), sha256).hexdigest()[:_SECRET_CHARACTERS]}"


def station_of_path(key: bytes, path: str) -> str | None:
    """The MAC that a path belongs to; None when it is no path of ours."""
    mac = path.removeprefix(PREFIX).partition("/")[0]
    if not (path.startswith(PREFIX) and path.isascii()):
        return None
    return mac if hmac.compare_digest(hint_path(key, mac), path) else None
