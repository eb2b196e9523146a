"""Polled servers and stations as those who may be told something: the settings' entries, by key."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.connector_sections import ConnectorSettings
from schemas.polled import SERVER_PREFIX, STATION_PREFIX


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """key: `biotime:<name>` or `akuvox:<mac>`; whose it is and where, as the settings say."""

    key: str
    tenant: str
    site: str

    @property
    def vendor(self) -> str:
        return self.key.partition(":")[0]


def source_key_of(text: str) -> str:
    """The key that somebody means, MAC addresses in any spelling; empty when it is that of a device."""
    prefix, colon, name = text.strip().partition(":")
    if name and prefix.lower() + colon == SERVER_PREFIX:
        return SERVER_PREFIX + name.lower()
    if name and prefix.lower() + colon == STATION_PREFIX:
        return STATION_PREFIX + "".join(sign for sign in name if sign not in ":.- ").upper()
    return ""


class Sources:
    def __init__(self, settings: ConnectorSettings) -> None:
        self._places = {
            one.key: SourcePlace(one.key, one.tenant, one.site) for one in (*settings.biotime, *settings.akuvox)
        }

    def find(self, text: str) -> SourcePlace | None:
        return self._places.get(source_key_of(text))
