"""A small server that takes all of PUSH from the fleet: keeps every request, answers by simple rules and overrides."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

OPTIONS = (
    "ErrorDelay=1\nDelay=1\nTransInterval=0\nRealtime=1\nTimeout=60\nServerVer=1\nTransFlag=1111111111\n"
    "ATTLOGStamp=a\nOPERLOGStamp=o\nATTPHOTOStamp=p\n"
)


@dataclass(frozen=True)
class Seen:
    """One request. query: its parameters, trimmed."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def name(self) -> str:
        return self.path.lower().removesuffix(".aspx").rsplit("/", 1)[-1]

    @property
    def lines(self) -> list[str]:
        return self.body.decode().replace("\r\n", "\n").removesuffix("\n").split("\n")


@dataclass
class WholeEdge:
    """commands: texts that go out with the next poll, with ids from 1. reply: (status, body) to override, or None."""

    options: str = OPTIONS
    commands: list[str] = field(default_factory=list)
    reply: Callable[[Seen], tuple[int, bytes] | None] = lambda _: None
    registered: bool = False
    seen: list[Seen] = field(default_factory=list)
    headers: str = ""
    url: str = ""
    _sent: int = 0

    def of(self, name: str, **query: str) -> list[Seen]:
        """Requests by endpoint and some of their parameters."""
        return [one for one in self.seen if one.name == name and query.items() <= one.query.items()]

    @property
    def results(self) -> list[bytes]:
        return [one.body for one in self.of("devicecmd")]

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["WholeEdge"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                line, *rows = head.decode().split("\r\n")
                headers = dict(row.split(": ", 1) for row in rows if row)
                body = await reader.readexactly(int(headers.get("Content-Length", 0)))
                method, rest = line.split(" ", 1)
                parts = urlsplit(rest.rsplit(" ", 1)[0])
                query = {k: v[0].strip() for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
                one = Seen(method, parts.path, query, headers, body)
                self.seen.append(one)
                status, text = self.reply(one) or (200, self._usual(one))
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Type: text/plain\r\n{self.headers}"
                    f"Content-Length: {len(text)}\r\n\r\n".encode()
                    + text
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the terminal hung up
        finally:
            writer.close()

    def _usual(self, one: Seen) -> bytes:
        if one.name == "cdata" and "options" in one.query:
            if one.query.get("DeviceType") == "acc":
                return b"registry=ok\nRegistryCode=c0de\nSessionID=s1\n" if self.registered else b"OK"
            return f"GET OPTION FROM: {one.query['SN']}\n{self.options}".encode()
        if one.name == "getrequest" and self.commands:
            lines = [f"C:{self._sent + number}:{text}\n" for number, text in enumerate(self.commands, 1)]
            self._sent += len(self.commands)
            self.commands.clear()
            return "".join(lines).encode()
        if one.name == "registry":
            self.registered = True
            return b"RegistryCode=c0de\n"
        if one.name == "push":
            return b"ServerVersion=1\nSessionID=s2\nErrorDelay=1\nRequestDelay=1\nTimeoutSec=10\n"
        if "tablename" in one.query:
            return f"{one.query['tablename']}={one.query['count']}".encode()
        return b"OK"
