"""`punchstream up`: everything on one machine, watched live, drained in order, and accounted for at the end."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from cli.account import Account, take_account
from cli.errors import AlreadyRunning, PartFailed
from cli.kafka_reader import KafkaReader
from cli.page import Page
from cli.parts import Part, make_parts
from cli.registry_apply import apply_text
from cli.supervisor import Keeper, Supervisor
from cli.watch import Numbers, Watch
from deploy.local.errors import Busy
from deploy.local.lock import exclusive
from deploy.local.stack import LocalStack
from runtime import topics
from runtime.sealing import write_key_file
from runtime.settings import Settings
from simulate.fleet.registry_file import registry_yaml
from simulate.fleet.settings import FleetSettings
from sinks.migrations import runner

_READY_SECONDS = 60.0
_FLEET_DRAIN_SECONDS = 30
_RUN_DRY_SECONDS = 60.0
_STOP_SECONDS = 40.0
_LOOK_SECONDS = 1.0
FOLDER = Path(".local")


@dataclass(frozen=True, slots=True)
class UpOptions:
    """for_seconds None runs until Ctrl-C; rate is punches per second over the whole fleet."""

    for_seconds: float | None = None
    terminals: int = 50
    rate: float = 20.0
    folder: Path = FOLDER


def up(settings: Settings, options: UpOptions) -> int:
    """Exit code 0 when the account is clean, else 1. Raises errors of deploy.local, runtime, sinks and cli."""
    folder = options.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    console = Console(soft_wrap=True)
    try:
        with exclusive(folder / "up.lock", deadline_s=0, what=f"punchstream in {folder}", say=_silent):
            return asyncio.run(_up(settings, options, folder, console))
    except Busy:
        raise AlreadyRunning(
            f"a punchstream is up already in {folder}: look at its page, or stop it with Ctrl-C there"
        ) from None


def _ledger(folder: Path) -> Path:
    """Beside the servers' data, because the account compares the two: who wipes one must wipe the other."""
    return folder / "stack" / "fleet"


def _silent(_line: str) -> None:
    """The lock has nothing to say that AlreadyRunning does not."""


async def _up(settings: Settings, options: UpOptions, folder: Path, console: Console) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def say(line: str) -> None:
        console.print(line, highlight=False)

    stack = LocalStack(folder / "stack")
    settings = _local_settings(settings, stack, folder)
    parts = make_parts(settings, folder / "parts")
    fleet = _fleet_part(settings, options, folder)
    supervisor = Supervisor(parts, folder / "parts")
    fleet_keeper = Keeper(fleet, folder / "parts")
    for keeper in (fleet_keeper, *reversed(supervisor.keepers.values())):
        await asyncio.to_thread(keeper.stop, _STOP_SECONDS)  # left behind by a run that was killed
    await asyncio.to_thread(stack.ensure, say)
    try:
        await _prepare(settings, options, folder, say)
        say("starting the parts: " + ", ".join(part.name for part in parts))
        try:
            await supervisor.start(_READY_SECONDS)
            started = time.time()
            async with KafkaReader(settings.kafka) as reader:
                watch = Watch(settings, _ledger(folder) / "status.json", supervisor, reader)
                titles = {part.name: part.title for part in parts}
                with Page(console, titles) as page:
                    await _run(options, supervisor, fleet_keeper, watch, page, stop)
        finally:
            await _stop_all(supervisor, fleet_keeper)
        account = await take_account(settings, _ledger(folder), started)
    finally:
        await asyncio.to_thread(stack.down, say)
    account.write(folder / "run-summary.json")
    _print_account(account, folder / "run-summary.json", console)
    return 0 if account.clean else 1


def _local_settings(settings: Settings, stack: LocalStack, folder: Path) -> Settings:
    """The settings with the local stack's addresses and, for the simulated fleet, unknown devices accepted."""
    key_file = settings.ingest.seal_key_file or folder / "keys" / "local.key"
    if not key_file.exists():
        write_key_file(key_file)
    return settings.model_copy(
        update={
            "kafka": settings.kafka.model_copy(update={"bootstrap": stack.bootstrap}),
            "clickhouse": settings.clickhouse.model_copy(update={"url": stack.clickhouse_url}),
            "ingest": settings.ingest.model_copy(
                update={
                    "host": "127.0.0.1",
                    "unknown_devices": "accept",
                    "default_tenant": "demo",
                    "seal_key_file": key_file,
                }
            ),
        }
    )


def _fleet_part(settings: Settings, options: UpOptions, folder: Path) -> Part:
    ledger = str(_ledger(folder))
    command = (
        sys.executable, "-m", "cli.main", "simulate", "fleet",
        "--url", f"http://127.0.0.1:{settings.ingest.port}",
        "--terminals", str(options.terminals),
        "--rate", f"{options.rate:g}",
        "--drain-seconds", str(_FLEET_DRAIN_SECONDS),
        "--ledger", ledger,
    )  # fmt: skip
    return Part("fleet", "terminals", command, ledger, health_port=0)


async def _prepare(settings: Settings, options: UpOptions, folder: Path, say: Callable[[str], None]) -> None:
    say("creating topics and tables")
    await topics.apply(settings.kafka)
    await asyncio.to_thread(runner.apply, settings.clickhouse)
    fleet = FleetSettings(url="http://127.0.0.1:1", ledger=_ledger(folder), terminals=options.terminals)
    await apply_text(settings, registry_yaml(fleet))


async def _run(
    options: UpOptions, supervisor: Supervisor, fleet: Keeper, watch: Watch, page: Page, stop: asyncio.Event
) -> None:
    started = time.monotonic()
    keeping = asyncio.create_task(supervisor.keep())
    phase = "running"
    try:
        await asyncio.to_thread(fleet.start)
        while not stop.is_set() and (options.for_seconds is None or time.monotonic() - started < options.for_seconds):
            page.show(await watch.look(), time.monotonic() - started, phase)
            await asyncio.to_thread(fleet.keep)
            if keeping.done():
                keeping.result()
            await _wait(stop, _LOOK_SECONDS)
        phase = "draining"
        page.show(await watch.look(), time.monotonic() - started, phase)
        await asyncio.to_thread(fleet.stop, _FLEET_DRAIN_SECONDS + 10)
        await _run_dry(watch, page, started)
    finally:
        keeping.cancel()


async def _run_dry(watch: Watch, page: Page, started: float) -> None:
    """Wait until everything acknowledged has reached ClickHouse. Raises PartFailed when it does not in time."""
    deadline = time.monotonic() + _RUN_DRY_SECONDS
    numbers = Numbers()
    while time.monotonic() < deadline:
        numbers = await watch.look()
        page.show(numbers, time.monotonic() - started, "draining")
        if numbers.waiting == 0:
            return
        await asyncio.sleep(_LOOK_SECONDS / 4)
    raise PartFailed(
        f"{numbers.waiting} records still wait after {_RUN_DRY_SECONDS:.0f} s; they are safe in Kafka. "
        f"State of the parts: {asdict(numbers)['troubles']}"
    )


async def _stop_all(supervisor: Supervisor, fleet: Keeper) -> None:
    """Front to back, so that nothing arrives at a part that has gone."""
    await asyncio.to_thread(fleet.stop, _FLEET_DRAIN_SECONDS + 10)
    for name in ("ingest", "normalize", "sink"):
        await supervisor.stop(name, _STOP_SECONDS)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _print_account(account: Account, path: Path, console: Console) -> None:
    verdict = "[bold green]clean[/]" if account.clean else "[bold red]NOT clean[/]"
    console.print(f"\nAccount, by the terminals' own ledger: {verdict}")
    for name, value in asdict(account).items():
        console.print(f"  {name:<16} {value:>10,}", highlight=False)
    console.print(f"  written to {path}", highlight=False)
