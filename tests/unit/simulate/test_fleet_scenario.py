"""Scenario files."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.simulate import app
from simulate.fleet.errors import FatalError
from simulate.fleet.life import Faults, Life
from simulate.fleet.scenario import read_scenario
from simulate.fleet.settings import FleetSettings

DEFAULTS = {"url": "http://edge:8080", "ledger": Path("ledger")}
EXAMPLES = sorted((Path(__file__).parents[3] / "docs" / "scenarios").glob("*.toml"))


def write(folder: Path, text: str) -> Path:
    path = folder / "s.toml"
    path.write_text(text)
    return path


def test_a_file_gives_settings_and_what_is_given_goes_first(tmp_path: Path) -> None:
    path = write(tmp_path, '[fleet]\nterminals = 7\nrate = "max"\n[life]\nenrolments = 1\n[faults]\nlate = 0.1\n')
    settings = read_scenario(path, {"terminals": 8}, DEFAULTS)
    assert (settings.terminals, settings.rate, settings.url) == (8, "max", "http://edge:8080")
    assert settings.life == Life(enrolments=1)
    assert settings.faults == Faults(late=0.1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[fleet", "cannot be read as TOML"),
        ("[flete]\nterminals = 1", r"\['flete'\] is no setting; there are faults, fleet, life"),
        ("[fleet]\nterminal = 1", r"\[fleet\] \['terminal'\] is no setting"),
        ("[life]\nparties = 1", r"\[life\] \['parties'\] is no setting"),
        ("fleet = 1", "is no table"),
        ('[fleet]\nterminals = "many"', "terminals: Input should be a valid integer"),
        ("[fleet]\nterminals = 0", "terminals is 0"),
        ("[life]\nphoto_share = 2", "photo_share is 2"),
        ("[faults]\nlate = 0.6\nnever = 0.6", "are 1.2 together"),
    ],
)
def test_nonsense_is_refused_by_name(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(FatalError, match=why):
        read_scenario(write(tmp_path, text), {}, DEFAULTS)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match=r"nothing\.toml"):
        read_scenario(tmp_path / "nothing.toml", {}, DEFAULTS)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_scenarios(path: Path) -> None:
    assert read_scenario(path, {}, DEFAULTS).terminals > 0


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


def test_the_command_line_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[FleetSettings] = []

    def main(settings: FleetSettings) -> int:
        found.append(settings)
        return 0

    monkeypatch.setattr("simulate.fleet.main.main", main)
    path = write(tmp_path, "[fleet]\nterminals = 7\npeople = 9\nduration = 5\n")
    arguments = ["fleet", "--scenario", str(path), "--people", "50", "--for", "3", "--ledger", str(tmp_path)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    (settings,) = found
    assert (settings.terminals, settings.people, settings.duration, settings.rate) == (7, 50, 3, 20)
    assert settings.ledger == tmp_path
