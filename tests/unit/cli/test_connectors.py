"""What `punchstream connectors` says, without Kafka: names, paths, and rows of sources that were never polled."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.connector_state import SourceNow, shortened
from cli.connectors import _key, _plain, _row
from cli.main import app
from runtime.connector_sections import AkuvoxStation
from runtime.hint_paths import station_of_path

STATION = AkuvoxStation(url="http://10.0.0.5", mac="0c:11:05:07:8b:71", zone="Asia/Dubai", auth="none")


def test_a_source_is_found_in_any_form() -> None:
    assert _key("akuvox:0c-11-05-07-8b-71") == STATION.key == "akuvox:0C1105078B71"
    assert _key(" BioTime:hq") == "biotime:hq"


def test_a_source_that_was_never_polled() -> None:
    now = SourceNow(STATION, kept={"control": {"paused": True}, "lease": {"worker": "w1"}})
    assert _row(now)[:3] == ("akuvox:0C1105078B71", "http://10.0.0.5", "never polled")
    assert _plain(now) == {
        "source": "akuvox:0C1105078B71", "url": "http://10.0.0.5", "status": "never polled", "paused": True,
        "worker": "w1",
    }  # fmt: skip


def test_long_values_are_counted() -> None:
    kept = {"epoch": 1, "recent_ids": [1, 2, 3], "deep": {"known": ["a"]}, "text": "x" * 201, "short": [1]}
    assert shortened(kept) == {
        "epoch": 1, "recent_ids": "(3 of them)", "deep": {"known": "(1 of them)"}, "text": "(201 characters)",
        "short": [1],
    }  # fmt: skip


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "hints.key").write_bytes(b"0123456789abcdef0123456789abcdef")
    file = tmp_path / "p.toml"
    file.write_text(
        f'[connectors]\nhint_key_file = "{tmp_path / "hints.key"}"\n'
        '[[connectors.akuvox]]\nurl = "http://10.0.0.5"\nmac = "0C1105078B71"\nzone = "Asia/Dubai"\nauth = "none"\n'
        '[[connectors.biotime]]\nname = "hq"\nurl = "http://10.0.0.6"\nusername = "u"\nzone = "Asia/Dubai"\n'
    )
    return file


def test_the_action_url_of_a_station(config: Path) -> None:
    command = [
        "--config",
        str(config),
        "connectors",
        "action-url",
        "akuvox:0c1105078b71",
        "--base",
        "http://edge:8080/",
    ]
    found = CliRunner().invoke(app, command)
    assert found.exit_code == 0, found.output
    path = found.output.strip().removeprefix("http://edge:8080").partition("?")[0]
    assert station_of_path(b"0123456789abcdef0123456789abcdef", path) == "0C1105078B71"
    assert "$code" not in found.output


@pytest.mark.parametrize(("source", "says"), [("akuvox:000000000000", "name no source"), ("biotime:hq", "no station")])
def test_what_has_no_action_url(config: Path, source: str, says: str) -> None:
    found = CliRunner().invoke(app, ["--config", str(config), "connectors", "action-url", source, "--base", "http://e"])
    assert says in str(found.exception)
