"""The control API end to end on a genuine Kafka: what it changes, the edge follows; everything is audited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from cli.kafka_reader import KafkaReader
from deploy.local.stack import LocalStack
from ingest.control.operations import Operations, open_operations
from ingest.control.server import ControlServer
from ingest.control.tokens import Grant, digest_of, new_secret, write_tokens
from runtime import topics
from runtime.keyring import open_key_ring
from runtime.objects import open_store
from runtime.person_keys import PersonId
from runtime.raw_bodies import seal_raw, store_raw
from runtime.registry_writer import compare_records, write_changes
from runtime.settings import Settings
from runtime.vault import Vault
from schemas.audit import AuditEvent
from schemas.codec import decode_event, encode_event
from schemas.commands import CommandEvent, CommandOutcome, CommandStep
from schemas.device_events import Person
from schemas.devices import DeviceState, DeviceStatus
from schemas.headers import RawHeaders
from schemas.registry import DevicePeriod, DeviceRecord, SitePeriod, SiteRecord
from tests.integration.helpers import producer, until
from tests.integration.ingest.running import body_of, edge_settings, running_edge, status_of
from tests.unit.ingest.control.samples import device_state, person

SITES = [SiteRecord(name, (SitePeriod(name=name, zone="Europe/Berlin"),)) for name in ("berlin", "paris")]


def served(serial: str, site: str = "berlin", **facts: Any) -> DeviceRecord:
    return DeviceRecord(serial, (DevicePeriod(site=site, tenant="default", zone="Europe/Berlin", **facts),))


@dataclass
class Control:
    """The API with a token for each kind of caller, and the operations behind it."""

    settings: Settings
    operations: Operations
    server: ControlServer
    secrets: dict[str, str]
    session: aiohttp.ClientSession

    async def ask(self, who: str, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.secrets[who]}"}
        url = f"http://127.0.0.1:{self.server.port}{path}"
        async with self.session.request(method, url, json=body, params=query, headers=headers) as answer:
            if answer.content_type == "application/json":
                return answer.status, await answer.json()
            return answer.status, await answer.read()

    async def audit(self) -> list[AuditEvent]:
        async with KafkaReader(self.settings.kafka) as reader:
            found = [decode_event(AuditEvent, record.value) async for record in reader.records("audit")]
        return sorted(found, key=lambda event: event.at)


@pytest.fixture
def settings(stack: LocalStack, topic_prefix: str, tmp_path: Path) -> Settings:
    write_tokens(tmp_path / "tokens.toml", {})  # the edge's own API starts before the test has its tokens
    return edge_settings(
        stack, topic_prefix, tmp_path, "ingest.unknown_devices=pending", "kafka.partitions=2",
        f"control.tokens_file={tmp_path / 'tokens.toml'}", "control.port=0", "control.allow_files=true",
        f"store.folder={tmp_path / 'objects'}",
    )  # fmt: skip


@asynccontextmanager
async def controlling(settings: Settings, *records: DeviceRecord) -> AsyncIterator[Control]:
    await topics.apply(settings.kafka)
    await write_changes(settings.kafka, compare_records([], [*SITES, *records]))
    roles: dict[str, tuple[Any, tuple[str, ...]]] = {
        "reader": ("read", ("*",)), "operator": ("operate", ("*",)), "admin": ("admin", ("*",)),
        "berliner": ("operate", ("berlin",)),
    }  # fmt: skip
    secrets = {name: new_secret() for name in roles}
    assert settings.control.tokens_file is not None
    write_tokens(
        settings.control.tokens_file,
        {
            name: Grant(sha256=digest_of(secrets[name]), role=role, tenant="default", sites=sites)
            for name, (role, sites) in roles.items()
        },
    )
    async with open_operations(settings) as operations, aiohttp.ClientSession() as session:
        server = ControlServer(settings, operations)
        await server.start()
        try:
            yield Control(settings, operations, server, secrets, session)
        finally:
            await server.stop()


async def put_states(settings: Settings, *states: DeviceState) -> None:
    async with producer(settings, "devices") as sender:
        for state in states:
            key = state.device.encode()
            await sender.send("devices", key, encode_event(state), partition_by=key)


async def put_people(settings: Settings, *people: Person) -> None:
    async with producer(settings, "people") as sender:
        for one in people:
            key = f"{one.device}+{one.pin}+{one.item}".encode()
            await sender.send("people", key, encode_event(one), partition_by=one.device.encode())


async def test_what_is_approved_the_edge_serves_and_what_is_replaced_no_longer(settings: Settings) -> None:
    async with running_edge(settings) as edge, controlling(settings) as control:
        handshake = b"GET /iclock/cdata?SN=box1&options=all HTTP/1.0\r\n\r\n"
        assert status_of(await edge.send(handshake)) == 403

        body = {"serials": ["box1"], "site": "berlin", "reason": "new door"}
        assert (await control.ask("reader", "POST", "/v1/devices/approve", body))[0] == 403
        status, answer = await control.ask("operator", "POST", "/v1/devices/approve", body)
        assert (status, answer) == (200, {"devices": [{"serial": "BOX1", "refusal": ""}]})

        async def is_served() -> bool:
            return b"GET OPTION FROM" in body_of(await edge.send(handshake))

        await until(is_served, "the edge serves what was approved")
        status, shown = await control.ask("reader", "GET", "/v1/devices/BOX1")
        assert (status, shown["device"]["site"], shown["device"]["zone"]) == (200, "berlin", "Europe/Berlin")
        again = await control.ask("operator", "POST", "/v1/devices/approve", body)
        assert "served already" in again[1]["devices"][0]["refusal"]

        status, done = await control.ask("operator", "POST", "/v1/devices/box1/replace", {"by": "box2"})
        assert (status, done) == (200, {"serial": "BOX1", "refusal": ""})

        async def is_out() -> bool:
            return status_of(await edge.send(handshake)) == 403

        await until(is_out, "the edge no longer serves what was replaced")
        assert b"GET OPTION" in await edge.send(handshake.replace(b"box1", b"box2"))
        _, new = await control.ask("reader", "GET", "/v1/devices/box2")
        assert (new["periods"][0]["replaces"], new["periods"][0]["valid_from"]) == ("BOX1", None)

        events = await control.audit()
        assert [(e.action, e.target, e.who, e.role, e.via, e.address, e.reason) for e in events] == [
            ("device.approve", "BOX1", "operator", "operate", "api", "127.0.0.1", "new door"),
            ("device.replace", "BOX1", "operator", "operate", "api", "127.0.0.1", ""),
        ]


async def test_a_token_sees_its_sites_and_nothing_else(settings: Settings) -> None:
    async with controlling(settings, served("A1"), served("P1", "paris")) as control:
        await put_states(settings, device_state("KNOCK", DeviceStatus.PENDING, edge="edge-7", ip="10.1.2.3"))

        async def known() -> bool:
            return bool((await control.ask("operator", "GET", "/v1/devices/pending"))[1]["items"])

        await until(known, "the pending device is known")
        _, page = await control.ask("berliner", "GET", "/v1/devices")
        assert [device["serial"] for device in page["items"]] == ["A1"]
        for path in ("/v1/devices/P1", "/v1/devices/P1/raw", "/v1/devices/P1/people", "/v1/devices/KNOCK"):
            assert (await control.ask("berliner", "GET", path))[0] == 404, path
        for path, body in (
            ("/v1/devices/P1/refuse", {}),
            ("/v1/devices/P1/retire", {}),
            ("/v1/devices/P1/replace", {"by": "X"}),
            ("/v1/devices/A1/replace", {"by": "P1"}),
            ("/v1/commands", {"devices": ["P1"], "name": "device.info"}),
            ("/v1/commands", {"site": "paris", "name": "device.info"}),
            ("/v1/people/copy", {"source": "A1", "to": ["P1"]}),
            ("/v1/devices/approve", {"serials": ["KNOCK"], "site": "berlin"}),
        ):
            assert (await control.ask("berliner", "POST", path, body))[0] == 404, path
        assert (await control.ask("berliner", "PATCH", "/v1/devices/A1", {"site": "paris"}))[0] == 403
        assert (await control.ask("berliner", "GET", "/v1/devices/pending"))[1]["items"] == []

        everywhere = {"edge": "edge-7", "network": "10.1.2.0/24", "site": "paris", "zone": "Europe/Paris"}
        status, answer = await control.ask("operator", "POST", "/v1/devices/approve", everywhere)
        assert (status, answer["devices"]) == (200, [{"serial": "KNOCK", "refusal": ""}])
        assert await control.audit() != []


@pytest.mark.parametrize("beside", [False, True], ids=["in its record", "in the object store"])
async def test_commands_from_request_to_answer(beside: bool, settings: Settings) -> None:
    async with controlling(settings, served("A1", tags=("gate",)), served("A2")) as control:
        order = {"tag": "gate", "name": "device.info", "reason": "look"}
        status, batch = await control.ask("operator", "POST", "/v1/commands", order)
        assert (status, [one["serial"] for one in batch["commands"]]) == (200, ["A1"])
        command_id = batch["commands"][0]["command_id"]
        _, listed = await control.ask("reader", "GET", "/v1/commands", device="A1")
        assert [(one["command_id"], one["status"], one["by"]) for one in listed["items"]] == [
            (command_id, "waiting", "operator")
        ]
        destroys = {"site": "berlin", "name": "log.clear"}
        status, refused = await control.ask("operator", "POST", "/v1/commands", destroys)
        assert (status, refused["error"]["code"]) == (409, "refused")
        status, ended = await control.ask("operator", "POST", f"/v1/commands/A1/{command_id}/cancel", {"reason": "no"})
        assert (status, ended["status"], ended["end_reason"]) == (200, "cancelled", "no")

        status, batch = await control.ask(
            "admin",
            "POST",
            "/v1/commands",
            {"devices": ["A1"], "name": "file.get", "arguments": {"path": "attlog.dat"}},
        )
        assert status == 200
        command_id = batch["commands"][0]["command_id"]
        assert (await control.ask("admin", "GET", f"/v1/commands/A1/{command_id}/answer"))[0] == 404
        await answer_with_file(settings, command_id, b"1\t2026-03-01 09:00:00\t0\t1\n\xff\x00", beside)

        async def answered() -> bool:
            return bool((await control.ask("reader", "GET", f"/v1/commands/A1/{command_id}"))[1]["has_stored_answer"])

        await until(answered, "the answer is known")
        for who, wanted in (("operator", 403), ("admin", 200)):
            status, content = await control.ask(who, "GET", f"/v1/commands/A1/{command_id}/answer", reason="audit")
            assert status == wanted
        assert content == b"1\t2026-03-01 09:00:00\t0\t1\n\xff\x00"
        assert [event.action for event in await control.audit()] == [
            "command.request", "command.cancel", "command.request", "command.answer",
        ]  # fmt: skip


async def answer_with_file(settings: Settings, command_id: str, content: bytes, beside: bool) -> None:
    """As an edge writes it: the body sealed in raw.results or `beside` it, a claim and the answer in the log."""
    body = (
        f"ID={command_id}\nSN=A1\nFILENAME=attlog.dat\nCMD=GetFile\nReturn={len(content)}\nContent=".encode() + content
    )
    sealer = open_key_ring(settings.keys).sealer("default")
    raw = RawHeaders("A1", "default", "DEVICECMD", 1, "edge-1", "r1", sealed=sealer.key_id)
    async with producer(settings, "raw.results", "commands") as sender:
        sealed = bytes(seal_raw(sealer, "raw.results", "A1", body))
        if beside:
            stored = await store_raw(await open_store(settings.store), sealer, "raw.results", "A1", body, 1)
            sealed, raw = b"", replace(raw, stored=stored.name, size=stored.size)
        place = await sender.send("raw.results", b"A1", sealed, partition_by=b"A1", headers=raw.encode())
        common: dict[str, Any] = {"tenant": "default", "device": "A1", "command_id": command_id, "by": "edge:1"}
        at = int(time.time() * 1000)
        for event in (
            CommandEvent(step=CommandStep.CLAIMED, at=at, request_id="c1", **common),
            CommandEvent(
                step=CommandStep.ANSWERED, at=at, outcome=CommandOutcome.DONE, return_code=len(content),
                stored=f"raw.results/{place.partition}/{place.offset}", **common,
            ),
        ):  # fmt: skip
            key = f"A1+{command_id}".encode()
            await sender.send("commands", key, encode_event(event), partition_by=b"A1")


async def test_people_are_copied_and_templates_only_between_equal_versions(settings: Settings) -> None:
    async with controlling(settings, served("A1"), served("A2"), served("A3")) as control:
        vault = Vault(await open_store(settings.store), open_key_ring(settings.keys))
        whose = PersonId.on_device("A1", "7")
        user = await vault.keep("user", "default", whose, b"USER PIN=7\tName=Ada\tPasswd=1234\tCard=[0100000000]")
        finger = await vault.keep("template", "default", whose, b"FP PIN=7\tFID=2\tSize=8\tValid=1\tTMP=QUJDREVG")
        await put_people(
            settings,
            person("A1", "7", "user", name="Ada", has_password=True, stored=user.name),
            person("A1", "7", "fingerprint/2", stored=finger.name),
            person("A1", "8", "user", name="Bo", rank=1),
            person("A1", "8", "user", deleted=True, rank=2),
        )
        await put_states(
            settings,
            device_state("A1", options={"FPVersion": "10"}),
            device_state("A2", options={"FPVersion": "10.0"}),
            device_state("A3", options={"FPVersion": "13"}),
        )

        async def known() -> bool:
            return (await control.ask("reader", "GET", "/v1/devices/A3"))[1]["state"] is not None

        await until(known, "the states are known")
        _, people = await control.ask("reader", "GET", "/v1/devices/A1/people")
        assert [(one["pin"], one["name"], one["items"]) for one in people["items"]] == [("7", "Ada", ["fingerprint/2"])]
        body = {"source": "A1", "to": ["A2", "A3"], "reason": "moves"}
        status, copied = await control.ask("operator", "POST", "/v1/people/copy", body)
        assert status == 200
        assert [(one["serial"], one["name"]) for one in copied["commands"]] == [
            ("A2", "user.update"), ("A2", "fingerprint.update"), ("A3", "user.update"),
        ]  # fmt: skip
        (refusal,) = copied["refused"]
        assert (refusal["serial"], refusal["item"]) == ("A3", "fingerprint/2")
        assert refusal["reason"] == "templates of fingerprint are of version 10 here and 13 there"
        _, commands = await control.ask("reader", "GET", "/v1/commands", batch=copied["batch"])
        told = str(commands) + str(copied) + str(await control.audit())
        assert not any(secret in told for secret in ("1234", "QUJDREVG", "0100000000"))

        forget = {"device": "A1", "pin": "007", "reason": "left us"}
        assert (await control.ask("operator", "POST", "/v1/people/forget", forget))[0] == 403
        assert await control.ask("admin", "POST", "/v1/people/forget", forget) == (200, {"destroyed": True})
        status, nothing = await control.ask("operator", "POST", "/v1/people/copy", body)
        assert (status, nothing["commands"]) == (200, [])
        assert {one["item"] for one in nothing["refused"]} == {"user", "fingerprint/2"}


async def test_the_last_requests_of_a_device_without_secrets(settings: Settings) -> None:
    async with running_edge(settings) as edge, controlling(settings, served("A1")) as control:

        async def is_served() -> bool:
            return status_of(await edge.post("A1", b"1\t2026-03-01 09:00:00\t0\t1\n")) == 200

        await until(is_served, "the edge knows the device")
        await edge.post("A1", b"USER PIN=1\tName=Ada\tPasswd=geheim\n", table="OPERLOG")
        await edge.post("A1", b"~DeviceName=X1,ComKey=geheim\n", table="options")
        status, tail = await control.ask("reader", "GET", "/v1/devices/a1/raw", count="50")
        assert status == 200
        shown = {one["table"]: one for one in tail["items"]}
        assert shown["ATTLOG"]["body"] == "1\t2026-03-01 09:00:00\t0\t1"
        assert (shown["OPERLOG"]["sealed"], shown["OPERLOG"]["body"]) == (True, "")
        assert shown["OPTIONS"]["body"] == "~DeviceName=X1"
        assert "geheim" not in str(tail)


async def test_the_port_is_freed_at_the_end(settings: Settings) -> None:
    async with controlling(settings) as control:
        port = control.server.port
        assert port
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    server.close()
    await server.wait_closed()
