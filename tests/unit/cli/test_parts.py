"""The settings that `up` hands to each part are the ones it has itself."""

from __future__ import annotations

import stat
from pathlib import Path

from cli.parts import make_parts, write_settings
from runtime.settings import Settings, load_settings

POLLED = """
[connectors]
allow = ["akuvox.relay.trigger"]
[[connectors.biotime]]
name = "hq"
url = "http://127.0.0.1:81"
zone = "Asia/Dubai"
username = "admin"
password_file = "/secrets/biotime"
start = 2026-01-31
[[connectors.akuvox]]
mac = "0C1105078B71"
url = "http://127.0.0.1:82"
zone = "Asia/Dubai"
punches = {"1" = "in", "*" = "alternate"}
"""


def polled(folder: Path) -> Settings:
    file = folder / "polled.toml"
    file.write_text(POLLED)
    return load_settings(file)


def test_written_settings_load_back_to_the_same(tmp_path: Path) -> None:
    settings = load_settings(
        None,
        (
            "kafka.topic_prefix=a.",
            "ingest.unknown_devices=accept",
            f"keys.folder={tmp_path / 'keys'}",
            'clickhouse.password=qu"ote\\',
            "sink.flush_seconds=0.5",
        ),
    )
    file = tmp_path / "part.toml"
    write_settings(settings, file)
    assert load_settings(file).model_dump() == settings.model_dump()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_servers_and_stations_are_written_too(tmp_path: Path) -> None:
    settings = polled(tmp_path)
    write_settings(settings, tmp_path / "part.toml")
    assert load_settings(tmp_path / "part.toml").model_dump() == settings.model_dump()


def test_there_is_a_connector_where_there_is_something_to_poll(tmp_path: Path) -> None:
    names = [part.name for part in make_parts(polled(tmp_path), tmp_path)]
    assert names == ["sink", "derive", "resolve", "track", "normalize", "connect", "ingest"]


def test_every_part_has_a_marker_in_its_command_that_no_other_has(tmp_path: Path) -> None:
    parts = make_parts(load_settings(), tmp_path)
    assert [part.name for part in parts] == ["sink", "derive", "resolve", "track", "normalize", "ingest"]
    assert len({part.marker for part in parts}) == 6
    assert all(part.marker in part.command for part in parts)
