"""Facts as JSON: a locked period is derived again with those that held at its lock (pins)."""

from __future__ import annotations

from typing import Final

import orjson
from pydantic import TypeAdapter, ValidationError

from processors.timecards.stream.errors import CardStateUnreadable
from processors.timecards.stream.facts import Facts, with_digest

_VERSION: Final = 1
_FACTS: Final = TypeAdapter(Facts)


def encode_facts(facts: Facts) -> bytes:
    """The same bytes for equal Facts of one registry version."""
    content = facts.without_digest()
    for terms in content["terms"]:
        terms["holidays"] = sorted(terms["holidays"])
    return orjson.dumps({"v": _VERSION, **content}, option=orjson.OPT_SORT_KEYS)


def decode_facts(value: bytes) -> Facts:
    """The digest is made anew, so that a change of what it is over shows. Raises CardStateUnreadable."""
    try:
        data = orjson.loads(value)
        version = data.pop("v")
        if version != _VERSION:
            raise ValueError(f"version {version}, this code reads {_VERSION}")
        return with_digest(_FACTS.validate_python(data))
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise CardStateUnreadable(f"timecards.state: pinned facts of {len(value)} bytes: {error}") from error
