"""Keeps the parts running: starts them, restarts one that ends (with back-off), stops them one after another.

Why not a supervisor library: what is needed beside restarts is the order of a drain, each part stopped only when what
is before it has run dry, and processes that are found again after a crash; `deploy.local.process` has the latter.
"""

from __future__ import annotations

import asyncio
import time
import urllib.error
import urllib.request
from pathlib import Path

from cli.errors import PartFailed
from cli.parts import Part
from deploy.local.process import PidFile, ServerProcess

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_SETTLED_SECONDS = 10.0
_LOOK_SECONDS = 0.5
_LEFT_BEHIND_SECONDS = 10.0
_PROBE_SECONDS = 2.0


class Keeper:
    """One part and its life."""

    def __init__(self, part: Part, folder: Path) -> None:
        self.part = part
        self.log_path = folder / f"{part.name}.log"
        self._process = ServerProcess(part.name, folder / f"{part.name}.pid", part.marker, self.log_path)
        self._running: PidFile | None = None
        self._started_at = 0.0
        self._not_before = 0.0
        self._pause = _FIRST_PAUSE_SECONDS
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        return self._running.pid if self._running else None

    def start(self) -> None:
        """Start it; one that a crashed supervisor left behind is stopped first."""
        self._process.stop(_LEFT_BEHIND_SECONDS)
        if self.log_path.exists():
            self.log_path.replace(self.log_path.with_suffix(".previous.log"))
        self._running = self._process.start(self.part.command, {"health": self.part.health_port})
        self._started_at = time.monotonic()

    def keep(self) -> None:
        """Look, and restart it when it has ended and its pause is over."""
        now = time.monotonic()
        if self._running is not None:
            if self._process.is_running(self._running):
                if now - self._started_at > _SETTLED_SECONDS:
                    self._pause = _FIRST_PAUSE_SECONDS
                return
            self._running = None
            self._not_before = now + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
        if now >= self._not_before:
            self.restarts += 1
            self.start()

    def stop(self, deadline_seconds: float) -> None:
        self._running = None
        self._process.stop(deadline_seconds)

    def trouble(self) -> str:
        """ "" when it says that it is ready, else what it, or the lack of an answer, says."""
        if self._running is None:
            return "not running"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.part.health_port}/readyz", timeout=_PROBE_SECONDS):
                return ""
        except urllib.error.HTTPError as error:
            return error.read().decode(errors="replace")[:200] or f"answers {error.code}"
        except OSError:
            return "starting"


class Supervisor:
    """All parts of one folder. Its blocking steps run in threads; call its coroutines from one task."""

    def __init__(self, parts: list[Part], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.keepers = {part.name: Keeper(part, folder) for part in parts}

    async def start(self, deadline_seconds: float) -> None:
        """Start all, return when all are ready. Raises PartFailed naming the part, its trouble and its log."""
        for keeper in self.keepers.values():
            await asyncio.to_thread(keeper.start)
        deadline = time.monotonic() + deadline_seconds
        for keeper in self.keepers.values():
            while trouble := await asyncio.to_thread(keeper.trouble):
                if time.monotonic() > deadline:
                    raise PartFailed(
                        f"{keeper.part.name} is not ready after {deadline_seconds:.0f} s: {trouble}; its log is "
                        f"{keeper.log_path}"
                    )
                await asyncio.to_thread(keeper.keep)
                await asyncio.sleep(0.1)

    async def keep(self) -> None:
        """Runs until cancelled."""
        while True:
            for keeper in self.keepers.values():
                await asyncio.to_thread(keeper.keep)
            await asyncio.sleep(_LOOK_SECONDS)

    def troubles(self) -> dict[str, str]:
        """What each part says is wrong, "" where nothing is. Blocks for `_PROBE_SECONDS` at most a part."""
        return {name: keeper.trouble() for name, keeper in self.keepers.items()}
