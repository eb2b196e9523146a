"""`punchstream connect` with fake sources, as a process of its own: python -m ... FOLDER COUNT SETTING=VALUE..."""

from __future__ import annotations

import sys
from pathlib import Path

from connectors.main import run
from runtime.lifecycle import run_process
from runtime.settings import load_settings
from tests.integration.connectors.fake_sources import fake_sources


def main(folder: str, count: str, *overrides: str) -> int:
    settings = load_settings(None, overrides)
    sources = fake_sources(int(count), Path(folder))
    return run_process("connect", settings, lambda stop: run(settings, stop, sources))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
