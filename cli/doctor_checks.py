"""The checks of `punchstream doctor`, in the order in which a punch passes: edge, Kafka, registry, device, ClickHouse.

Each looks and changes nothing; one that cannot look says so and the next goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from cli.doctor_device import device_findings
from cli.doctor_edge import edge_findings
from cli.findings import Finding
from cli.main import is_ours
from runtime import topics
from runtime.device_view import DeviceView
from runtime.keyring import open_key_ring
from runtime.registry_view import RegistryView
from runtime.settings import Settings
from sinks.migrations import runner

_DEADLINE_SECONDS = 30.0


async def run_checks(settings: Settings, url: str, serial: str) -> list[Finding]:
    """All findings; `serial` in upper case, empty for none."""
    findings = await edge_findings(url, serial)
    findings += await _guarded("topics", lambda: _topics(settings))
    findings += await _guarded("keys", lambda: _keys(settings))
    findings += await _guarded("devices", lambda: _devices(settings, serial))
    findings += await _guarded("ClickHouse", lambda: _clickhouse(settings))
    return findings


async def _guarded(check: str, look: Callable[[], Awaitable[list[Finding]]]) -> list[Finding]:
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            return await look()
    except TimeoutError:
        return [Finding(check, "bad", f"no answer within {_DEADLINE_SECONDS:.0f} s")]
    except Exception as error:
        if not is_ours(error):
            raise
        return [Finding(check, "bad", str(error))]


async def _topics(settings: Settings) -> list[Finding]:
    wrong = [change for change in await topics.plan(settings.kafka) if change.action != "same"]
    if not wrong:
        return [Finding("Kafka", "good", f"{settings.kafka.bootstrap} answers, all topics are as they should be")]
    named = ", ".join(change.topic for change in wrong[:5])
    words = f"{len(wrong)} topics are missing or otherwise than they should be: {named}"
    return [Finding("Kafka", "bad", words, "punchstream topics plan shows it, topics apply repairs it")]


async def _keys(settings: Settings) -> list[Finding]:
    keys = open_key_ring(settings.keys)
    tenant = settings.ingest.default_tenant
    tenants = sorted({key_id.tenant for key_id in keys.ids()})
    if tenant not in tenants:
        words = f"tenant {tenant} (ingest.default_tenant) has no key; there are keys of {', '.join(tenants)}"
        advice = f"devices of a tenant without a key are told to send later: punchstream keys new --tenant {tenant}"
        return [Finding("keys", "warning", words, advice)]
    return [Finding("keys", "good", f"of {', '.join(tenants)}")]


async def _devices(settings: Settings, serial: str) -> list[Finding]:
    async with AsyncExitStack() as cleanup:
        registry, devices = RegistryView(settings.kafka), DeviceView(settings.kafka)
        for view in (registry, devices):
            cleanup.push_async_callback(view.stop)
        await asyncio.gather(registry.start(), devices.start())
        return device_findings(settings, registry, devices, serial, int(time.time() * 1000))


async def _clickhouse(settings: Settings) -> list[Finding]:
    url = settings.clickhouse.url
    steps = await asyncio.to_thread(runner.status, settings.clickhouse)
    missing = [step for step in steps if not step.applied]
    if missing:
        words = f"{url} answers, but {len(missing)} steps of its tables are missing"
        return [Finding("ClickHouse", "bad", words, "punchstream migrate apply")]
    return [Finding("ClickHouse", "good", f"{url} answers, its tables are up to date")]
