"""Events to bytes and back: one JSON object a record. Source: DESIGN 4.

Readers accept a version and the one before it; there is no version before 1.
"""

from __future__ import annotations

from dataclasses import asdict

import orjson
from pydantic import TypeAdapter, ValidationError

from schemas.events import Punch

_PUNCH = TypeAdapter(Punch)


class NotAnEvent(ValueError):
    """The bytes are not an event that this version can read."""


def encode_event(event: Punch) -> bytes:
    return orjson.dumps(asdict(event))


def decode_punch(value: bytes) -> Punch:
    """Raises NotAnEvent naming the field that does not fit."""
    try:
        return _PUNCH.validate_json(value)
    except ValidationError as error:
        raise NotAnEvent(f"punch of {len(value)} bytes: {error}") from error
