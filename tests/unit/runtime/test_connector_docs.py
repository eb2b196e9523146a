"""docs/connectors.md names every key, state, reader, order and metric, and its settings are ones that load."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from runtime.base_section import Section
from runtime.connector_sections import (
    AkuvoxStation,
    BioTimeServer,
    ConnectorSettings,
    Polled,
    ServerReader,
    StationReader,
)
from schemas.polled import SourceStatus
from wire.source_catalogue import SOURCE_COMMANDS
from wire.source_commands import STEERING

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "docs" / "connectors.md").read_text()
WORDS: Final = {True: "`true`", False: "`false`", None: "not set", "": "empty", (): "none"}


def chapter(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    assert found, title
    return found[1]


def rows(text: str) -> dict[str, list[str]]:
    """The cells of each row, by every name in `code` of its first one."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            found |= dict.fromkeys(re.findall(r"`([^`]+)`", cells[0]), cells)
    return found


def table(heading: str) -> dict[str, list[str]]:
    """The first table of the settings that begins at or behind `heading`."""
    text = chapter("Settings")
    found = re.search(r"(^\|.*\n)+", text[text.index(heading) :], re.M)
    assert found, heading
    return rows(found[0])


def keys(section: type[Section], without: type[Section] = Section) -> set[str]:
    return set(section.model_fields) - set(without.model_fields)


@pytest.mark.parametrize(
    ("heading", "section", "without"),
    [
        ("| `connectors.` |", ConnectorSettings, Section),
        ("Of both kinds:", Polled, Section),
        ("Servers, `[[connectors.biotime]]`:", BioTimeServer, Polled),
        ("Stations, `[[connectors.akuvox]]`:", AkuvoxStation, Polled),
    ],
)
def test_every_key_has_a_row_with_its_default(heading: str, section: type[Section], without: type[Section]) -> None:
    told = table(heading)
    assert set(told) - {"connectors."} >= keys(section, without)
    assert {name for name in told if re.fullmatch(r"[a-z_]+[a-z0-9_]*", name)} == keys(section, without)
    for name in keys(section, without):
        field = section.model_fields[name]
        assert told[name][1].startswith("" if field.is_required() else word(field.default)), name
        assert bool(told[name][1]) is not field.is_required(), name


def word(default: Any) -> str:
    if isinstance(default, dict):
        return "none"
    if isinstance(default, tuple) and default:
        return ", ".join(f"`{one}`" for one in default)
    if isinstance(default, bool) or default in WORDS:
        return WORDS[default]
    return f"{default:g}" if isinstance(default, int | float) else f"`{default}`"


def test_every_state_has_a_row() -> None:
    assert set(rows(chapter("States, and what to do"))) == set(SourceStatus)


def test_every_reader_has_a_row() -> None:
    assert set(rows(chapter("What is read"))) >= {*get_args(ServerReader), *get_args(StationReader)}


def test_every_order_is_shown() -> None:
    shown = set(re.findall(r"^punchstream connectors ([a-z-]+)", chapter("Steering"), re.M))
    assert shown == {"list", "status", "action-url"} | {
        command.name.removeprefix("connector.").replace("_", "-") for command in STEERING
    }


def test_every_metric_has_a_row() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "connectors").rglob("*.py"))
    exposed = set(re.findall(r"(?:Gauge|Counter|Histogram)\(\s*\"(punchstream_\w+)\"", code))
    assert {name.partition("{")[0] for name in rows(chapter("Metrics"))} >= exposed
    assert set(re.findall(r"punchstream_connectors_\w+", PAGE)) <= exposed


def test_commands_that_are_named_exist() -> None:
    named = set(re.findall(r"\b(?:biotime|akuvox)\.[a-z_]+\.[a-z_]+\b", PAGE))
    assert len(named) > 3
    assert named - {"biotime.example.org"} <= set(SOURCE_COMMANDS)


@pytest.mark.parametrize("block", re.findall(r"^ *```toml\n(.*?)^ *```", PAGE, re.M | re.S))
def test_the_settings_of_the_page_are_settings(block: str) -> None:
    said = tomllib.loads(re.sub(r"^  ", "", block, flags=re.M))["connectors"]
    loaded = ConnectorSettings.model_validate(said)
    assert set(loaded.allow) <= set(SOURCE_COMMANDS)


def test_links_within_the_page_lead_somewhere() -> None:
    heads = {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in re.findall(r"^#+ (.*)", PAGE, re.M)}
    assert set(re.findall(r"\]\(#([a-z0-9-]+)\)", PAGE)) <= heads
    for name in re.findall(r"\]\(([a-z/.-]+\.md)", PAGE):
        assert (ROOT / "docs" / name).is_file(), name
