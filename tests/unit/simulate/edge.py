"""A small server for the fleet to talk to: answers by a script and keeps its own record of what it accepted."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

Outcome = Literal["accept", "refuse", "close", "lose reply", "no ok", "created"]
Key = tuple[str, str, str]

OPTIONS = "ErrorDelay=30\nDelay=10\nTransInterval=0\nRealtime=1\nTimeout=60\nATTLOGStamp=0\n"


@dataclass
class Upload:
    """One body that arrived, whatever became of it."""

    serial: str
    rows: list[str]
    size: int
    outcome: Outcome
    at: float

    @property
    def keys(self) -> list[Key]:
        return [key_of(self.serial, row) for row in self.rows]


def key_of(serial: str, row: str) -> Key:
    """What makes a punch one punch, computed apart from the fleet's own code."""
    pin, time = row.split("\t")[:2]
    return serial.upper(), pin.strip().lstrip("0"), time.replace(" ", "T")


@dataclass
class Edge:
    """outcome decides each upload by its number, from 0. commands go out with the next poll of that serial."""

    outcome: Callable[[int], Outcome] = lambda _: "accept"
    options: str = OPTIONS
    handshake: str = "options"
    poll_replies: list[str] = field(default_factory=list)
    clock: Callable[[], float] = lambda: 0.0
    uploads: list[Upload] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    greeted: set[str] = field(default_factory=set)
    connections: int = 0
    url: str = ""

    @property
    def accepted(self) -> list[Key]:
        """Every row that was taken, in order of arrival, copies included."""
        return [key for upload in self.uploads if upload.outcome in ("accept", "lose reply") for key in upload.keys]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Edge"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=4096)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the terminal hung up
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        line, *fields = head.decode("ascii").split("\r\n")
        headers = dict(field.split(": ", 1) for field in fields if field)
        body = (await reader.readexactly(int(headers.get("Content-Length", 0)))).decode("ascii")
        method, rest = line.split(" ", 1)
        target, version = rest.rsplit(" ", 1)
        self.heads.append(head)
        self.targets.append(f"{method} {target}")
        self.times.append(self.clock())
        reply = self._reply(target, method, body)
        if reply is None:
            return False
        status, text = reply
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()
        )
        await writer.drain()
        return version == "HTTP/1.1" and headers["Connection"] == "keep-alive"

    def _reply(self, target: str, method: str, body: str) -> tuple[str, str] | None:
        parts = urlsplit(target)
        query = {name: values[0].strip() for name, values in parse_qs(parts.query).items()}
        name = unquote(parts.path).lower().removesuffix(".aspx").rsplit("/", 1)[-1]
        if name == "cdata" and method == "GET":
            if self.handshake != "options":
                return "200 OK", self.handshake
            self.greeted.add(query["SN"])
            return "200 OK", f"GET OPTION FROM: {query['SN']}\n{self.options}"
        if name == "cdata":
            assert query["table"] == "ATTLOG"
            return self._upload(query["SN"], body)
        if name == "getrequest":
            return "200 OK", self.poll_replies.pop(0) if self.poll_replies else "OK"
        assert name == "devicecmd"
        self.results.append(body)
        return "200 OK", "OK"

    def _upload(self, serial: str, body: str) -> tuple[str, str] | None:
        rows = body.replace("\r\n", "\n").removesuffix("\n").split("\n")
        outcome = self.outcome(len(self.uploads))
        self.uploads.append(Upload(serial, rows, len(body), outcome, self.clock()))
        if outcome in ("close", "lose reply"):
            return None
        return {
            "accept": ("200 OK", f"OK: {len(rows)}\n"),
            "refuse": ("503 Service Unavailable\r\nRetry-After: 1", ""),
            "no ok": ("200 OK", "ERROR\n"),
            "created": ("201 Created", "OK\n"),
        }[outcome]
