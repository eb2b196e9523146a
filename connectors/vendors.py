"""The vendors that there are: which setting lists their sources, which module makes them. The one table to extend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, cast

from connectors.source import Source, Tools
from runtime.connector_sections import ConnectorSettings, Polled


@dataclass(frozen=True, slots=True)
class KnownSource:
    """One server or station of the settings; `make` may raise SettingsError."""

    key: str
    tenant: str
    make: Callable[[Tools], Source]


def known_sources(settings: ConnectorSettings) -> tuple[KnownSource, ...]:
    """All of them. A vendor's code is imported when its first source is made."""
    listed: tuple[tuple[str, tuple[Polled, ...]], ...] = (
        ("connectors.biotime.source", settings.biotime),
        ("connectors.akuvox.source", settings.akuvox),
    )
    return tuple(
        KnownSource(entry.key, entry.tenant, partial(_make, module, entry, settings))
        for module, entries in listed
        for entry in entries
    )


def _make(module: str, entry: Polled, settings: ConnectorSettings, tools: Tools) -> Source:
    made: Any = import_module(module).make_source(entry, settings, tools)
    return cast("Source", made)
