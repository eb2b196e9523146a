"""Deliveries to a folder, an SFTP server and an HTTP server, all of them real: once, and safe to repeat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import asyncssh
import pytest
from aiohttp import web

from sinks.errors import DeliveryFailed, ExportRefused
from sinks.exports.delivery import Secrets, deliver
from sinks.exports.files import ExportFile, make_files
from sinks.exports.maps import read_map
from tests.unit.sinks.exports.periods import card, period

(FILE,) = make_files(period(card(reg=440)), read_map("adp"))
OTHER = replace(FILE, content=FILE.content + b"more")


async def _at_once(seconds: float) -> None:
    assert 0 < seconds < 60


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_folder_gets_it_once(tmp_path: Path) -> None:
    folder = tmp_path / "to" / "payroll"
    target = str(folder)
    first = await deliver(FILE, target, Secrets())
    again = await deliver(FILE, target, Secrets())
    assert (first.is_new, again.is_new, first.sha256) == (True, False, FILE.sha256)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {FILE.name: FILE.content}
    with pytest.raises(ExportRefused, match="never replaced"):
        await deliver(OTHER, target, Secrets())
    assert (folder / FILE.name).read_bytes() == FILE.content


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeliveryFailed, match=r"Not a directory|File exists"):
        await deliver(FILE, str(tmp_path / "file"), Secrets(), sleep=_at_once)


class _Server(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("payroll", "secret")


@asynccontextmanager
async def _sftp(folder: Path) -> AsyncIterator[tuple[str, Secrets]]:
    key = asyncssh.generate_private_key("ssh-ed25519")

    def into_folder(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(folder).encode())

    server = await asyncssh.create_server(_Server, "127.0.0.1", 0, server_host_keys=[key], sftp_factory=into_folder)
    port = server.sockets[0].getsockname()[1]
    known = folder.parent / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {key.export_public_key().decode()}")
    try:
        yield f"sftp://payroll@127.0.0.1:{port}/inbox", Secrets(known_hosts=known, password="secret")
    finally:
        server.close()
        await server.wait_closed()


async def test_an_sftp_server_gets_it_once(tmp_path: Path) -> None:
    inbox = tmp_path / "root" / "inbox"
    inbox.mkdir(parents=True)
    async with _sftp(tmp_path / "root") as (target, secrets):
        first = await deliver(FILE, target, secrets)
        again = await deliver(FILE, target, secrets)
        with pytest.raises(ExportRefused, match="never replaced"):
            await deliver(OTHER, target, secrets)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.place == f"{target}/{FILE.name}"
    assert {path.name: path.read_bytes() for path in inbox.iterdir()} == {FILE.name: FILE.content}


async def test_an_sftp_server_that_is_not_known_or_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "root" / "inbox").mkdir(parents=True)
    async with _sftp(tmp_path / "root") as (target, secrets):
        with pytest.raises(ExportRefused, match="known_hosts"):
            await deliver(FILE, target, replace(secrets, known_hosts=None))
        other_key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        (tmp_path / "others").write_text(f"[127.0.0.1]:{target.split(':')[2].split('/')[0]} {other_key}")
        with pytest.raises(ExportRefused, match=r"127\.0\.0\.1"):
            await deliver(FILE, target, replace(secrets, known_hosts=tmp_path / "others"))
        with pytest.raises(ExportRefused, match=r"127\.0\.0\.1"):
            await deliver(FILE, target, replace(secrets, password="wrong"))
        with pytest.raises(DeliveryFailed, match=r"127\.0\.0\.1"):
            await deliver(FILE, target.replace("inbox", "none"), secrets, sleep=_at_once)
    assert list((tmp_path / "root" / "inbox").iterdir()) == []


@dataclass
class _Receiver:
    """Answers with these statuses in turn, then 201."""

    statuses: list[int] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def put(self, request: web.Request) -> web.Response:
        self.keys.append(request.headers["Idempotency-Key"])
        self.tokens.append(request.headers.get("Authorization", ""))
        status = self.statuses.pop(0) if self.statuses else 201
        if 200 <= status < 300:
            self.bodies[request.path] = await request.read()
        return web.Response(status=status, text="receipt 17")


@asynccontextmanager
async def _http(receiver: _Receiver) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_put("/{name:.*}", receiver.put)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hours/"
    finally:
        await runner.cleanup()


async def test_an_http_receiver_gets_it_with_a_key_that_tells_repetitions() -> None:
    receiver = _Receiver([503, 429])
    async with _http(receiver) as target:
        receipt = await deliver(FILE, target, Secrets(token="t0k"), sleep=_at_once)
    assert (receipt.answer, receipt.place) == ("receipt 17", f"{target}{FILE.name}")
    assert receiver.bodies == {f"/hours/{FILE.name}": FILE.content}
    assert receiver.keys == [FILE.sha256] * 3
    assert set(receiver.tokens) == {"Bearer t0k"}


@pytest.mark.parametrize(("status", "error"), [(403, ExportRefused), (302, ExportRefused), (500, DeliveryFailed)])
async def test_a_refusal_is_told_and_one_that_may_pass_is_tried_four_times(status: int, error: type[Exception]) -> None:
    receiver = _Receiver([status] * 9)
    async with _http(receiver) as target:
        with pytest.raises(error, match=str(status)):
            await deliver(FILE, target, Secrets(), sleep=_at_once)
    assert len(receiver.keys) == (4 if error is DeliveryFailed else 1)
    assert receiver.bodies == {}


async def test_hours_do_not_travel_in_the_clear() -> None:
    with pytest.raises(ExportRefused, match="only https"):
        await deliver(FILE, "http://payroll.example/hours", Secrets())


@pytest.mark.parametrize("target", ["ftp://payroll.example/in", "SMB://host/share", "://x"])
async def test_addresses_of_other_kinds_are_no_folders(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ExportRefused, match="sftp:// or https://"):
        await deliver(FILE, target, Secrets())
    assert _names(tmp_path) == []


def test_a_file_is_what_its_hash_says() -> None:
    assert isinstance(FILE, ExportFile)
    assert FILE.sha256 != OTHER.sha256
