"""The processes of a one-machine system: how each is started, and where it answers about its health."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Part:
    """One process. `marker` is the argument of its command line that no other process has."""

    name: str
    title: str
    command: tuple[str, ...]
    marker: str
    health_port: int


def make_parts(settings: Settings, folder: Path) -> list[Part]:
    """The parts in the order in which they start; each gets a settings file of its own below `folder`.

    Without a server or station to poll there is no connector.
    """
    ports = {
        "sink": ("storing", settings.sink.health_port),
        "derive": ("deriving", settings.derive.health_port),
        "resolve": ("resolving", settings.resolve.health_port),
        "track": ("tracking", settings.track.health_port),
        "normalize": ("understanding", settings.normalize.health_port),
        "connect": ("polling", settings.connectors.health_port),
        "ingest": ("receiving", settings.ingest.health_port),
    }
    if not (settings.connectors.biotime or settings.connectors.akuvox):
        del ports["connect"]
    parts = []
    for name, (title, port) in ports.items():
        file = (folder / f"{name}.toml").absolute()
        write_settings(settings, file)
        command = (sys.executable, "-m", "cli.main", "--config", str(file), name)
        parts.append(Part(name, title, command, str(file), port))
    return parts


def write_settings(settings: Settings, file: Path) -> None:
    """Settings as TOML, readable by their owner only. Secrets given inline stay in it, those from files stay there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    values = settings.model_dump(mode="python")
    lines = [_line(key, value) for key, value in values.items() if not isinstance(value, dict)]
    for section, inner in values.items():
        if isinstance(inner, dict):
            lines += [f"\n[{section}]", *(_line(key, value) for key, value in inner.items())]
    file.touch(mode=0o600)
    file.write_text("\n".join(line for line in lines if line) + "\n")


def _line(key: str, value: Any) -> str:
    return "" if value is None else f"{key} = {_toml(value)}"


def _toml(value: Any) -> str:
    """A value as TOML writes it, tables and lists of tables in line. What is None inside a table is left out."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Path):
        value = str(value.absolute())
    if isinstance(value, dict):
        pairs = (f"{json.dumps(str(name))} = {_toml(each)}" for name, each in value.items() if each is not None)
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, date):
        return value.isoformat()
    # JSON's strings, numbers and booleans are TOML's as well.
    return json.dumps(value)
