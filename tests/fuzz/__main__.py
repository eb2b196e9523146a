"""`python -m tests.fuzz [--for SECONDS] [--seed N] [--target NAME] | --input FILE`."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

from rich.console import Console

from tests.fuzz.engine import CORPUS, Failure, keep, read, run, run_one, smaller
from tests.fuzz.targets import TARGETS

_SAY_SECONDS = 10.0
_SHOWN_HEX = 2_000


def main() -> int:
    """Exit code 1 when an input broke a promise; it is shown, and kept in the corpus."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="random damage to valid requests")
    parser.add_argument("--for", dest="seconds", type=float, default=600.0, help="how long, in seconds")
    parser.add_argument("--seed", type=int, default=None, help="the same seed gives the same inputs")
    parser.add_argument("--target", choices=[*TARGETS], default="", help="this one only")
    parser.add_argument("--input", type=Path, default=None, help="run one file of the corpus again")
    chosen = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    if chosen.input is not None:
        return _again(console, chosen.input)
    seed = int(time.time()) if chosen.seed is None else chosen.seed
    console.print(f"seed {seed}, {chosen.seconds:.0f} s, {len(TARGETS)} targets")
    return _search(console, seed, chosen.seconds, chosen.target)


def _search(console: Console, seed: int, seconds: float, target: str) -> int:
    started = said = time.monotonic()
    done, found = 0, Counter[tuple[str, str]]()
    for failure in run(seed, only=target):
        done += 1
        if failure is not None:
            kind = (failure.target, type(failure.error).__name__ + _place(failure.error))
            found[kind] += 1
            if found[kind] == 1:  # of one bug one input is enough
                _tell(console, smaller(failure), seed)
        now = time.monotonic()
        if now - said > _SAY_SECONDS:
            said = now
            console.print(f"{now - started:6.0f} s  {done:,} inputs, {len(found)} kinds of failure")
        if now - started > seconds:
            break
    console.print(
        f"{done:,} inputs with seed {seed} in {time.monotonic() - started:.0f} s: {len(found)} kinds of failure"
    )
    return 1 if found else 0


def _tell(console: Console, failure: Failure, seed: int) -> None:
    path = keep(failure)
    console.print(f"[red]{failure.target}[/red]: {type(failure.error).__name__}: {failure.error!s:.300}", markup=True)
    console.print("".join(traceback.format_exception(failure.error)[-3:]), markup=False)
    digits = failure.data.hex()
    console.print(f"input {failure.number} of seed {seed}, {len(failure.data)} bytes: {digits[:_SHOWN_HEX]}")
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    console.print(f"again: python -m tests.fuzz --input {shown}")


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f" {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _again(console: Console, path: Path) -> int:
    target, data = read(path if path.exists() else CORPUS / path.name)
    error = run_one(target, data)
    if error is None:
        console.print(f"{target}: {len(data)} bytes, no failure")
        return 0
    console.print("".join(traceback.format_exception(error)), markup=False)
    return 1


if __name__ == "__main__":
    sys.exit(main())
