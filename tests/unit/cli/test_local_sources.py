"""The simulated sources of a one-machine system: what the worker is told of them, and what the page shows."""

from __future__ import annotations

import stat
from pathlib import Path

from cli.local_sources import STATIONS, LocalSources
from runtime.connector_sections import ConnectorSettings


def test_the_worker_is_told_where_they_are(tmp_path: Path) -> None:
    sources = LocalSources(tmp_path / "parts", tmp_path / "data", tmp_path / "fleet")
    settings = sources.settings(ConnectorSettings(health_port=9999))
    assert settings.health_port == 9999
    assert [server.key for server in settings.biotime] == ["biotime:demo"]
    assert len({station.url for station in settings.akuvox}) == STATIONS
    password_file = settings.biotime[0].password_file
    assert password_file is not None
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600
    assert settings.biotime[0].password().get_secret_value() == "secret"
    ports = [station.url.rpartition(":")[2] for station in settings.akuvox]
    assert [int(port) - int(ports[0]) for port in ports] == list(range(STATIONS))
    commands = [keeper.part.command for keeper in sources.keepers]
    assert all(keeper.part.marker in command for keeper, command in zip(sources.keepers, commands, strict=True))
    assert sources.both_ways in commands[0]
    assert str(tmp_path / "fleet") not in commands[0]  # by which the fleet's own process is found, and stopped


def test_simulators_that_do_not_answer_are_not_known(tmp_path: Path) -> None:
    sources = LocalSources(tmp_path / "parts", tmp_path / "data", tmp_path / "fleet")
    assert [found.made for found in sources.look()] == [-1, -1]
