"""Ranges of offsets: what one insert covers, its token, and how a range is remembered with the committed offset.

Before an insert the range is written as metadata of the committed offset (still the old one). Whoever owns the
partition next reads it back and inserts exactly that range again, so that the token matches (DESIGN 7).
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from sinks.errors import OffsetLost


@dataclass(frozen=True, slots=True)
class OffsetRange:
    """Offsets of the first and the last record, both included; offsets between may hold no record."""

    first: int
    last: int

    def token(self, topic: str, partition: int) -> str:
        """The deduplication token; `topic` is the catalogue name. Each table remembers its own tokens."""
        return f"{topic}:{partition}:{self.first}-{self.last}"

    def encode(self) -> str:
        return orjson.dumps({"first": self.first, "last": self.last}).decode()


def decode_pending(metadata: str, offset: int, where: str) -> OffsetRange | None:
    """The range that was being inserted when `offset` was committed last; None when none was.

    Raises OffsetLost when the metadata is not ours: somebody else commits to this group.
    """
    if not metadata:
        return None
    try:
        found = orjson.loads(metadata)
        pending = OffsetRange(int(found["first"]), int(found["last"]))
    except (ValueError, TypeError, KeyError):
        pending = None
    if pending is None or not offset <= pending.first <= pending.last:
        raise OffsetLost(
            f"{where}: the metadata of committed offset {offset} is not a range of this sink: {metadata[:200]!r}. "
            "Another program commits to this consumer group; give the sink a group of its own (sink.group)"
        )
    return pending
