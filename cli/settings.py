"""`punchstream settings`: what is in force."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator
from typing import Any

import typer

from cli.options import JsonFlag, print_json, settings_of

app = typer.Typer(help="The settings in force.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `show` a command of its own: typer makes a group of one command that command."""


@app.command()
def show(context: typer.Context, json: JsonFlag = False) -> None:
    """Print all settings as a settings file has them. Secrets are only said to be set."""
    values = settings_of(context).model_dump(mode="json")
    if json:
        print_json(values)
        return
    for line in toml_lines(values):
        print(line)


def toml_lines(values: dict[str, Any], prefix: str = "") -> Iterator[str]:
    """`values` is a model dump in JSON mode, where a secret is a row of stars, or empty."""
    for key, value in values.items():
        name = prefix + key
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for each in value:
                yield f"[[{name}]]"
                yield from toml_lines(each)
        elif isinstance(value, dict):
            yield from toml_lines(value, f"{name}.")
        elif value is None:
            yield f"# {name} is not set"
        elif isinstance(value, str) and value and not value.strip("*"):
            yield f"# {name} is set, and not shown"
        else:
            # Strings, numbers and booleans of JSON are those of TOML too.
            yield f"{name} = {json_module.dumps(value, ensure_ascii=False)}"
