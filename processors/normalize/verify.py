"""Verify codes in words, by what the device's registry entry says of them (errata Z5)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from schemas.registry import DevicePeriod
from wire.zkpush.pairs import read_integer
from wire.zkpush.words import is_unverified, verify_word


class VerifyMeaning(NamedTuple):
    """`unverified`: nobody was verified, a PIN was keyed in or a badge held up and that was all."""

    word: str
    unverified: bool


def verify_meaning(code: int | str | None, period: DevicePeriod | None) -> VerifyMeaning:
    """`code` as logged; text that is no number (a string of bits) has no word. `period` is that of the event."""
    number = read_integer(code) if isinstance(code, str) else code
    if number is None:
        return _NOTHING
    meant = period.verify_map.get(str(number), number) if period else number
    return _meaning(meant)


@lru_cache(maxsize=1024)
def _meaning(code: int) -> VerifyMeaning:
    return VerifyMeaning(verify_word(code), is_unverified(code))


_NOTHING = VerifyMeaning("", False)
