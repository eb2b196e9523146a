from __future__ import annotations

from pathlib import Path

import pytest

from runtime.errors import SettingsError
from runtime.hint_paths import hint_path, load_hint_key, station_of_path

KEY, OTHER = b"a key of sixteen bytes", b"another key of sixteen"


def test_a_path_is_of_one_station_and_one_key() -> None:
    path = hint_path(KEY, "0C1105078B71")
    assert station_of_path(KEY, path) == "0C1105078B71"
    assert station_of_path(OTHER, path) is None
    assert station_of_path(KEY, path.replace("0C11", "0C12")) is None
    assert station_of_path(KEY, "/hints/akuvox/é/x") is None
    assert hint_path(KEY, "0C1105078B72")[-32:] != path[-32:]


def test_a_key_that_is_not_there_or_too_short(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="hint_key_file: cannot read"):
        load_hint_key(tmp_path / "none")
    (tmp_path / "short").write_bytes(b"short\n")
    with pytest.raises(SettingsError, match="holds 5 bytes"):
        load_hint_key(tmp_path / "short")
    (tmp_path / "key").write_bytes(KEY + b"\n")
    assert load_hint_key(tmp_path / "key") == KEY
