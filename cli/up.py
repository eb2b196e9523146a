"""`punchstream up`: everything on one machine, watched live, drained in order, and accounted for at the end."""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console

from cli.account import Account
from cli.card_account import card_lines
from cli.errors import AlreadyRunning
from cli.local_sources import LocalSources
from cli.local_system import FleetOptions, LocalSystem
from cli.page import Page
from deploy.local.errors import Busy
from deploy.local.lock import exclusive
from deploy.local.stack import LocalStack
from runtime.settings import Settings

_LOOK_SECONDS = 1.0
FOLDER = Path(".local")


@dataclass(frozen=True, slots=True)
class UpOptions:
    """for_seconds None runs until Ctrl-C; rate is punches per second over the whole fleet; crew: people whose work is
    planned, at terminals of their own, 0 for none."""

    for_seconds: float | None = None
    terminals: int = 50
    rate: float = 20.0
    crew: int = 40
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


def _stack(settings: Settings, folder: Path) -> LocalStack:
    """Servers on the ports that the settings name; Kafka's controller takes the one after Kafka's."""
    kafka_port = urlsplit(f"//{settings.kafka.bootstrap}").port or 19092
    return LocalStack(
        folder / "stack",
        kafka_port=kafka_port,
        kafka_controller_port=kafka_port + 1,
        clickhouse_http_port=urlsplit(settings.clickhouse.url).port or 8123,
    )


def _silent(_line: str) -> None:
    """The lock has nothing to say that AlreadyRunning does not."""


async def _up(settings: Settings, options: UpOptions, folder: Path, console: Console) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    def say(line: str) -> None:
        console.print(line, highlight=False)

    stack = _stack(settings, folder)
    fleet = FleetOptions(terminals=options.terminals, rate=f"{options.rate:g}", crew=options.crew)
    ledger = stack.data_dir / "fleet"
    sources = LocalSources(folder / "parts", stack.data_dir, ledger)
    system = LocalSystem(settings, stack, fleet, folder=folder, ledger=ledger, say=say, sources=sources)
    try:
        try:
            await system.start()
            with Page(console, system.titles) as page:
                await _watch(system, page, options.for_seconds, stop)
            account = await system.account()
        finally:
            await system.stop()
    finally:
        await asyncio.to_thread(stack.down, say)
    account.write(folder / "run-summary.json")
    _print_account(account, folder / "run-summary.json", console)
    return 0 if account.clean else 1


async def _watch(system: LocalSystem, page: Page, for_seconds: float | None, stop: asyncio.Event) -> None:
    started = time.monotonic()
    while not stop.is_set() and (for_seconds is None or time.monotonic() - started < for_seconds):
        page.show(await system.look(), time.monotonic() - started, "running")
        try:
            await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
        except TimeoutError:
            continue
    await system.run_dry(lambda numbers: page.show(numbers, time.monotonic() - started, "draining"))


def _print_account(account: Account, path: Path, console: Console) -> None:
    verdict = "[bold green]clean[/]" if account.clean else "[bold red]NOT clean[/]"
    console.print(f"\nAccount, by the ledgers of terminals and sources: {verdict}")
    for name, value in asdict(account).items():
        if name not in ("sources", "cards"):
            console.print(f"  {name:<16} {value:>10,}", highlight=False)
    for source in account.sources:
        both = f", {source.both_ways:,} by push and by poll" if source.both_ways else ""
        console.print(
            f"  {source.name}: made {source.made:,}, visible {source.visible:,}, lost {source.lost:,}, doubled "
            f"{source.doubled:,}{both}",
            highlight=False,
        )
    for line in card_lines(account.cards) if account.cards else ():
        console.print(f"  {line}", highlight=False)
    console.print(f"  written to {path}", highlight=False)
