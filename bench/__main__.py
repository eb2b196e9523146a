"""`python -m bench [edge|polls|normalize|parsers|track|sink|pipeline|connectors|timecards|all] [--rounds N] [--json]`;
`timecards` is all that begin with it."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import orjson
from rich.console import Console

from bench import (
    connectors,
    edge,
    normalize,
    parsers,
    pipeline,
    polls,
    sink,
    timecards_late,
    timecards_memory,
    timecards_policy,
    timecards_rate,
    track,
)
from bench.machine import look_around
from bench.place import Place, open_place
from bench.report import Section, markdown, replace_section, show

BENCHMARKS: dict[str, Callable[[Place, int], Section]] = {
    "edge": edge.run,
    "polls": polls.run,
    "normalize": normalize.run,
    "parsers": parsers.run,
    "track": track.run,
    "sink": sink.run,
    "pipeline": pipeline.run,
    "connectors": connectors.run,
    "timecards-memory": timecards_memory.run,
    "timecards-rate": timecards_rate.run,
    "timecards-late": timecards_late.run,
    "timecards-policy": timecards_policy.run,
}
PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
_CARDS = "timecards"
_LEAST_ROUNDS = 5
_WIDTH = 180


def main() -> int:
    """Measure, print, and write the page when there are rounds enough for it. Exit code 0 also when targets are missed:
    that is a result."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="benchmarks against their baselines")
    parser.add_argument("what", nargs="?", default="all", choices=[*BENCHMARKS, _CARDS, "all"])
    parser.add_argument("--rounds", type=int, default=_LEAST_ROUNDS, help="repetitions of each measurement")
    parser.add_argument("--json", action="store_true", help="JSON on standard output, for machines")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console(stderr=chosen.json, soft_wrap=True)
    if not console.is_terminal:
        console.width = _WIDTH
    wanted = {name: run for name, run in BENCHMARKS.items() if _is_meant(name, chosen.what)}
    results = {}
    with open_place(lambda line: console.print(line, style="dim", highlight=False)) as place:
        machine = look_around()
        for name, measure in wanted.items():
            section = results[name] = measure(place, chosen.rounds)
            show(section, console)
            if chosen.rounds >= _LEAST_ROUNDS:
                PAGE.write_text(replace_section(PAGE.read_text(), name, markdown(section, machine.text())))
    console.print(machine.text(), highlight=False)
    if chosen.rounds < _LEAST_ROUNDS:
        console.print(f"{PAGE.name} stays as it is: that takes {_LEAST_ROUNDS} rounds at least")
    if chosen.json:
        sys.stdout.write(orjson.dumps({"machine": machine, "results": results}, option=orjson.OPT_INDENT_2).decode())
    return 0


def _is_meant(name: str, what: str) -> bool:
    return what in ("all", name) or (what == _CARDS and name.startswith(f"{_CARDS}-"))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt  # ends as with Ctrl-C: what was started is stopped and removed


if __name__ == "__main__":
    sys.exit(main())
