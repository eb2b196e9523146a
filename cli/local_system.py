"""All of punchstream on one machine: servers, parts, a simulated fleet; started, drained and accounted for in order."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from cli.account import Account, take_account
from cli.card_account import take_cards
from cli.errors import PartFailed
from cli.kafka_reader import KafkaReader
from cli.local_crew import LocalCrew
from cli.local_sources import LocalSources
from cli.parts import Part, make_parts
from cli.registry_apply import apply_text
from cli.supervisor import Keeper, Supervisor
from cli.watch import Numbers, Watch
from deploy.local.ports import require_free
from deploy.local.stack import LocalStack
from runtime import topics
from runtime.key_files import new_key
from runtime.keyring import KeyRing
from runtime.settings import Settings
from simulate.fleet.registry_file import registry_yaml
from simulate.fleet.settings import FleetSettings
from sinks.migrations import runner

_TENANT = "demo"
_READY_SECONDS = 60.0
_FLEET_DRAIN_SECONDS = 30
_RUN_DRY_SECONDS = 120.0
_POLLED_SECONDS = 60.0
_CARDS_SECONDS = 60.0
_CARDS_EVERY_SECONDS = 1.0
_QUIET_SECONDS = 5.0  # a minute is long for somebody who waits for the first cards to be complete
_STOP_SECONDS = 40.0
_LOOK_SECONDS = 0.25
_SERVERS_EVERY_SECONDS = 5.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """rate: punches per second over all terminals, or `max`; the rest as `punchstream simulate fleet` has it."""

    terminals: int = 50
    people: int = 100
    rate: str = "20"
    rows_per_body: int = 1
    time_scale: float = 0.1  # a minute of a terminal's patience is long for somebody who watches
    crew: int = 0  # people whose work is planned


class LocalSystem:
    """`folder` gets the parts' settings, logs and keys, `ledger` what the fleet made and got acknowledged.

    Who wipes the stack's data must wipe the ledger too: the account compares the two. `sources`: what is polled; None:
    nothing is.
    """

    def __init__(
        self,
        settings: Settings,
        stack: LocalStack,
        fleet: FleetOptions,
        *,
        folder: Path,
        ledger: Path,
        say: Say,
        sources: LocalSources | None = None,
    ) -> None:
        self.stack = stack
        self.sources = sources
        self.settings = _local_settings(settings, stack, folder, sources)
        self.ledger = ledger
        self._fleet_options = fleet
        self._say = say
        parts = make_parts(self.settings, folder / "parts")
        self.titles = {part.name: part.title for part in parts}
        self.supervisor = Supervisor(parts, folder / "parts")
        self.fleet = Keeper(self._fleet_part(), folder / "parts")
        self.crew = LocalCrew(self.settings, ledger, _TENANT, fleet.crew, say) if fleet.crew else None
        self._opened = AsyncExitStack()
        self._keeping: asyncio.Task[None] | None = None
        self._watch: Watch | None = None
        self._started_at = 0.0

    async def start(self) -> None:
        """Servers, topics, tables, registry, parts, fleet. Raises errors of deploy.local, runtime, sinks and cli."""
        simulators = (self.fleet, *(self.sources.keepers if self.sources else ()))
        for keeper in (*simulators, *reversed(self.supervisor.keepers.values())):
            await asyncio.to_thread(keeper.stop, _STOP_SECONDS)  # left behind by a run that was killed
        self._require_ports()
        await asyncio.to_thread(self.stack.ensure, self._say)
        self._say("creating topics and tables")
        await topics.apply(self.settings.kafka)
        await asyncio.to_thread(runner.apply, self.settings.clickhouse)
        fleet = FleetSettings(url="http://127.0.0.1:1", ledger=self.ledger, terminals=self._fleet_options.terminals)
        await apply_text(self.settings, registry_yaml(fleet))
        if self.crew is not None:
            await self.crew.prepare()
        if self.sources is not None:
            await asyncio.to_thread(self.sources.start)
        self._say("starting the parts: " + ", ".join(self.supervisor.keepers))
        await self.supervisor.start(_READY_SECONDS)
        if self.sources is not None:
            await self.sources.ready()
        reader = await self._opened.enter_async_context(KafkaReader(self.settings.kafka))
        self._watch = Watch(self.settings, self.ledger / "status.json", self.supervisor, reader, self.sources)
        self._keeping = asyncio.create_task(self._keep())
        self._started_at = time.time()
        await asyncio.to_thread(self.fleet.start)
        if self.crew is not None:
            self.crew.start()

    async def _keep(self) -> None:
        """Restarts what ends, servers included, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.supervisor.keep())
            while True:
                await asyncio.sleep(_SERVERS_EVERY_SECONDS)
                if self.sources is not None:
                    await asyncio.to_thread(self.sources.keep)
                status = await asyncio.to_thread(self.stack.status)
                if any(server.state == "down" for server in status.servers):
                    await asyncio.to_thread(self.stack.ensure, self._say)

    def _require_ports(self) -> None:
        """Raises PortTaken naming the port, what it is wanted for, and the process that holds it."""
        settings = self.settings
        require_free(settings.ingest.port, "devices", "--set ingest.port=...")
        for name in self.supervisor.keepers:
            port = self.supervisor.keepers[name].part.health_port
            section = "connectors" if name == "connect" else name
            require_free(port, f"health and metrics of {name}", f"--set {section}.health_port=...")

    async def look(self) -> Numbers:
        """The state now; also restarts a fleet that ended. Raises what the supervisor's task raised."""
        assert self._watch is not None
        assert self._keeping is not None
        if self._keeping.done():
            self._keeping.result()
        if self.crew is not None:
            self.crew.check()
        return await self._watch.look()

    async def run_dry(self, show: Callable[[Numbers], None]) -> None:
        """Stop fleet and sources, and wait until all that they made is visible. Raises PartFailed when that takes too
        long; what polls did not bring in the time stands in the account as lost, and cards that are not as planned by
        then as differing."""
        await asyncio.to_thread(self.fleet.stop, _FLEET_DRAIN_SECONDS + 10)
        if self.crew is not None:
            await self.crew.stop()
        if self.sources is not None:
            await self.sources.quiet()
            polled_until = time.monotonic() + _POLLED_SECONDS
            while time.monotonic() < polled_until and not await self._is_polled():
                show(await self.look())
                await asyncio.sleep(_LOOK_SECONDS)
        deadline = time.monotonic() + _RUN_DRY_SECONDS
        while (numbers := await self.look()).waiting != 0:
            show(numbers)
            if time.monotonic() > deadline:
                raise PartFailed(
                    f"{numbers.waiting} records still wait after {_RUN_DRY_SECONDS:.0f} s; they are safe in Kafka. "
                    f"State of the parts: {numbers.troubles}"
                )
            await asyncio.sleep(_LOOK_SECONDS)
        cards_until = time.monotonic() + _CARDS_SECONDS
        while self.crew is not None and time.monotonic() < cards_until and not await self.crew.is_as_planned():
            show(await self.look())
            await asyncio.sleep(_CARDS_EVERY_SECONDS)
        show(numbers)

    async def account(self) -> Account:
        """Of everything in the ledgers, and of the crew's cards; delays since the start."""
        cards = await take_cards(self.settings, self.ledger) if self.crew else None
        return replace(await self._punches(), cards=cards)

    async def _punches(self) -> Account:
        return await take_account(self.settings, self.ledger, self._started_at, self.sources)

    async def _is_polled(self) -> bool:
        """Whether all that the sources ever showed is visible."""
        found = (await self._punches()).sources
        both_ways = found[1]
        return all(source.lost == 0 for source in found) and both_ways.both_ways == both_ways.made

    async def stop(self) -> None:
        """Front to back, so that nothing arrives at a part that has gone. The servers stay up."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        if self.crew is not None:
            await self.crew.stop()
        await asyncio.to_thread(self.fleet.stop, _FLEET_DRAIN_SECONDS + 10)
        for name in reversed(self.supervisor.keepers):
            await asyncio.to_thread(self.supervisor.keepers[name].stop, _STOP_SECONDS)
        if self.sources is not None:
            await asyncio.to_thread(self.sources.stop, _STOP_SECONDS)
        await self._opened.aclose()

    def _fleet_part(self) -> Part:
        options = self._fleet_options
        command = (
            sys.executable, "-m", "cli.main", "simulate", "fleet",
            "--url", f"http://127.0.0.1:{self.settings.ingest.port}",
            "--terminals", str(options.terminals),
            "--people", str(options.people),
            "--rate", options.rate,
            "--rows-per-body", str(options.rows_per_body),
            "--time-scale", f"{options.time_scale:g}",
            "--drain-seconds", str(_FLEET_DRAIN_SECONDS),
            "--crew", str(options.crew),
            "--ledger", str(self.ledger),
        )  # fmt: skip
        return Part("fleet", "terminals", command, str(self.ledger), health_port=0)


def _local_settings(settings: Settings, stack: LocalStack, folder: Path, sources: LocalSources | None) -> Settings:
    """The settings with the local stack's addresses and the simulated sources; the simulated fleet's devices, which
    nobody knows, are accepted."""
    ingest = {
        "host": "127.0.0.1",
        "unknown_devices": "accept",
        "default_tenant": _TENANT,
        "watermark_quiet_seconds": _QUIET_SECONDS,
    }
    store = settings.store
    if store.kind == "local" and store.folder is None:
        store = store.model_copy(update={"folder": folder / "objects"})
    return settings.model_copy(
        update={
            "kafka": settings.kafka.model_copy(update={"bootstrap": stack.bootstrap}),
            "clickhouse": settings.clickhouse.model_copy(update={"url": stack.clickhouse_url}),
            "ingest": settings.ingest.model_copy(update=ingest),
            "keys": settings.keys.model_copy(update={"folder": _keys(settings.keys.folder or folder / "keys")}),
            "store": store,
            # Static members take their partitions over at once after a kill, not after the session time-out.
            "normalize": settings.normalize.model_copy(
                update={"instance_id": settings.normalize.instance_id or "normalize-1"}
            ),
            "track": settings.track.model_copy(update={"instance_id": settings.track.instance_id or "track-1"}),
            "resolve": settings.resolve.model_copy(update={"instance_id": settings.resolve.instance_id or "resolve-1"}),
            "derive": settings.derive.model_copy(update={"instance_id": settings.derive.instance_id or "derive-1"}),
            "sink": settings.sink.model_copy(update={"instance_id": settings.sink.instance_id or "sink-1"}),
            "connectors": sources.settings(settings.connectors) if sources else settings.connectors,
        }
    )


def _keys(folder: Path) -> Path:
    """The folder, with a key of the simulated fleet's tenant in it."""
    if not (folder.is_dir() and any(key.tenant == _TENANT for key in KeyRing.load(folder).ids())):
        new_key(folder, _TENANT)
    return folder
