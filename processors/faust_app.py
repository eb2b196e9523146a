"""The Faust app, with the only settings under which Faust loses nothing. Source: spec/faust.md 3 and 10, DESIGN 6."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path
from typing import Any

import faust
from mode import CrashingSupervisor

from processors.watchdog import Watchdog
from runtime.kafka import sasl_password, tls_context
from runtime.sections import KafkaSettings

log = logging.getLogger(__name__)

_COMMIT_SECONDS = 1.0
_REBALANCE_SECONDS = 60.0
_MAX_FETCH_BYTES = 4 * 1024 * 1024
_STOP_SECONDS = 30.0


def make_app(settings: KafkaSettings, *, group: str, instance_id: str, buffer_records: int) -> faust.App:
    """An app whose consumer group is `group`; it creates no topic, serves no web, keeps no table."""
    timeout = settings.session_timeout_seconds
    return faust.App(
        group,
        broker=[f"aiokafka://{address.strip()}" for address in settings.bootstrap.split(",")],
        broker_credentials=_credentials(settings),
        agent_supervisor=CrashingSupervisor,
        broker_commit_interval=_COMMIT_SECONDS,
        broker_heartbeat_interval=max(0.2, timeout / 5),
        broker_rebalance_timeout=_REBALANCE_SECONDS,
        broker_session_timeout=timeout,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=instance_id or None,
        consumer_max_fetch_size=_MAX_FETCH_BYTES,
        cython_optimizations=True,
        datadir=Path(tempfile.gettempdir())
        / "punchstream-faust",  # Faust makes the folder, though nothing is kept in it
        key_serializer="raw",
        processing_guarantee="at_least_once",
        stream_buffer_maxsize=2 * buffer_records,
        stream_wait_empty=True,
        topic_allow_declare=False,
        topic_disable_leader=True,
        value_serializer="raw",
        web_enabled=False,
    )


def _credentials(settings: KafkaSettings) -> Any:
    context = tls_context(settings) if settings.security_protocol.endswith("SSL") else None
    if settings.security_protocol.startswith("SASL"):
        return faust.SASLCredentials(
            mechanism=settings.sasl_mechanism,
            username=settings.sasl_username,
            password=sasl_password(settings),
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context else None


async def run_app(app: faust.App, stop: asyncio.Event, started: asyncio.Event, watchdog: Watchdog) -> int:
    """Run until `stop` is set (returns 0), the app crashes or the watchdog gives up (returns 1, and says why).

    Our own loop and not faust.Worker: that one redirects output, changes the process title and opens a web server.
    """
    app.finalize()
    await app.start()
    started.set()
    stopped = asyncio.create_task(app.wait_until_stopped())
    asked = asyncio.create_task(stop.wait())
    watching = asyncio.create_task(watchdog.run())
    await asyncio.wait({stopped, asked, watching}, return_when=asyncio.FIRST_COMPLETED)
    crashed = app.crashed or app.should_stop or watching.done()
    if watching.done():
        log.error("%s", watching.exception())
    elif crashed:
        log.error("the Faust app ended: %r", app.crash_reason, exc_info=app.crash_reason)
    for task in (stopped, asked, watching):
        task.cancel()
    started.clear()
    try:
        await asyncio.wait_for(app.stop(), _STOP_SECONDS)
    except TimeoutError:
        log.warning("the Faust app did not stop within %.0f s; unfinished records will be read again", _STOP_SECONDS)
    return 1 if crashed else 0
