"""What the benchmarks of the connectors share: a simulator as a process, a worker that polls it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.place import Place, free_ports
from bench.processes import Measured, TooSlow
from cli.parts import make_parts
from deploy.local.process import ServerProcess
from runtime import topics
from runtime.connector_sections import ConnectorSettings

START_SECONDS: Final = 180.0
MiB: Final = 1024 * 1024
_STOP_SECONDS: Final = 30.0


def make_worker(place: Place, name: str, sources: ConnectorSettings, folder: Path) -> Measured:
    """`connect` with these sources and topics of its own, not started."""
    settings = place.settings(name)
    asyncio.run(topics.apply(settings.kafka))
    connectors = sources.model_copy(update={"health_port": free_ports(1)[0]})
    parts = make_parts(settings.model_copy(update={"connectors": connectors}), folder)
    part = next(part for part in parts if part.name == "connect")
    return Measured("connect", part.command[2:], part.marker, part.health_port, folder)


class Simulator:
    """A simulator as a process of its own, known by `marker`, an argument of its command line."""

    def __init__(self, folder: Path, *arguments: str, marker: str) -> None:
        self._arguments = arguments
        self._output = folder / "simulator.log"
        self._process = ServerProcess("simulator", folder / "simulator.pid", marker, self._output)

    @contextmanager
    def running(self) -> Iterator[None]:
        started = self._process.start([sys.executable, *self._arguments], {})
        try:
            yield
        finally:
            assert self._process.is_running(started), f"the simulator ended: {self.said()[-1000:]}"
            self._process.stop(_STOP_SECONDS)

    def said(self) -> str:
        return self._output.read_text()

    def wait_for(self, ready: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if time.monotonic() > deadline:
                raise TooSlow(f"not within {START_SECONDS:.0f} s: {what}; {self.said()[-1000:]}")
            time.sleep(0.1)
