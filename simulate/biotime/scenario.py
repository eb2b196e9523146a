"""Scenario files: the settings of a server as TOML (docs/simulate.md explains them)."""

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from simulate.biotime.errors import FatalError, require
from simulate.biotime.life import Faults, Life
from simulate.biotime.settings import BioTimeSettings
from simulate.biotime.troubles import Trouble

_PARTS = {"life": Life, "faults": Faults}


def make_settings(path: Path | None, given: dict[str, Any], defaults: dict[str, Any]) -> BioTimeSettings:
    """The settings in a file, if there is one: [server], [life], [faults], and any number of [[troubles]].

    given, defaults: settings by name that go before the file's, and behind them. Raises FatalError that names
    file and setting.
    """
    document = {} if path is None else _read(path)
    parts = {name: document.get(name, {}) for name in _PARTS}
    troubles = tuple(document.get("troubles", []))
    try:
        return TypeAdapter(BioTimeSettings).validate_python(
            {**defaults, **document.get("server", {}), **given, **parts, "troubles": troubles}
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FatalError(f"simulate biotime: {path or 'options'}: {where}: {first['msg']}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FatalError(f"simulate biotime: {path}: cannot be read as TOML: {error}") from error
    _check_names(path, "", document, {"server", "troubles", *_PARTS})
    server = document.get("server", {})
    settings = {field.name for field in fields(BioTimeSettings)}
    _check_names(path, "[server] ", server, settings - {"troubles", *_PARTS})
    for name, part in _PARTS.items():
        _check_names(path, f"[{name}] ", document.get(name, {}), {field.name for field in fields(part)})
    troubles = document.get("troubles", [])
    require(isinstance(troubles, list), f"{path}: troubles is no list of tables; write [[troubles]]")
    for trouble in troubles:
        _check_names(path, "[[troubles]] ", trouble, {field.name for field in fields(Trouble)})
    return document


def _check_names(path: Path, where: str, found: Any, known: set[str]) -> None:
    require(isinstance(found, dict), f"{path}: {where}is no table")
    unknown = sorted(found.keys() - known)
    require(not unknown, f"{path}: {where}{unknown[:1]} is no setting; there are {', '.join(sorted(known))}")
