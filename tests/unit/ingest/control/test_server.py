"""The control API's door: who comes in, what errors say, what they do not; without Kafka behind it."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from ingest.commands.errors import CommandNotStored, CommandRefused
from ingest.control import server as server_module
from ingest.control.api import ROUTES
from ingest.control.caller import Caller
from ingest.control.errors import ControlRefused, NotThere
from ingest.control.operations import Operations
from ingest.control.server import ControlServer
from ingest.control.tokens import Grant, digest_of, write_tokens
from runtime.errors import DeliveryFailed, Fatal, SettingsError
from runtime.sections import ControlSettings
from runtime.settings import Settings

SECRET = "geheim"
PATHS = [(route.method, re.sub(r"\{\w+\}", "1", route.path), route.role) for route in ROUTES]


@dataclass
class FakeList:
    """Raises what it is told to; keeps who asked."""

    error: Exception | None = None
    callers: list[Caller] = field(default_factory=list)

    def known(self, caller: Caller, **_: Any) -> list[Any]:
        self.callers.append(caller)
        if self.error:
            raise self.error
        return []


@dataclass
class FakeOperations:
    device_list: FakeList = field(default_factory=FakeList)

    async def prepare(self) -> None:
        pass

    async def close(self) -> None:
        pass


@dataclass
class Door:
    url: str
    operations: FakeOperations
    session: aiohttp.ClientSession

    async def ask(
        self, method: str, path: str, who: str = "", **options: Any
    ) -> tuple[int, dict[str, Any], aiohttp.ClientResponse]:
        headers = {"Authorization": f"Bearer {who}"} if who else {}
        async with self.session.request(method, self.url + path, headers=headers, **options) as answer:
            return answer.status, await answer.json(), answer


@asynccontextmanager
async def door(folder: Path) -> AsyncIterator[Door]:
    path = folder / "tokens.toml"
    write_tokens(
        path,
        {
            role: Grant.model_validate(
                {"sha256": digest_of(f"{role}-secret"), "role": role, "tenant": "acme", "sites": ["berlin"]}
            )
            for role in ("read", "operate", "admin")
        },
    )
    settings = Settings(control=ControlSettings(port=0, tokens_file=path))
    operations = FakeOperations()
    server = ControlServer(settings, cast(Operations, operations))
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Door(f"http://127.0.0.1:{server.port}", operations, session)
    finally:
        await server.stop()


async def test_every_route_asks_for_a_token_and_for_its_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_FAILURE_BURST", 1000.0)
    roles = ("read", "operate", "admin")
    async with door(tmp_path) as there:
        for method, path, role in PATHS:
            for who in ("", "wrong"):
                status, body, answer = await there.ask(method, path, who, data=b"no json")
                assert (status, body["error"]["code"]) == (401, "unauthorized"), path
                assert answer.headers["WWW-Authenticate"] == "Bearer"
            for low in roles[: roles.index(role)]:
                status, body, _ = await there.ask(method, path, f"{low}-secret", data=b"no json")
                assert (status, body["error"]["code"]) == (403, "forbidden"), path


async def test_the_caller_is_the_token(tmp_path: Path) -> None:
    async with door(tmp_path) as there:
        status, body, answer = await there.ask("GET", "/v1/devices", "operate-secret")
        assert (status, body) == (200, {"items": [], "next": ""})
        (caller,) = there.operations.device_list.callers
        assert (caller.operator.who, caller.operator.role, caller.operator.via) == ("operate", "operate", "api")
        assert (caller.operator.address, caller.tenant, caller.sites) == ("127.0.0.1", "acme", frozenset({"berlin"}))
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("error", "status", "code", "is_told"),
    [
        (NotThere("no device X"), 404, "not_found", True),
        (ControlRefused("it is served"), 409, "refused", True),
        (CommandRefused("say yes"), 409, "refused", True),
        (CommandNotStored("look first"), 503, "not_now", True),
        (DeliveryFailed("Kafka is away"), 503, "not_now", True),
        (TimeoutError(), 503, "not_now", False),
        (ValueError(f"at line 3: {SECRET}"), 500, "internal", False),
    ],
)
async def test_errors_are_plain_json_and_hold_no_secret(
    tmp_path: Path, error: Exception, status: int, code: str, is_told: bool
) -> None:
    async with door(tmp_path) as there:
        there.operations.device_list.error = error
        got, body, answer = await there.ask("GET", "/v1/devices", "read-secret")
        assert (got, body["error"]["code"]) == (status, code)
        assert body["error"]["request_id"] == answer.headers["X-Request-Id"]
        assert (str(error) in body["error"]["message"]) == is_told or not str(error)
        assert SECRET not in str(body)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "/v1/devices/approve", b"{", 400, "no JSON"),
        ("POST", "/v1/devices/approve", b"{}", 400, "site: Field required"),
        ("POST", "/v1/devices/approve", b'{"site": "s", "colour": "geheim"}', 400, "colour: Extra inputs"),
        ("POST", "/v1/commands", b'{"name": "x", "devices": ["a/b"]}', 400, "devices.0"),
        ("GET", "/v1/devices?limit=501", b"", 400, "limit"),
        ("GET", "/v1/devices?colour=red", b"", 400, "colour"),
        ("GET", "/v1/nothing", b"", 404, "Not Found"),
        ("DELETE", "/v1/devices", b"", 405, "Method Not Allowed"),
        ("POST", "/v1/commands", b"x" * (1024 * 1024 + 1), 413, "at most 1048576 bytes"),
    ],
)
async def test_requests_that_make_no_sense(
    tmp_path: Path, method: str, path: str, body: bytes, status: int, words: str
) -> None:
    async with door(tmp_path) as there:
        got, answer, _ = await there.ask(method, path, "admin-secret", data=io.BytesIO(body))
        assert got == status
        assert words in answer["error"]["message"]
        assert SECRET not in str(answer)


async def test_too_many_requests_and_too_many_wrong_tokens(tmp_path: Path) -> None:
    async with door(tmp_path) as there:
        statuses = [(await there.ask("GET", "/v1/devices", "read-secret"))[0] for _ in range(80)]
        assert statuses[:60] == [200] * 60
        assert 429 in statuses
        assert (await there.ask("GET", "/v1/devices", "admin-secret"))[0] == 200
        wrong = [(await there.ask("GET", "/v1/devices", f"wrong{n}"))[0] for n in range(30)]
        assert (wrong[0], wrong[-1]) == (401, 429)
        assert (await there.ask("GET", "/v1/devices", "admin-secret"))[0] == 200


async def test_the_document_is_there_for_everybody(tmp_path: Path) -> None:
    async with door(tmp_path) as there:
        status, document, _ = await there.ask("GET", "/openapi.json")
        assert (status, document["openapi"]) == (200, "3.1.0")


async def test_without_a_tokens_file_nothing_is_served_and_a_bad_one_stops_the_start(tmp_path: Path) -> None:
    operations = cast(Operations, FakeOperations())
    off = ControlServer(Settings(), operations)
    await off.start()
    assert off.port is None
    await off.stop()
    settings = Settings(control=ControlSettings(tokens_file=tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="cannot read"):
        await ControlServer(settings, operations).start()
    async with door(tmp_path) as there:
        taken = int(there.url.rpartition(":")[2])
        settings = Settings(control=ControlSettings(port=taken, tokens_file=tmp_path / "tokens.toml"))
        with pytest.raises(Fatal, match=f"cannot listen on 127.0.0.1:{taken} for the control API"):
            await ControlServer(settings, operations).start()
