"""The settings that `up` hands to each part are the ones it has itself."""

from __future__ import annotations

import stat
from pathlib import Path

from cli.parts import make_parts, write_settings
from runtime.settings import load_settings


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


def test_every_part_has_a_marker_in_its_command_that_no_other_has(tmp_path: Path) -> None:
    parts = make_parts(load_settings(), tmp_path)
    assert [part.name for part in parts] == ["sink", "track", "normalize", "ingest"]
    assert len({part.marker for part in parts}) == 4
    assert all(part.marker in part.command for part in parts)
