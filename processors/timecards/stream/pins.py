"""Facts that locked dates are derived with, by digest: many people and dates share one. They are never taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from processors.timecards.stream.errors import CardStateUnreadable
from processors.timecards.stream.facts import Facts
from processors.timecards.stream.facts_codec import decode_facts, encode_facts
from processors.timecards.stream.own_keys import pin_key

_MAX_KNOWN: Final = 10_000  # in memory, a few KB each; then it starts anew


class Pins:
    """`stored` are the partition's values."""

    def __init__(self, stored: Mapping[bytes, bytes]) -> None:
        self._stored = stored
        self._known: dict[str, Facts] = {}
        self._new: dict[str, None] = {}

    def keep(self, facts: Facts) -> str:
        if facts.digest not in self._known and pin_key(facts.digest) not in self._stored:
            self._new[facts.digest] = None
        self._remember(facts)
        return facts.digest

    def get(self, digest: str) -> Facts:
        """Raises CardStateUnreadable."""
        facts = self._known.get(digest)
        if facts is None:
            value = self._stored.get(pin_key(digest))
            if value is None:
                raise CardStateUnreadable(f"timecards.state: no facts {digest}, which a locked date was derived with")
            facts = decode_facts(value)
            self._remember(facts)
        return facts

    def _remember(self, facts: Facts) -> None:
        if len(self._known) >= _MAX_KNOWN:
            self._known = {digest: self._known[digest] for digest in self._new if digest in self._known}
        self._known[facts.digest] = facts

    def changes(self) -> dict[bytes, bytes]:
        """State that changed since it was asked last."""
        new, self._new = self._new, {}
        return {pin_key(digest): encode_facts(self._known[digest]) for digest in new}
