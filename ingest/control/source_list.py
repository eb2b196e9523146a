"""Polled servers and stations as those who may be told something, within what a caller may see."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.commands.sources import SourcePlace, Sources
from ingest.control.caller import Caller
from ingest.control.errors import NotThere
from runtime.connector_sections import ConnectorSettings


class SourceList:
    def __init__(self, settings: ConnectorSettings) -> None:
        self._sources = Sources(settings)

    def require(self, caller: Caller, text: str) -> SourcePlace:
        """Raises NotThere, also when it is none of the caller's."""
        place = self._sources.find(text)
        if place is None or not caller.sees(place.tenant, place.site):
            raise NotThere(f"the settings of the connectors have no server or station {text[:60]}")
        return place

    def require_all(self, caller: Caller, texts: Sequence[str]) -> list[SourcePlace]:
        return [self.require(caller, text) for text in texts]

    def find(self, text: str) -> SourcePlace | None:
        """Whatever a caller may see."""
        return self._sources.find(text)
