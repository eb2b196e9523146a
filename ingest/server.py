"""The listening socket and its connections: how many there may be, how it drains."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage

from ingest.connection import Connection
from runtime.errors import Fatal
from runtime.sections import IngestSettings

log = logging.getLogger(__name__)

_BACKLOG = 4096
# How long a refused body is still read and thrown away: a connection that is closed with bytes unread is reset, and its
# device may never see the answer.
_LINGER_SECONDS = 1.0


class TerminalRequest(web.BaseRequest):
    """aiohttp's request without what nobody here asks: the addresses of both ends, TLS, the URL in parts.

    Looking up the addresses alone costs two system calls for every connection, and most terminals make a connection
    for every request.
    """

    def __init__(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> None:
        self._message = message
        self._payload = payload
        self._protocol = protocol
        self._payload_writer = writer
        self._task = task
        self._loop = task.get_loop()  # asked for when a file is sent
        self._headers = message.headers
        self._method = message.method
        self._version = message.version
        self._cache = {}


class EdgeServer(web.Server):
    """aiohttp's low-level server with our connections: no router, no middlewares, no access log.

    Bodies reach the handler as they came: inflating one is bounded and checked in `ingest.bodies`, because aiohttp's
    parser takes a compressed body that is cut short for an empty one.
    """

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], settings: IngestSettings):
        super().__init__(handler, request_factory=TerminalRequest)
        self._settings = settings
        self._listening: asyncio.Server | None = None
        self._listening_tls: asyncio.Server | None = None
        self.head_timeout_seconds = settings.head_timeout_seconds
        self.port = settings.port
        self.tls_port = 0

    def __call__(self) -> Connection:
        return Connection(
            self,
            loop=self._loop,
            keepalive_timeout=self._settings.idle_timeout_seconds,
            tcp_keepalive=False,  # the idle timeout ends dead connections sooner
            access_log=None,
            auto_decompress=False,
            lingering_time=_LINGER_SECONDS,
        )

    @property
    def connection_count(self) -> int:
        return len(self._connections)

    def has_room(self) -> bool:
        return len(self._connections) < self._settings.max_connections

    async def listen(self) -> None:
        """Raises Fatal naming the address when it cannot be had. Port 0 takes any; `port` then says which."""
        host, port = self._settings.host, self._settings.port
        try:
            self._listening = await self._loop.create_server(self, host, port, backlog=_BACKLOG)
        except OSError as error:
            raise Fatal(f"cannot listen for devices on {host}:{port}: {error.strerror or error}") from None
        self.port = self._listening.sockets[0].getsockname()[1]
        log.info("listening for devices on %s:%d", host, self.port)

    async def listen_tls(self, host: str, port: int, context: ssl.SSLContext) -> None:
        """The TLS listener beside it (errata Z16): the same connections behind a handshake. Raises Fatal."""
        try:
            self._listening_tls = await self._loop.create_server(
                self, host, port, ssl=context, ssl_handshake_timeout=self.head_timeout_seconds, backlog=_BACKLOG
            )
        except OSError as error:
            raise Fatal(f"cannot listen for devices on {host}:{port} (TLS): {error.strerror or error}") from None
        self.tls_port = self._listening_tls.sockets[0].getsockname()[1]
        log.info("listening for devices on %s:%d with TLS", host, self.tls_port)

    async def drain(self) -> None:
        """Accept nothing new, let requests in flight finish within the drain time, then close every connection."""
        for listening in (self._listening, self._listening_tls):
            if listening is not None:
                listening.close()
        self._listening = self._listening_tls = None
        await self.shutdown(self._settings.drain_seconds)
