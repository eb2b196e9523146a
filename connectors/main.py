"""The connectors as a process: what is started in which order, when it is ready, how it drains.

Order of the end: readiness fails, runs under way finish or are cancelled, the group is left, the producer is flushed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from random import Random, SystemRandom
from typing import Any, Final

from connectors.claims import Claims
from connectors.commands import CommandRunner
from connectors.emit import DERIVED_TOPICS, RAW_TOPICS, SHARED_TOPICS, SourceEmit
from connectors.health import Health, Told
from connectors.hints import TOPIC as HINTS
from connectors.hints import HintTail
from connectors.ownership import Membership
from connectors.runner import SourceRunner
from connectors.source import Tools, Views
from connectors.state import TOPIC as STATE
from connectors.state import GroupCommit, SourceState
from connectors.vendors import KnownSource, known_sources
from connectors.views import SharedTopic
from connectors.worker import Worker
from runtime.command_log import CommandLog
from runtime.command_view import CommandView
from runtime.errors import DeliveryFailed, ViewUnreadable
from runtime.keyed_state import KeyedState
from runtime.keyring import KeyRing, open_key_ring
from runtime.probe import ProbeServer
from runtime.producer import Producer
from runtime.settings import Settings

log = logging.getLogger(__name__)

_MAX_PENDING_BYTES: Final = 128 * 1024 * 1024
_ACK_SECONDS: Final = 30.0
_RECONNECT_SECONDS: Final = 2.0
_DRAIN_SECONDS: Final = 10.0
_SILENT_SECONDS: Final = 180.0
_CODES: Final = b"connectors: codes of door stations"


async def run(settings: Settings, stop: asyncio.Event, sources: Sequence[KnownSource] | None = None) -> int:
    """Poll until `stop` is set. `sources`: instead of those of the settings.

    Raises SettingsError, TopicMismatch, ViewUnreadable, StateUnreadable, StateFenced, StateUncertain, Fatal (ports, a
    source that does not end).
    """
    process = _Process(settings, known_sources(settings.connectors) if sources is None else sources)
    async with AsyncExitStack() as cleanup:
        await process.run(stop, cleanup)
    return 0


class _Process:
    """What the parts share. waiting_for: why it is not ready, in words."""

    def __init__(self, settings: Settings, sources: Sequence[KnownSource]) -> None:
        connectors = settings.connectors
        self._settings = settings
        self._sources = sources
        self._worker_id = connectors.instance_id or f"{socket.gethostname()}-{os.getpid()}"
        self._boot = secrets.token_hex(4)
        self._keys = open_key_ring(settings.keys)
        self._producer = Producer(
            settings.kafka, client_id="punchstream-connect", max_pending_bytes=_MAX_PENDING_BYTES,
            deadline_seconds=_ACK_SECONDS,
        )  # fmt: skip
        self._commands = CommandView(settings.kafka, client_id="punchstream-connect-commands")
        self._written = {topic: SharedTopic(settings.kafka, topic) for topic in SHARED_TOPICS}
        self._state = KeyedState(settings.kafka, STATE, client_id="punchstream-connect")
        self._group = GroupCommit(self._state)
        self._claims = Claims(
            self._commands, CommandLog(self._producer), self._keys, worker=self._worker_id, boot=self._boot
        )
        self._worker = Worker(
            sources, self._state, self._group, partition_of=self._partition_of, make_runner=self._make_runner
        )
        self._membership = Membership(
            settings.kafka, group=connectors.group, instance_id=connectors.instance_id,
            take_over=self._worker.take_over, let_go=self._worker.let_go,
        )  # fmt: skip
        self._waiting_for = "Kafka"

    async def run(self, stop: asyncio.Event, cleanup: AsyncExitStack) -> None:
        settings = self._settings
        probe = ProbeServer(settings.health_host, settings.connectors.health_port, ready=self._trouble, live=self._dead)
        await probe.start()
        cleanup.push_async_callback(probe.stop)
        if not await self._connect(stop):
            return
        cleanup.push_async_callback(self._producer.stop)
        await self._producer.prepare(*RAW_TOPICS, *DERIVED_TOPICS, STATE, HINTS)
        for name, view in self._views().items():
            self._waiting_for = f"the topic {name}"
            await view.start()
            cleanup.push_async_callback(view.stop)
        hints = HintTail(settings.kafka, self._producer.partition_count(HINTS), self._worker.hinted)
        cleanup.push_async_callback(hints.stop)
        await hints.start()
        self._worker.bind_gauges(time.time)
        if not self._sources:
            log.warning("the settings name no server and no station (connectors.biotime, connectors.akuvox)")
        cleanup.push_async_callback(self._state.stop)
        await self._poll(stop, hints)

    async def _poll(self, stop: asyncio.Event, hints: HintTail) -> None:
        """Until the stop, or until something fails: raises it."""
        self._waiting_for = ""
        try:
            await self._membership.start()
            await _until(stop, self._keep_membership(), self._worker.watch(), hints.run())
            log.info("draining %d sources", len(self._worker.runners))
        finally:
            self._waiting_for = "runs under way to finish; then the process ends"
            try:
                await self._worker.end(_DRAIN_SECONDS if stop.is_set() else 0.0)
            finally:
                await self._membership.stop()

    async def _keep_membership(self) -> None:
        while True:
            await self._membership.poll()
            for view in self._views().values():
                if view.failed:
                    raise ViewUnreadable(view.failed)

    async def _connect(self, stop: asyncio.Event) -> bool:
        """Kafka may come up after us; False when `stop` came first."""
        while not stop.is_set():
            try:
                await self._producer.start()
            except DeliveryFailed as error:
                log.warning("%s; trying again in %g s", error, _RECONNECT_SECONDS)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _RECONNECT_SECONDS)
            else:
                return True
        return False

    def _views(self) -> dict[str, CommandView | SharedTopic]:
        """By topic."""
        return {"commands": self._commands, **self._written}

    def _partition_of(self, key: str) -> int:
        return self._producer.partition(STATE, key.encode())

    def _make_runner(self, source: KnownSource, partition: int) -> SourceRunner:
        state = SourceState(self._group, partition, source.key)
        health = Health((), worker=self._worker_id, now=time.time())
        tools = Tools(
            key=source.key,
            tenant=source.tenant,
            emit=SourceEmit(
                self._producer, self._keys, self._written, source=source.key, tenant=source.tenant,
                worker=self._worker_id, clock=time.time,
            ),
            state=state,
            tell=Told(health, time.time),
            clock=time.time,
            monotonic=time.monotonic,
            random=Random(SystemRandom().getrandbits(64)),
            secret=partial(_secret, self._keys, source.tenant),
            views=Views(**self._written),
        )  # fmt: skip
        commands = CommandRunner(source.key, state, self._claims)
        return SourceRunner(source.make, tools, health, commands, worker=self._worker_id)

    def _trouble(self) -> str:
        if self._waiting_for:
            return f"waiting for {self._waiting_for}"
        return self._state.trouble or self._membership.trouble

    def _dead(self) -> str:
        silent = time.monotonic() - self._membership.polled_at
        return f"Kafka was not polled for {silent:.0f} s" if silent > _SILENT_SECONDS else ""


def _secret(keys: KeyRing, tenant: str) -> bytes:
    """For keyed hashes of codes. Raises KeyMissing."""
    return keys.sealer(tenant).digest(_CODES)


async def _until(stop: asyncio.Event, *loops: Coroutine[Any, Any, None]) -> None:
    """Until the stop or the first failure, which is raised; the loops are cancelled then."""
    tasks = [asyncio.create_task(loop) for loop in loops]
    stopped = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for each in (stopped, *tasks):
            each.cancel()
        await asyncio.wait([stopped, *tasks])
