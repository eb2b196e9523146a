"""The whole system as its processes, on the genuine servers: every part is killed once, the account stays clean."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

from cli.local_system import FleetOptions, LocalSystem
from deploy.local.stack import LocalStack
from tests.integration.conftest import free_ports
from tests.integration.helpers import make_settings, until

PARTS = ("ingest", "normalize", "track", "resolve", "derive", "sink")


def local_system(stack: LocalStack, topic_prefix: str, database: str, folder: Path, fleet: FleetOptions) -> LocalSystem:
    """A system with ports, topics and database of its own."""
    edge, *health = free_ports(1 + len(PARTS))
    settings = make_settings(
        stack,
        topic_prefix,
        f"clickhouse.database={database}",
        f"ingest.port={edge}",
        *(f"{part}.health_port={port}" for part, port in zip(PARTS, health, strict=True)),
        *(f"{part}.instance_id={part}-1" for part in PARTS[1:]),
    )
    return LocalSystem(settings, stack, fleet, folder=folder, ledger=folder / "ledger", say=lambda _: None)


def kill(system: LocalSystem, part: str) -> bool:
    """SIGKILL; False when the part is between two lives."""
    pid = system.supervisor.keepers[part].pid
    if pid is None:
        return False
    os.kill(pid, signal.SIGKILL)
    return True


async def test_every_part_is_killed_and_nothing_is_lost_or_doubled(
    stack: LocalStack, topic_prefix: str, database: str, tmp_path: Path
) -> None:
    fleet = FleetOptions(terminals=40, people=200, rate="300")
    system = local_system(stack, topic_prefix, database, tmp_path, fleet)
    chance = random.Random(7)
    try:
        await system.start()
        for part in chance.sample(PARTS, 3):
            made = (await system.look()).made
            wanted = made + chance.randint(300, 900)

            async def goes_on(wanted: int = wanted) -> bool:
                return (await system.look()).made >= wanted

            await until(goes_on, f"the fleet made {wanted} punches", 30)
            assert kill(system, part)
        restarted = time.monotonic()
        await until(lambda: sum(k.restarts for k in system.supervisor.keepers.values()) >= 3, "three restarts", 30)
        assert time.monotonic() - restarted < 30
        await system.run_dry(lambda _: None)
        account = await system.account()
    finally:
        await system.stop()
    assert account.made > 1000
    assert account.acknowledged == account.made == account.in_kafka == account.in_clickhouse
    assert (account.lost, account.doubled, account.strangers) == (0, 0, 0)
