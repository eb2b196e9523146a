"""A quarter of an hour: 20 kills of every part under load, then quiet minutes in which none may grow. `make soak`."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest

from cli.local_system import FleetOptions, LocalSystem
from deploy.local.stack import LocalStack
from tests.integration.test_pipeline import PARTS, kill, local_system

KILLS_OF_EACH = 20
KILL_EVERY_SECONDS = 5.0
STEADY_SECONDS = 300.0
SAMPLE_EVERY_SECONDS = 5.0
SETTLE_SECONDS = 60.0
GROWTH_LIMIT = 1.10
MiB = 1024 * 1024

REPORT = Path(".local/soak-report.json")


async def look_for(system: LocalSystem, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        await system.look()
        await asyncio.sleep(min(1.0, max(0.0, deadline - time.monotonic())))


async def memory(system: LocalSystem) -> dict[str, list[float]]:
    """Resident MiB of every part, a sample each few seconds."""
    samples: dict[str, list[float]] = {part: [] for part in (*PARTS, "fleet")}
    deadline = time.monotonic() + STEADY_SECONDS
    while time.monotonic() < deadline:
        for part in samples:
            pid = (system.fleet if part == "fleet" else system.supervisor.keepers[part]).pid
            assert pid is not None, f"{part} is not running though nobody killed it"
            samples[part].append(psutil.Process(pid).memory_info().rss / MiB)
        await look_for(system, SAMPLE_EVERY_SECONDS)
    return samples


def write_report(report: dict[str, Any]) -> None:
    """Kept beside the run's other files, for docs/performance.md."""
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")


@pytest.mark.soak
@pytest.mark.timeout(1500)
async def test_eighty_kills_and_five_quiet_minutes(
    stack: LocalStack, topic_prefix: str, database: str, tmp_path: Path
) -> None:
    fleet = FleetOptions(terminals=50, people=1000, rate="2000", rows_per_body=20)
    system = local_system(stack, topic_prefix, database, tmp_path, fleet)
    chance = random.Random(20261121)
    victims = [part for part in PARTS for _ in range(KILLS_OF_EACH)]
    chance.shuffle(victims)
    try:
        await system.start()
        for victim in victims:
            await look_for(system, chance.uniform(0.2, 2 * KILL_EVERY_SECONDS - 0.2))
            while not kill(system, victim):
                await look_for(system, 0.2)
        await look_for(system, SETTLE_SECONDS)
        samples = await memory(system)
        await system.run_dry(lambda _: None)
        account = await system.account()
    finally:
        await system.stop()
    third = len(samples["ingest"]) // 3
    grown = {
        part: (statistics.median(found[:third]), statistics.median(found[-third:])) for part, found in samples.items()
    }
    restarts = {name: keeper.restarts for name, keeper in system.supervisor.keepers.items()}
    write_report({"restarts": restarts, "memory_mib_first_and_last_third": grown, "account": asdict(account)})
    assert (account.lost, account.doubled, account.strangers) == (0, 0, 0)
    assert account.acknowledged == account.in_clickhouse
    for part, (first, last) in grown.items():
        if part != "fleet":  # the fleet remembers every punch it made, on purpose
            assert last <= first * GROWTH_LIMIT, f"{part} grew from {first:.0f} to {last:.0f} MiB"
