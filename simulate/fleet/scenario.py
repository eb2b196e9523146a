"""Scenario files: the settings of a fleet as TOML (docs/simulate.md explains them)."""

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from simulate.fleet.errors import require
from simulate.fleet.life import Faults, Life
from simulate.fleet.settings import FleetSettings

_PARTS = {"life": Life, "faults": Faults}


def read_scenario(path: Path, given: dict[str, Any], defaults: dict[str, Any]) -> FleetSettings:
    """The settings in a file: a table [fleet] with those of FleetSettings, [life] and [faults] with theirs (life.py).

    given, defaults: settings by name that go before the file's, and behind them. Raises FatalError that names
    file and setting.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        require(False, f"{path}: cannot be read as TOML: {error}")
        raise  # require has raised
    _check_names(path, "", document, {"fleet", *_PARTS})
    fleet = document.get("fleet", {})
    _check_names(path, "[fleet] ", fleet, {field.name for field in fields(FleetSettings)} - _PARTS.keys())
    for name, part in _PARTS.items():
        _check_names(path, f"[{name}] ", document.get(name, {}), {field.name for field in fields(part)})
    values = {**defaults, **fleet, **given, **{name: document.get(name, {}) for name in _PARTS}}
    try:
        return TypeAdapter(FleetSettings).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        require(False, f"{path}: {where}: {first['msg']}")
        raise  # require has raised


def _check_names(path: Path, where: str, found: Any, known: set[str]) -> None:
    require(isinstance(found, dict), f"{path}: {where}is no table")
    unknown = sorted(found.keys() - known)
    require(not unknown, f"{path}: {where}{unknown[:1]} is no setting; there are {', '.join(sorted(known))}")
