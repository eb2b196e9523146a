"""Scenario files: the settings of stations as TOML (docs/simulate.md explains them)."""

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from simulate.akuvox.errors import require
from simulate.akuvox.gate import Auth
from simulate.akuvox.quirks import Quirks
from simulate.akuvox.settings import AkuvoxSettings, Happening, StationSettings
from simulate.akuvox.steering import VERBS

_PARTS = {"auth": Auth, "quirks": Quirks}
_LISTS = {"station": ("overrides", StationSettings), "happening": ("happenings", Happening)}


def read_scenario(path: Path, given: dict[str, Any], defaults: dict[str, Any]) -> AkuvoxSettings:
    """The settings in a file: tables [akuvox], [auth], [quirks], and lists [[station]] and [[happening]].

    given, defaults: settings by name that go before the file's, and behind them.
    Raises FatalError that names file and setting.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        require(False, f"{path}: cannot be read as TOML: {error}")
        raise  # require has raised
    _check_names(path, "", document, {"akuvox", *_PARTS, *_LISTS})
    values = {**defaults, **document.get("akuvox", {}), **given}
    taken = {*_PARTS, *(name for name, _ in _LISTS.values())}
    _check_names(path, "[akuvox] ", document.get("akuvox", {}), _names(AkuvoxSettings) - taken)
    for name, part in _PARTS.items():
        _check_names(path, f"[{name}] ", document.get(name, {}), _names(part))
        values[name] = {**document.get(name, {}), **given.get(name, {})}
    for name, (setting, kind) in _LISTS.items():
        for entry in document.get(name, []):
            _check_names(path, f"[[{name}]] ", entry, _names(kind))
            for inner, part in _PARTS.items():
                _check_names(path, f"[[{name}]] {inner} ", entry.get(inner, {}), _names(part))
        values[setting] = document.get(name, [])
    for entry in values["happenings"]:
        require(entry.get("do") in VERBS, f"{path}: [[happening]] do is one of {', '.join(sorted(VERBS))}")
    try:
        return TypeAdapter(AkuvoxSettings).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        require(False, f"{path}: {where}: {first['msg']}")
        raise  # require has raised


def _names(part: type) -> set[str]:
    return {field.name for field in fields(part)}


def _check_names(path: Path, where: str, found: Any, known: set[str]) -> None:
    require(isinstance(found, dict), f"{path}: {where}is no table")
    unknown = sorted(found.keys() - known)
    require(not unknown, f"{path}: {where}{unknown[:1]} is no setting; there are {', '.join(sorted(known))}")
