"""What is kept of a workweek with dates of a period that is CLOSING, from CLOSING until LOCKED, OPEN or REOPENED.

State has no contents of cards: they are derived again when they are needed. From CLOSING on what is published is held
still while inputs, rules and event time go on, and the lock must write the held card once more. So each week of the
period has a value (`tenant+employee!<week start>`): first the digest of the facts that its cards were derived with
(pins.py), since a restart may find a newer registry; and as soon as anything touches the week its cards, byte for byte.
Seven usual cards are 19.7 KB of JSON and 3.4 KB here, compressed in 35 and read in 25 microseconds (process time, 2
shared cores, 2026-11-21); the bucket of the same week is 3.7 KB, so keeping those of everybody would nearly double the
state of these weeks.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import date
from typing import Final

from processors.timecards.stream.errors import CardStateUnreadable

_CARDS: Final = b"1"
_PINNED: Final = b"2"
_LEVEL: Final = 1


def encode_held(cards: Mapping[date, bytes]) -> bytes:
    """cards: DailyCard records (one line of JSON each) by work date, b"" of a date that has none or whose contents
    cannot be made again. Compressed together: they are much alike."""
    lines = [b"%b %b" % (day.isoformat().encode(), value) for day, value in sorted(cards.items())]
    return _CARDS + zlib.compress(b"\n".join(lines), _LEVEL)


def encode_pinned(digest: str) -> bytes:
    """Nothing has touched the week yet. digest: of its facts."""
    return _PINNED + digest.encode()


def pinned(value: bytes) -> str:
    """The digest; "" when cards are kept."""
    return value[1:].decode() if value[:1] == _PINNED else ""


def decode_held(value: bytes) -> dict[date, bytes]:
    """Empty when nothing has touched the week yet. Raises CardStateUnreadable."""
    if value[:1] == _PINNED:
        return {}
    try:
        if value[:1] != _CARDS:
            raise ValueError(f"version {value[:1]!r}, this code reads {_CARDS!r} and {_PINNED!r}")
        text = zlib.decompress(value[1:])
        pairs = (line.split(b" ", 1) for line in text.split(b"\n") if line)
        return {date.fromisoformat(day.decode()): card for day, card in pairs}
    except (ValueError, zlib.error) as error:
        raise CardStateUnreadable(f"timecards.state: held cards of {len(value)} bytes: {error}") from error
