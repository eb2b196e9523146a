"""The fields of an access event that most events leave empty."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

# In the order of the type: a copy of an event is the same bytes, whoever made it.
NOTHING_SAID: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "pin": "",
        "has_card": False,
        "code": None,
        "word": "",
        "door": "",
        "in_out": None,
        "verify": "",
        "verify_word": "",
        "index": "",
        "granted": None,
        "punch_id": "",
        "sensor": "",
        "relay": "",
        "alarm": "",
    }
)
