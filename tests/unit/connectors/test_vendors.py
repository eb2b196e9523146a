"""The table of vendors."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.vendors import known_sources
from runtime.connector_sections import ConnectorSettings
from tests.unit.connectors.stand_ins import Clock, ScriptedSource, make_tools

SETTINGS = ConnectorSettings.model_validate(
    {
        "biotime": [{"name": "b1", "url": "http://b1", "username": "u", "zone": "Asia/Dubai", "tenant": "acme"}],
        "akuvox": [{"mac": "0C:11:05:00:00:01", "url": "http://10.0.0.9", "zone": "Asia/Dubai"}],
    }
)


def test_every_server_and_station_of_the_settings_is_known() -> None:
    found = known_sources(SETTINGS)
    assert [(source.key, source.tenant) for source in found] == [
        ("biotime:b1", "acme"), ("akuvox:0C1105000001", "default")
    ]  # fmt: skip
    assert known_sources(ConnectorSettings()) == ()


def test_a_source_is_made_by_its_vendors_module_from_its_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def make_source(*arguments: Any) -> ScriptedSource:
        made.append(arguments)
        return ScriptedSource()

    for vendor in ("biotime", "akuvox"):
        monkeypatch.setitem(sys.modules, f"connectors.{vendor}.source", SimpleNamespace(make_source=make_source))
    tools = make_tools(Clock())
    for source in known_sources(SETTINGS):
        assert isinstance(source.make(tools), ScriptedSource)
    assert [(entry.key, settings, given) for entry, settings, given in made] == [
        ("biotime:b1", SETTINGS, tools), ("akuvox:0C1105000001", SETTINGS, tools)
    ]  # fmt: skip
