"""Files over a real socket: to the device that an open command names them to, whole or in ranges; nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from ingest.answers import Answer
from ingest.commands.files import DeviceFiles
from ingest.errors import Refused
from ingest.server import EdgeServer
from runtime.sections import IngestSettings
from tests.unit.ingest.commands.stand_ins import MemoryKafka, MemoryView, TestEdge, request
from tests.unit.ingest.stand_ins import KEYS, body_of, status_of

CONTENT = bytes(range(256)) * 2000
PUT = b"PutFile http://edge:8080/iclock/file?SN=SN1&url=fw/Main.tgz /mnt/mtdblock"
Get = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "fw").mkdir(parents=True)
    (folder / "fw" / "Main.tgz").write_bytes(CONTENT)
    (folder / "fw" / "other.tgz").write_bytes(b"other")
    (tmp_path / "secret").write_bytes(b"secret")
    return folder


@asynccontextmanager
async def serving(view: MemoryView, folder: Path | None) -> AsyncIterator[Get]:
    files = DeviceFiles(view=view, keys=KEYS, folder=folder)

    async def handle(incoming: web.BaseRequest) -> web.StreamResponse:
        serial = incoming.headers.get("X-Serial", "SN1")
        exchange = SimpleNamespace(request=incoming, device=SimpleNamespace(serial=serial))
        try:
            return await files.serve_file(cast(Any, exchange))
        except Refused as refused:
            return Answer(refused.status, refused.text.encode())

    server = EdgeServer(handle, IngestSettings(host="127.0.0.1", port=0))
    await server.listen()

    async def get(target: str, *headers: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        lines = [f"GET {target} HTTP/1.1", "Host: e", "Connection: close", *headers, "", ""]
        writer.write("\r\n".join(lines).encode())
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return answer

    try:
        yield get
    finally:
        await server.drain()


def with_put(text: bytes = PUT) -> TestEdge:
    edge = TestEdge(MemoryKafka())
    request(edge.kafka, "7", text, name="file.put", max_sends=1)
    edge.view.read_all()
    return edge


@pytest.mark.parametrize(
    "target",
    [
        "/iclock/file?SN=SN1&url=fw/Main.tgz",
        "/iclock/file?SN=SN1&url=http://edge:8080/iclock/file?SN=SN1%26url=fw/Main.tgz",
        "/iclock/file/fw/Main.tgz?SN=SN1",
        "/ICLOCK/FILE/FW/MAIN.TGZ?SN=SN1",
        "/iclock/FileName=fw/Main.tgz?SN=SN1",
    ],
)
async def test_the_file_of_an_open_command_in_every_form(folder: Path, target: str) -> None:
    async with serving(with_put().view, folder) as get:
        answer = await get(target)
        assert status_of(answer) == 200
        assert body_of(answer) == CONTENT
        assert f"Content-Length: {len(CONTENT)}\r\n".encode() in answer
        assert len(answer.partition(b"\r\n\r\n")[0]) < 2048


@pytest.mark.parametrize(
    ("header", "status", "part"),
    [
        ("bytes=0-99", 206, CONTENT[:100]),
        ("bytes=500000-", 206, CONTENT[500_000:]),
        ("bytes=-10", 206, CONTENT[-10:]),
        ("bytes=9000000-", 416, b""),
    ],
)
async def test_ranges(folder: Path, header: str, status: int, part: bytes) -> None:
    async with serving(with_put().view, folder) as get:
        answer = await get("/iclock/file?SN=SN1&url=fw/Main.tgz", f"Range: {header}")
        assert status_of(answer) == status
        if part:
            assert body_of(answer) == part


@pytest.mark.parametrize(
    ("text", "target", "serial"),
    [
        (PUT, "/iclock/file?SN=SN1&url=fw/other.tgz", "SN1"),
        (PUT, "/iclock/file?SN=SN2&url=fw/Main.tgz", "SN2"),
        (PUT, "/iclock/file?SN=SN1&url=../secret", "SN1"),
        (PUT, "/iclock/file?SN=SN1", "SN1"),
        (b"PutFile file?SN=SN1&url=../secret", "/iclock/file?SN=SN1&url=../secret", "SN1"),
        (b"PutFile file?SN=SN1&url=fw", "/iclock/file?SN=SN1&url=fw", "SN1"),
        (b"PutFile file?SN=SN1&url=gone", "/iclock/file?SN=SN1&url=gone", "SN1"),
    ],
)
async def test_everything_else_is_not_there(folder: Path, text: bytes, target: str, serial: str) -> None:
    async with serving(with_put(text).view, folder) as get:
        answer = await get(target, f"X-Serial: {serial}")
        assert status_of(answer) == 404
        assert b"secret" not in body_of(answer)


async def test_not_any_more_once_the_command_has_ended(folder: Path) -> None:
    edge = with_put()
    await edge.poll()
    async with serving(edge.view, folder) as get:
        assert status_of(await get("/iclock/file?SN=SN1&url=fw/Main.tgz")) == 200
        await edge.result(b"ID=7&Return=512000&CMD=PutFile\n")
        edge.view.read_all()
        assert status_of(await get("/iclock/file?SN=SN1&url=fw/Main.tgz")) == 404


async def test_without_a_folder_there_are_no_files(folder: Path) -> None:
    async with serving(with_put().view, None) as get:
        assert status_of(await get("/iclock/file?SN=SN1&url=fw/Main.tgz")) == 404


async def test_firmware_of_an_upgrade(folder: Path) -> None:
    edge = TestEdge(MemoryKafka())
    line = b"UPGRADE type=1,checksum=0123,size=5,url=http://edge/iclock/file?SN=SN1&url=fw/other.tgz"
    request(edge.kafka, "7", line, name="firmware.upgrade", max_sends=1)
    edge.view.read_all()
    async with serving(edge.view, folder) as get:
        assert body_of(await get("/iclock/file?SN=SN1&url=fw/other.tgz")) == b"other"
