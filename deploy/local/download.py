"""Run a package client (mvn, npm) while its download folder grows, and say how far it is."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from deploy.local.errors import FetchFailed

LINE_EVERY_S = 3.0
DEADLINE_S = 1800.0


def run_client(
    command: Sequence[str], *, what: str, folder: Path, expected_bytes: int, workdir: Path, say: Callable[[str], None]
) -> None:
    """Run `command` in `workdir`; `folder` is where its download grows, to about `expected_bytes`.

    On a terminal a bar, otherwise a line every few seconds through `say`. Raises FetchFailed, with the client's last
    lines, when it fails or takes more than half an hour.
    """
    with tempfile.TemporaryFile() as output:
        client = subprocess.Popen(  # noqa: S603 - our own fixed command, no shell
            list(command), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=workdir
        )
        try:
            _follow(client, what, folder, expected_bytes, say)
        finally:
            if client.poll() is None:
                client.kill()
                client.wait()
        output.seek(0)
        last_lines = "\n  ".join(output.read().decode(errors="replace").splitlines()[-12:])
    if client.returncode != 0:
        raise FetchFailed(
            f"fetching {what} failed: `{command[0]}` ended with {client.returncode}. Its last lines:\n  {last_lines}"
        )


def _follow(
    client: subprocess.Popen[bytes], what: str, folder: Path, expected_bytes: int, say: Callable[[str], None]
) -> None:
    deadline = time.monotonic() + DEADLINE_S
    next_line = time.monotonic() + LINE_EVERY_S
    on_terminal = sys.stderr.isatty()
    columns = (TextColumn(f"fetching {what}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not on_terminal) as bar:
        task = bar.add_task(what, total=expected_bytes)
        while client.poll() is None:
            if time.monotonic() > deadline:
                raise FetchFailed(
                    f"fetching {what} took more than {DEADLINE_S / 60:.0f} min; try again on a better line"
                )
            try:
                client.wait(0.2)
            except subprocess.TimeoutExpired:
                done = min(folder_bytes(folder), expected_bytes)
                bar.update(task, completed=done)
                if not on_terminal and time.monotonic() >= next_line:
                    say(f"fetching {what}: {done / 1e6:.0f} of {expected_bytes / 1e6:.0f} MB")
                    next_line = time.monotonic() + LINE_EVERY_S


def folder_bytes(folder: Path) -> int:
    """Bytes that the files below `folder` take on disk, 0 where there is none; what vanishes meanwhile is left out."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_blocks * 512
            except FileNotFoundError:
                continue
    return total
