"""The registry as cards see it, made anew when it is asked for and the registry has moved."""

from __future__ import annotations

import logging

from processors.metrics import DERIVE_UNUSABLE_POLICIES
from processors.timecards.stream.card_registry import CardRegistry, UnusableRecord
from runtime.registry_view import RegistryView

log = logging.getLogger(__name__)


class Snapshot:
    """Of one view, shared by all partitions of a process."""

    def __init__(self, view: RegistryView) -> None:
        self._view = view
        self._made: CardRegistry | None = None

    def current(self) -> CardRegistry:
        """All that the view knows by now. A record that cannot be used is left out, counted and named in the log."""
        if self._made is None or self._made.version != self._view.version:
            self._made = self._make()
        return self._made

    def _make(self) -> CardRegistry:
        version, records = self._view.version, self._view.versioned_records()
        unusable: set[str] = set()
        while True:
            try:
                made = CardRegistry.of(
                    [(one, at) for one, at in records if f"{one.kind}+{one.id}" not in unusable], version
                )
            except UnusableRecord as error:
                if error.key in unusable:
                    raise
                log.error("the registry's version %d: left out: %s", version, error)
                unusable.add(error.key)
            else:
                DERIVE_UNUSABLE_POLICIES.set(len(unusable))
                return made
