"""Ten minutes: polled servers and stations in trouble, a worker killed every 20 s. `make soak-connectors`.

Environment: SOAK_SECONDS (600), SOAK_ROWS (transactions of each server at the start, 100000), SOAK_SEED.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cli.clickhouse_reader import reader
from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from runtime import topics
from runtime.key_files import new_key
from runtime.settings import Settings
from sinks.migrations import runner
from tests.chaos.connectors.account import ServersAccount, StationsAccount
from tests.chaos.connectors.sources import SERVERS, STATIONS, TENANT, Load, Sources
from tests.chaos.connectors.stored import take_account
from tests.chaos.connectors.workers import WORKERS, Workers, until_cancelled
from tests.integration.conftest import free_ports
from tests.integration.helpers import make_settings

SECONDS = float(os.environ.get("SOAK_SECONDS", "600"))
ROWS = int(os.environ.get("SOAK_ROWS", "100000"))
SEED = int(os.environ.get("SOAK_SEED", "20261121"))
REPORT = Path(".local/soak-connectors.json")
SAY_EVERY_SECONDS = 10.0
SESSION_SECONDS = 6.0
DRAIN_SECONDS = float(os.environ.get("SOAK_DRAIN", max(240.0, SECONDS)))
QUIET_LOOKS = 3  # nothing more may come between so many progress lines


@pytest.mark.soak_connectors
@pytest.mark.timeout(int(SECONDS + DRAIN_SECONDS + 600))
async def test_nothing_is_lost_or_doubled_while_workers_are_killed(
    stack: LocalStack, topic_prefix: str, database: str, tmp_path: Path
) -> None:
    say(f"seed {SEED}: {SERVERS} servers with {ROWS:,} transactions each, {STATIONS} stations, {SECONDS:g} s")
    started = datetime.now(UTC).isoformat(timespec="seconds")
    chance = Random(SEED)
    sources = Sources(tmp_path / "sources", Load(rows=ROWS, seed=SEED))
    base = soak_settings(stack, topic_prefix, database, tmp_path)
    await topics.apply(base.kafka)
    await asyncio.to_thread(runner.apply, base.clickhouse)
    try:
        settings = base.model_copy(update={"connectors": await sources.start()})
        workers = Workers(settings, tmp_path / "parts", tuple(free_ports(WORKERS)))
        try:
            await workers.start()
            watch = Watch(settings, sources, workers)
            seeds = Random(chance.random()), Random(chance.random())
            async with (
                running(sources.trouble(seeds[0])),
                running(workers.kill_now_and_then(seeds[1], SESSION_SECONDS)),
            ):
                await watch.look_for(SECONDS)
            await sources.quiet()
            say("no new rows and no more trouble: draining")
            drained_after = await watch.until_dry()
            made = await sources.made()
            memory = workers.memory()
            say("comparing with the ledgers")
            servers, stations = await take_account(
                settings, sources.ledgers, sources.station_ledger, TENANT, workers.kills
            )
            report = {
                "seed": SEED, "started": started, "seconds": SECONDS, "rows of each server": ROWS,
                "drained after seconds": drained_after, "made": made, "servers": asdict(servers),
                "stations": asdict(stations), "kills": [asdict(kill) for kill in workers.kills],
                "starts again": workers.restarts(),
                "memory MiB": {name: {**asdict(found), "flat": found.is_flat} for name, found in memory.items()},
            }  # fmt: skip
        finally:
            await workers.stop()
    finally:
        await sources.stop()
    write_report(report)
    tell(report, servers, stations)
    assert (servers.lost, servers.doubled, servers.strangers, servers.not_in_topic) == (0, 0, 0, 0), servers.examples
    assert (stations.lost, stations.doubled, stations.strangers) == (0, 0, 0), stations.examples
    assert stations.uncovered == 0, stations.examples
    assert made["followed a wrong next"] == 0
    assert drained_after is not None, f"not dry after {DRAIN_SECONDS:g} s"


def soak_settings(stack: LocalStack, topic_prefix: str, database: str, folder: Path) -> Settings:
    edge, *health = free_ports(4)
    new_key(folder / "keys", TENANT)
    return make_settings(
        stack, topic_prefix,
        f"clickhouse.database={database}", f"ingest.port={edge}", f"keys.folder={folder / 'keys'}",
        f"store.folder={folder / 'objects'}", f"kafka.session_timeout_seconds={SESSION_SECONDS:g}",
        *(f"{part}.health_port={port}" for part, port in zip(("normalize", "track", "sink"), health, strict=True)),
        *(f"{part}.instance_id={part}-1" for part in ("normalize", "track", "sink")),
        "log_level=WARNING",
    )  # fmt: skip


@asynccontextmanager
async def running(work: Any) -> AsyncIterator[None]:
    """Cancelled at the end; what ended it before is raised then."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        await until_cancelled(task)


class Watch:
    """Progress lines, and when all is through."""

    def __init__(self, settings: Settings, sources: Sources, workers: Workers) -> None:
        self._settings = settings
        self._sources = sources
        self._workers = workers
        self._began = time.monotonic()

    async def look_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(min(SAY_EVERY_SECONDS, left))
            await self._look()

    async def until_dry(self) -> float | None:
        """Seconds until the last row came; None: rows still came at the deadline. Dry is when all parts stored what
        there is, nothing is hidden at a server any more, and nothing new came for some looks."""
        began = last_change = time.monotonic()
        before: tuple[int, ...] = ()
        quiet = 0
        while time.monotonic() - began < DRAIN_SECONDS:
            await asyncio.sleep(SAY_EVERY_SECONDS)
            now = await self._look()
            hidden, lag = await self._sources.hidden(), await self._lag()
            quiet = quiet + 1 if now == before and not hidden and not lag else 0
            if hidden or lag:
                say(f"         {hidden} transactions cannot be seen yet, records that wait: {lag}")
            if now != before:
                before, last_change = now, time.monotonic()
            if quiet >= QUIET_LOOKS:
                return round(last_change - began, 1)
        return None

    async def _look(self) -> tuple[int, ...]:
        """Says how far it is; returns what must stand still in the end."""
        self._workers.check()
        made, stored = await self._sources.made(), await asyncio.to_thread(self._stored)
        memory = self._workers.sample(self._sources.keepers)
        say(
            f"{time.monotonic() - self._began:5.0f} s  {len(self._workers.kills)} kills  "
            f"transactions {stored['punches']:,} of {made['transactions']:,}  "
            f"station rows {stored['access']:,} of {made['station rows']:,}, {stored['gaps']} gaps  MiB "
            + " ".join(f"{name} {mib:.0f}" for name, mib in memory.items() if not name.startswith("b"))
        )
        return made["transactions"], made["station rows"], *stored.values()

    def _stored(self) -> dict[str, int]:
        counts = {
            "punches": "uniqExact(event_id) FROM punches",
            "access": "uniqExact(event_id) FROM access WHERE kind != 'gap'",
            "gaps": "uniqExact(event_id) FROM access WHERE kind = 'gap'",
        }
        with reader(self._settings.clickhouse) as client:
            return {name: client.query(f"SELECT {sql}").result_rows[0][0] for name, sql in counts.items()}

    async def _lag(self) -> dict[str, int]:
        """Records that wait, by topic."""
        async with KafkaReader(self._settings.kafka) as kafka:
            normalize, sink = self._settings.normalize.group, self._settings.sink.group
            groups = {"raw.attendance": normalize, "punches": sink, "access": sink}
            lags = {topic: await kafka.lag(group, topic) for topic, group in groups.items()}
        return {topic: lag for topic, lag in lags.items() if lag}


def write_report(report: dict[str, Any]) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=2) + "\n")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def tell(report: dict[str, Any], servers: ServersAccount, stations: StationsAccount) -> None:
    """The account for people."""
    say(f"\nservers:  {servers.made:,} transactions, {servers.visible:,} visible; lost {servers.lost}, doubled "
        f"{servers.doubled}, strangers {servers.strangers}; {servers.repeated:,} copies sent again")  # fmt: skip
    say(f"stations: {stations.made:,} rows, {stations.visible:,} visible; lost {stations.lost}, doubled "
        f"{stations.doubled}, strangers {stations.strangers}; {stations.repeated:,} copies sent again")  # fmt: skip
    say(f"          {stations.unseeable} that nobody could have seen in {stations.stretches} stretches, "
        f"{stations.uncovered} without a gap event; {stations.read_in_vain} read in vain, within a gap; "
        f"{stations.gaps} gap events")  # fmt: skip
    say(f"workers:  {len(report['kills'])} kills; starts again {report['starts again']}; dry after "
        f"{report['drained after seconds']} s")  # fmt: skip
    for name, memory in report["memory MiB"].items():
        flat = "flat" if memory["flat"] else "grew"
        say(f"memory:   {name} {memory['first']:.0f} to {memory['last']:.0f} MiB, at most {memory['most']:.0f}: {flat}")
    for example in (*servers.examples, *stations.examples):
        say(f"          {example}")
    say(f"seed {SEED}; all of it in {REPORT}")
