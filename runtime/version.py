"""Which code runs: written into dead letters, metrics and `--version`."""

from __future__ import annotations

from importlib.metadata import version

VERSION = version("punchstream")
