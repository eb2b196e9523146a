"""Running a fleet in a test until something has been seen."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulate.fleet.clock import Clock
from simulate.fleet.run import FleetResult, run_fleet
from simulate.fleet.settings import FleetSettings
from tests.unit.simulate.clocks import until
from tests.unit.simulate.whole_edge import WholeEdge


async def run_until(
    edge: WholeEdge, folder: Path, condition: Callable[[], bool], what: str, clock: Clock | None = None, **settings: Any
) -> FleetResult:
    """Run terminals against the edge until the condition holds; then stop and drain."""
    stop = asyncio.Event()
    values = {"terminals": 1, "people": 20, "rate": 0.001, "time_scale": 0.01, "variant_share": 0, **settings}
    async with edge.serving():
        fleet = asyncio.create_task(run_fleet(FleetSettings(edge.url, folder, **values), stop, clock))
        try:
            await until(lambda: condition() or fleet.done(), what)
        finally:
            stop.set()
            result = await asyncio.wait_for(fleet, 30)
    assert condition(), what
    return result
