"""The sink as it is, without its check of the tables: it rightly refuses the Null engine, which remembers no token.

`python -m bench.null_sink FILE`: FILE holds the settings of a sink.
"""

from __future__ import annotations

import sys
from pathlib import Path

import sinks.main
from runtime.lifecycle import run_process
from runtime.settings import load_settings
from sinks.clickhouse import Database


def _accept(database: Database) -> None:
    """Null tables have no deduplication window to look at."""


if __name__ == "__main__":
    chosen = load_settings(Path(sys.argv[1]))
    setattr(sinks.main, "check_tables", _accept)  # noqa: B010 - by name: it is no attribute that main offers
    sys.exit(run_process("sink", chosen, lambda stop: sinks.main.run(chosen, stop)))
