"""The server as a process: event loop, signals, what it prints, exit code."""

import asyncio
import signal
import sys

import orjson
import uvloop

from simulate.biotime.errors import FatalError
from simulate.biotime.server import BioTimeServer
from simulate.biotime.settings import BioTimeSettings


def main(settings: BioTimeSettings, *, as_json: bool) -> int:
    """Run the server until its duration is over or SIGINT or SIGTERM comes. The ledger is whole anyway.

    Returns 0 after a stop, 2 when it could not start or go on (the reason goes to standard error).
    """
    try:
        uvloop.run(_run(settings, as_json))
    except FatalError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


async def _run(settings: BioTimeSettings, as_json: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with BioTimeServer(settings) as server:
        _say_start(settings, server, as_json)
        waiting = asyncio.create_task(stop.wait())
        running = asyncio.create_task(server.wait())
        await asyncio.wait((waiting, running), timeout=settings.duration, return_when=asyncio.FIRST_COMPLETED)
        failure = running.exception() if running.done() else None
        waiting.cancel()
        running.cancel()
        _say_end(server, as_json)
        if failure is not None:
            raise failure


def _say_start(settings: BioTimeSettings, server: BioTimeServer, as_json: bool) -> None:
    status = server.control.status()
    if as_json:
        start = {"url": server.url, "control_url": server.control_url, "ledger": str(settings.ledger), **status}
        sys.stdout.write(orjson.dumps(start).decode() + "\n")
    else:
        sys.stdout.write(
            f"{settings.dialect} at {server.url} with {status['rows']} transactions, epoch {status['epoch']}\n"
            f"user {settings.email if settings.cloud else settings.username}, password {settings.password}"
            f"{', company ' + settings.company if settings.cloud else ''}; "
            f"control at {server.control_url}/_simulator/status; ledger in {settings.ledger}\n"
        )
    sys.stdout.flush()


def _say_end(server: BioTimeServer, as_json: bool) -> None:
    status = server.control.status()
    if as_json:
        sys.stdout.write(orjson.dumps(status).decode() + "\n")
        return
    requests = sum(status["requests"].values())
    sys.stdout.write(
        f"{status['rows']} transactions, greatest id {status['max_id']}, epoch {status['epoch']}: "
        f"{status['arrived']} arrived, {status['deleted']} deleted, {status['edited']} edited, "
        f"{status['vanished']} vanished, {status['hidden']} not visible yet; {requests} requests, "
        f"{status['logins']} logins, {status['logins_refused']} refused\n"
    )
