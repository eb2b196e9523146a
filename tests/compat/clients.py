"""Finding a client and running it: where it is comes from the environment, and it is never changed."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_CLONE_SECONDS = 300
_RUN_SECONDS = 60


@dataclass(frozen=True)
class Said:
    """What a client that ended by itself wrote, and its exit code."""

    text: str
    code: int


def client_file(variable: str, path: str, folder: Path) -> Path:
    """The file `path` of the repository that the variable names: a git URL, or the folder of a clone.

    Of a URL the file alone is taken out: other paths in it need not exist on this system. Skips when it is not set.
    """
    where = os.environ.get(variable, "")
    if not where:
        pytest.skip(f"{variable} is not set: docs/compatibility.md says what it names")
    if Path(where).is_dir():
        return Path(where) / path
    clone = folder / "client.git"
    _git("clone", "--quiet", "--bare", "--depth=1", "--", where, str(clone))
    file = folder / Path(path).name
    file.write_bytes(_git(f"--git-dir={clone}", "show", f"HEAD:{path}"))
    return file


async def run_client(command: list[str], folder: Path, environment: Mapping[str, str]) -> Said:
    """Runs it to its end in `folder`."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _RUN_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Said(output.decode(errors="replace"), process.returncode)


@asynccontextmanager
async def client_running(command: list[str], output: Path) -> AsyncIterator[None]:
    """One that never ends by itself; it is killed at the end."""
    with output.open("wb") as file:
        process = await asyncio.create_subprocess_exec(*command, stdout=file, stderr=asyncio.subprocess.STDOUT)
        try:
            yield
        finally:
            process.kill()
            await process.wait()


def _git(*arguments: str) -> bytes:
    return subprocess.run(("git", *arguments), check=True, capture_output=True, timeout=_CLONE_SECONDS).stdout
