"""Events to bytes and back: one JSON object a record. Source: DESIGN 4.

Readers accept a version and the one before it; there is no version before 1.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import orjson
from pydantic import TypeAdapter, ValidationError

EventT = TypeVar("EventT")


class NotAnEvent(ValueError):
    """The bytes are not an event that this version can read."""


def encode_event(event: Any) -> bytes:
    """`event` is one of the event dataclasses of schemas/."""
    encoded: bytes = orjson.dumps(event)  # it knows dataclasses; `asdict` would copy all of them first, 10 times slower
    return encoded


def decode_event(kind: type[EventT], value: bytes) -> EventT:
    """Raises NotAnEvent naming the field that does not fit."""
    adapter = _ADAPTERS.get(kind) or _ADAPTERS.setdefault(kind, TypeAdapter(kind))
    try:
        return cast("EventT", adapter.validate_json(value))
    except ValidationError as error:
        raise NotAnEvent(f"{kind.__name__} of {len(value)} bytes: {error}") from error


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}
