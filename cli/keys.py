"""`punchstream keys`: keys that bodies with secrets or biometrics are sealed with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Keys for what is sealed.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `new` a command of its own: typer makes a group of one command that command."""


@app.command()
def new(file: Annotated[Path, typer.Argument(help="Its name without ending becomes the key's id.")]) -> None:
    """Make a random key, readable by its owner only. Keep a copy: what it sealed cannot be read without it."""
    from cli.errors import KeyFileRefused
    from runtime.sealing import write_key_file

    try:
        write_key_file(file)
    except OSError as error:
        raise KeyFileRefused(f"cannot make the key {file}: {error.strerror}") from None
    print(f"made {file}, key id {file.stem}")
