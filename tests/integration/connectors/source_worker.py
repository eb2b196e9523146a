"""`punchstream connect` with the sources of a JSON file, as a process of its own: python -m ... FILE OVERRIDES."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from connectors.main import run
from runtime.connector_sections import ConnectorSettings
from runtime.lifecycle import run_process
from runtime.settings import load_settings


def main(file: str, overrides: str) -> int:
    settings = load_settings(None, json.loads(overrides))
    connectors = ConnectorSettings.model_validate_json(Path(file).read_text())
    settings = settings.model_copy(update={"connectors": connectors})
    return run_process("connect", settings, lambda stop: run(settings, stop))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
