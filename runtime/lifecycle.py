"""How a process starts and ends: uvloop, logs, signals, exit code. Source: spec/pipeline-anchors.md 8 (drain order)."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Awaitable, Callable

import uvloop
from prometheus_client import Info

from runtime.errors import RuntimeFault
from runtime.logs import setup_logging
from runtime.settings import Settings
from runtime.version import VERSION

log = logging.getLogger(__name__)

BUILD = Info("punchstream_build", "version of the code that runs")


def run_process(part: str, settings: Settings, main: Callable[[asyncio.Event], Awaitable[int]]) -> int:
    """Run `main` until it returns; SIGINT and SIGTERM set its stop event. Returns the exit code.

    An error of ours becomes one log line that says what to do; any other exception propagates with its traceback.
    """
    setup_logging(part, settings.log_level)
    BUILD.info({"version": VERSION, "part": part})
    # Long-lived objects of the start are not worth looking at again in every collection.
    gc.collect()
    gc.freeze()
    try:
        exit_code: int = uvloop.run(_with_signals(main))
        return exit_code
    except RuntimeFault as error:
        log.error("%s", error)
        return 1


async def _with_signals(main: Callable[[asyncio.Event], Awaitable[int]]) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return await main(stop)
