"""Card numbers as devices write them (O6): the sources disagree on the byte order, so every reading is given."""

import re
from typing import NamedTuple

_DECIMAL = re.compile(r"\d{1,19}", re.ASCII)
_HEX = re.compile(r"\[([0-9A-Fa-f]{1,16})\]")


class CardReadings(NamedTuple):
    """`decimal` for a plain number; for `[hex]` both byte orders. All None: no card (blank, 0), or unreadable."""

    decimal: int | None = None
    little_endian: int | None = None
    big_endian: int | None = None


def read_card(text: str) -> CardReadings:
    """The numbers that a card text may mean, all below 2**64; which is right depends on the device. Never raises."""
    text = text.strip()
    if _DECIMAL.fullmatch(text):
        return CardReadings(decimal=int(text) or None)
    found = _HEX.fullmatch(text)
    if not found:
        return CardReadings()
    raw = bytes.fromhex(found[1].zfill(len(found[1]) + len(found[1]) % 2))
    return CardReadings(None, int.from_bytes(raw, "little") or None, int.from_bytes(raw, "big") or None)
