"""How inputs, relays and the call are at one moment. Source: the document, input/status, relay/status, call/status."""

from __future__ import annotations

from wire.akuvox.envelope import whole_number
from wire.akuvox.errors import AnswerUnreadable


def levels(data: object) -> dict[str, int]:
    """`{"RelayA": 0, "InputB": 1, ...}` as whole numbers, whatever relays and inputs the model has. Raises
    AnswerUnreadable when there is none: a sample of nothing is no sample."""
    found: dict[str, int] = {}
    if isinstance(data, dict):
        for name, value in data.items():
            level = whole_number(value)
            if level is not None and str(name).startswith(("Relay", "Input")):
                found[str(name)] = level
    if not found:
        raise AnswerUnreadable("the answer names no relay and no input")
    return found


def call_state(data: object) -> str:
    """`READY` or what else the station says. Raises AnswerUnreadable when it says nothing."""
    state = data.get("Status") if isinstance(data, dict) else None
    if not isinstance(state, str) or not state.strip():
        raise AnswerUnreadable("call/status has no Status")
    return state.strip()
