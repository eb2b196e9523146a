"""What all commands share: the global options, the settings they lead to, and output for machines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from runtime.settings import Settings

JsonFlag = Annotated[bool, typer.Option("--json", help="JSON on standard output, for machines.")]


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """What stands before the command's name."""

    config: Path | None
    overrides: tuple[str, ...]


def settings_of(context: typer.Context) -> Settings:
    """The settings that the global options lead to. Raises SettingsError."""
    from runtime.settings import load_settings

    options = context.find_root().obj
    assert isinstance(options, GlobalOptions)
    return load_settings(options.config, options.overrides)


def print_json(value: Any) -> None:
    import orjson

    print(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())
