"""Commands to a simulated server and station on a genuine Kafka, from the operator's request to the outcome: done once,
whatever is lost on the way."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import connectors.claims
import connectors.commands
import schemas.command_state
from cli.kafka_reader import KafkaReader
from connectors.vendors import known_sources
from deploy.local.stack import LocalStack
from ingest.commands.errors import CommandRefused
from ingest.commands.orders import Operator
from ingest.control.caller import Caller
from ingest.control.models import Command, Ordered
from ingest.control.operations import Operations, open_operations
from ingest.control.orders import Targets
from runtime import topics
from runtime.connector_sections import ConnectorSettings
from runtime.key_files import new_key
from runtime.settings import Settings
from schemas.audit import AuditEvent
from schemas.codec import decode_event
from simulate.akuvox.gate import Auth
from simulate.akuvox.run import AkuvoxStations
from simulate.akuvox.settings import AkuvoxSettings
from simulate.akuvox.station import Station
from simulate.biotime.server import BioTimeServer
from simulate.biotime.settings import BioTimeSettings
from simulate.biotime.troubles import Trouble
from tests.integration.connectors.support import worker
from tests.integration.helpers import make_settings, until

ANNA = Caller(Operator("anna", "admin", "cli"))
HQ = "biotime:hq"
CREATE = "biotime.employee.create"
NEW: dict[str, str | int] = {"emp_code": "0777", "department": "2", "area": "2,3", "device_password": "4321"}
EMPLOYEES = "/personnel/api/employees/"
# Lowers the waiting between two claims for this process; the killed worker's has the real one.
SHORT_LEASE_MS = 4_000


@dataclass
class Site:
    """A server, a station, and settings that know both."""

    settings: Settings
    server: BioTimeServer
    station: Station

    @property
    def gate(self) -> str:
        return f"akuvox:{self.station.mac}"

    @property
    def ada(self) -> list[dict[str, Any]]:
        return [one for one in self.server.world.people.employees.values() if one["emp_code"] == "0777"]

    def allowing(self, *names: str) -> Settings:
        connectors = self.settings.connectors.model_copy(update={"allow": names})
        return self.settings.model_copy(update={"connectors": connectors})


@pytest.fixture
async def site(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Site]:
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    new_key(keys, "demo")
    (tmp_path / "password").write_text("secret")
    server_settings = BioTimeSettings(ledger=tmp_path / "server", terminals=2, employees=10)
    station_settings = AkuvoxSettings(ledger=tmp_path / "station", stations=1, rate=0.0, auth=Auth(mode="none"))
    async with BioTimeServer(server_settings) as server, AkuvoxStations(station_settings) as stations:
        common = {"zone": "Asia/Dubai", "tenant": "demo", "site": "hq", "readers": []}
        entries = {
            "biotime": [
                {"name": "hq", "url": server.url, "username": "admin", "password_file": tmp_path / "password", **common}
            ],
            "akuvox": [{"mac": stations[0].mac, "url": stations[0].url, "auth": "none", **common}],
        }
        settings = make_settings(stack, topic_prefix, "connectors.health_port=0", f"keys.folder={keys}")
        await topics.apply(settings.kafka)
        found = ConnectorSettings.model_validate({**settings.connectors.model_dump(), **entries})
        yield Site(settings.model_copy(update={"connectors": found}), server, stations[0])


@pytest.fixture
def short_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas.command_state, "RESEND_AFTER_MS", SHORT_LEASE_MS)
    monkeypatch.setattr(connectors.claims, "RESEND_AFTER_MS", SHORT_LEASE_MS)
    monkeypatch.setattr(connectors.commands, "EXECUTE_SECONDS", 2.0)
    monkeypatch.setattr(connectors.commands, "_MARGIN_SECONDS", 0.5)


async def ask(operations: Operations, device: str, name: str, /, **more: Any) -> Ordered:
    arguments = more.pop("arguments", NEW if name == CREATE else {})
    batch = await operations.orders.request(ANNA, Targets((device,)), name, arguments, **more)
    (ordered,) = batch.commands
    assert ordered.refusal == ""
    return ordered


async def ended(operations: Operations, ordered: Ordered, seconds: float = 60) -> Command:
    def has_ended() -> bool:
        """Another process may have asked for it: it is not known here at once."""
        found = operations.orders.known(ANNA, device=ordered.serial)
        ends = {one.command_id: one.status for one in found}
        return ends.get(ordered.command_id) in ("done", "failed", "expired")

    await until(has_ended, f"{ordered.name} has ended", seconds)
    return operations.orders.show(ANNA, ordered.serial, ordered.command_id)


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[Operations]:
    """A worker, and the operator's operations."""
    async with AsyncExitStack() as running:
        operations = await running.enter_async_context(open_operations(settings))
        _ = await running.enter_async_context(worker(settings, list(known_sources(settings.connectors))))
        yield operations


async def test_a_lost_answer_and_a_known_key_make_one_person(site: Site) -> None:
    site.server.control.add_trouble(Trouble("drop_after", EMPLOYEES, "POST", times=1))
    async with at_work(site.settings) as operations:
        first = await ask(operations, HQ, CREATE, key="hr-7")
        command = await ended(operations, first)
        assert (command.status, command.meaning) == ("done", "done: no answer came, it was read back")
        async with open_operations(site.settings) as others:  # another process, the same key
            again = await ask(others, HQ, CREATE, key="hr-7")
            assert (again.command_id, again.earlier) == (first.command_id, True)
        third = await ended(operations, await ask(operations, HQ, CREATE))
        assert (third.status, "HTTP 400" in third.meaning) == ("failed", True)
        assert "4321" not in command.model_dump_json() + third.model_dump_json()
    assert len(site.ada) == 1
    posts = [one for one in site.server.world.people.employees.values() if one["device_password"] == "4321"]
    assert posts == site.ada


async def test_the_heir_of_a_killed_worker_reads_back(site: Site, tmp_path: Path, short_lease: None) -> None:
    """It is killed when the server has done what it asked for, before the answer leaves."""
    people = site.server.world.people
    create = people.create
    file = tmp_path / "settings.json"
    file.write_text(site.settings.connectors.model_dump_json())
    async with open_operations(site.settings) as operations:
        ordered = await ask(operations, HQ, CREATE)
        killed = await start_worker(site.settings, file)

        def create_and_kill(body: dict[str, Any]) -> dict[str, Any]:
            made = create(body)
            killed.kill()
            return made

        people.create = create_and_kill  # type: ignore[method-assign]  # the moment between doing and answering
        try:
            assert await asyncio.wait_for(killed.wait(), 60) == -signal.SIGKILL
        finally:
            people.create = create  # type: ignore[method-assign]  # put back
            if killed.returncode is None:
                killed.kill()
                await killed.wait()
        assert len(site.ada) == 1
        async with worker(site.settings, list(known_sources(site.settings.connectors))):
            command = await ended(operations, ordered, 90)
    assert command.status == "done"
    assert command.meaning.startswith("was done already")
    assert command.sends == 2
    assert len(site.ada) == 1


async def test_dangerous_ones_need_the_setting_at_both_ends_and_are_audited(site: Site) -> None:
    clear: dict[str, Any] = {"arguments": {"sns": "BTS0001000001"}, "yes": True, "reason": "moved"}
    name = "biotime.terminal.clear_capture"
    async with at_work(site.settings) as operations:
        with pytest.raises(CommandRefused, match=r"connectors\.allow"):
            await ask(operations, HQ, name, **clear)
        async with open_operations(site.allowing(name)) as edge:  # its settings differ from the worker's
            command = await ended(operations, await ask(edge, HQ, name, **clear))
            assert command.status == "failed"
            assert "connectors.allow does not name it" in command.meaning
    assert not site.server.control.status()["requests"].get("/iclock/api/terminals/clear_capture/")
    async with at_work(site.allowing(name)) as operations:
        with pytest.raises(CommandRefused, match="--yes"):
            await ask(operations, HQ, name, **{**clear, "yes": False})
        command = await ended(operations, await ask(operations, HQ, name, **clear))
        assert (command.status, command.answer) == ("done", '{"queued":1}')
    async with KafkaReader(site.settings.kafka) as reader:
        audit = [decode_event(AuditEvent, record.value) async for record in reader.records("audit")]
    assert [(one.who, one.target, one.reason, one.details["effect"]) for one in audit] == [
        ("anna", HQ, "moved", "dangerous")
    ] * 2


async def test_a_relay_is_never_triggered_twice(site: Site, short_lease: None) -> None:
    writes: list[str] = []
    told = site.station.happened

    def happened(what: str, detail: str) -> None:
        told(what, detail)
        if what == "write":
            writes.append(detail)

    site.station.happened = happened  # type: ignore[method-assign]  # seen as it happens
    site.station.quirks = replace(site.station.quirks, drop_after_write=1.0)
    name = "akuvox.relay.trig"
    visitor: dict[str, Any] = {"arguments": {"num": 1}, "yes": True, "reason": "visitor"}
    async with at_work(site.allowing(name)) as operations:
        command = await ended(operations, await ask(operations, site.gate, name, **visitor))
        assert command.status == "failed"
        assert command.meaning.startswith("unknown whether it was done")
        assert (command.sends, command.summary) == (1, "akuvox.relay.trig num=1")
    assert writes == ["relay/trig done unanswered"]


async def start_worker(settings: Settings, connectors_file: Path) -> asyncio.subprocess.Process:
    """`connect` in a process of its own."""
    overrides = {
        "kafka.bootstrap": settings.kafka.bootstrap,
        "kafka.topic_prefix": settings.kafka.topic_prefix,
        "kafka.session_timeout_seconds": "6",
        "keys.folder": str(settings.keys.folder),
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.connectors.source_worker", str(connectors_file),
        json.dumps([f"{name}={value}" for name, value in overrides.items()]),
    )  # fmt: skip
