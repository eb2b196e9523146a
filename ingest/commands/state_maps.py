"""What a command does to the meaning of punch states on a device (errata Z12; document VI 7.17). Pure.

A state map is `code as logged` to `state that is meant` (schemas/registry.py DevicePeriod.state_map); a code that is
not in it means itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_MAP: Final = "DATA UPDATE ATTSTATE "
_KEY: Final = "DATA UPDATE SHORTKEY "
_RESET: Final = "RESET ALL FUNCKEYS"
_IS_STATE_KEY: Final = "1"
# Check-in, check-out, break-out, break-in, overtime-in, overtime-out.
_STATES: Final = range(6)


def state_map_after(line: str, current: Mapping[str, int]) -> dict[str, int]:
    """The map once the device has done the command of this line; `current` where the line maps nothing.

    A shortcut key gives both a state and the value that is logged. On the series that knows the command the state may
    be no more than the key's slot, so a logged value that is itself a state means itself; one of the site's own means
    the state, where that is one.
    """
    if line == _RESET:
        return {}
    if line.startswith(_MAP):
        given = _pairs(line.removeprefix(_MAP))
        return _mapped(current, given.get("attstatekey"), given.get("attstatevalue"))
    if line.startswith(_KEY):
        given = _pairs(line.removeprefix(_KEY))
        state, value = given.get("statecode"), given.get("mapvalue")
        if given.get("keyfun") != _IS_STATE_KEY or value is None:
            return dict(current)
        if int(value) in _STATES:
            return {logged: meant for logged, meant in current.items() if logged != value}
        if state is not None and int(state) in _STATES:
            return _mapped(current, state, value)
    return dict(current)


def _mapped(current: Mapping[str, int], state: str | None, value: str | None) -> dict[str, int]:
    """`state` is logged as `value` from now on, and no longer as whatever it was before."""
    if state is None or value is None:
        return dict(current)
    kept = {logged: meant for logged, meant in current.items() if meant != int(state) and logged != value}
    return kept if value == state else {**kept, value: int(state)}


def _pairs(text: str) -> dict[str, str]:
    parted = [piece.partition("=") for piece in text.split("\t")]
    return {key.strip().lower(): value.strip() for key, _, value in parted}
