"""The fleet as a process: event loop, signals, file limit, exit code."""

import asyncio
import resource
import signal
import sys

import uvloop

from simulate.fleet.errand import MOST_REFUSALS
from simulate.fleet.errors import FatalError
from simulate.fleet.run import FleetResult, run_fleet
from simulate.fleet.settings import FleetSettings

_OTHER_FILES = 64


def main(settings: FleetSettings) -> int:
    """Run the fleet. SIGINT or SIGTERM stops and drains it; a second one ends it at once. The ledger is whole anyway.

    Returns 0 after a stop of any kind, 2 when the fleet could not start (the reason goes to standard error).
    """
    try:
        _allow_files(settings.terminals + _OTHER_FILES)
        result = uvloop.run(_run(settings))
    except FatalError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if result is not None:
        sys.stdout.write(
            f"{result.terminals} terminals: {result.made} punches made, {result.acknowledged} acknowledged, "
            f"{result.waiting} waiting; {result.requests} requests, {result.resent} rows sent again\n"
        )
        for kind, (made, acknowledged) in sorted(result.counts.events.items()):
            sys.stdout.write(f"{kind}: {made} made, {acknowledged} acknowledged\n")
        for kind, lookups in sorted(result.counts.lookups.items()):
            p50, p95, p99 = (round(lookups.latencies.all_ms(share), 1) for share in (0.50, 0.95, 0.99))
            sys.stdout.write(
                f"{kind}: {lookups.count} asked, {lookups.none} answered with nothing, {lookups.failed} failed; "
                f"p50 {p50} ms, p95 {p95} ms, p99 {p99} ms\n"
            )
        if result.counts.answers:
            codes = ", ".join(f"{code}: {number}" for code, number in sorted(result.counts.answers.items()))
            sys.stdout.write(f"commands answered, by result code: {codes}\n")
        if result.counts.given_up:
            sys.stdout.write(f"given up after {MOST_REFUSALS} refusals: {result.counts.given_up} requests\n")
    return 0


async def _run(settings: FleetSettings) -> FleetResult | None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    fleet = asyncio.create_task(run_fleet(settings, stop))

    def on_signal() -> None:
        if stop.is_set():
            fleet.cancel()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    try:
        return await fleet
    except asyncio.CancelledError:
        return None


def _allow_files(needed: int) -> None:
    """Every terminal may hold a connection: raise the limit of open files as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= needed or soft == resource.RLIM_INFINITY:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise FatalError(f"simulate fleet: needs {needed} open files, the limit is {hard}; raise it with ulimit -n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
