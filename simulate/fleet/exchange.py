"""Requests and replies over raw sockets, as cheap as asyncio allows: thousands of terminals share one process."""

import asyncio
from typing import NamedTuple, cast

from simulate.fleet.errors import ExchangeError

MAX_REPLY_BYTES = 64 * 1024
"""Above the 40 KB that the document allows for commands; more is not a reply."""


class Reply(NamedTuple):
    """Status and body of a reply."""

    status: int
    body: bytes


class Line:
    """A terminal's line to the server: one request at a time, each on a new connection or all on a kept one."""

    def __init__(self, address: tuple[str, int], keep_alive: bool) -> None:
        self._address = address
        self._keep_alive = keep_alive
        self._kept: _Connection | None = None
        self.head = b""

    async def exchange(self, request: bytes, timeout: float, most: int = MAX_REPLY_BYTES) -> Reply:
        """Send and wait for the reply, at most `timeout` seconds. Raises ExchangeError when there is no whole one of
        at most so many bytes. `head` is that of the last reply."""
        connection = self._kept if self._kept is not None and not self._kept.closed else None
        self._kept = None
        keep = False
        try:
            async with asyncio.timeout(timeout):
                if connection is None:
                    _, connection = await asyncio.get_running_loop().create_connection(_Connection, *self._address)
                reply = await connection.exchange(request, most)
                self.head = connection.head
                keep = self._keep_alive
        except (OSError, TimeoutError) as error:
            raise ExchangeError(f"no reply from {self._address}: {error!r}") from error
        finally:
            if connection is not None and not keep:
                connection.close()
        if keep:
            self._kept = connection
        return reply

    def close(self) -> None:
        """Hang up a kept connection."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None


class _Connection(asyncio.Protocol):
    """Reads replies as the firmware does (spec/zk-push.md T1, T13): status from the first line, `Content-Length:` in
    exactly this spelling, and without it everything until the server closes."""

    def __init__(self) -> None:
        self.closed = False
        self.head = b""
        self._most = MAX_REPLY_BYTES
        self._transport: asyncio.Transport | None = None
        self._reply: asyncio.Future[Reply] | None = None
        self._received = b""

    async def exchange(self, request: bytes, most: int) -> Reply:
        assert self._transport is not None  # create_connection has called connection_made
        self._most = most
        self._received = b""
        self._reply = asyncio.get_running_loop().create_future()
        if self.closed:
            raise ExchangeError("the server closed the connection")
        self._transport.write(request)
        return await self._reply

    def close(self) -> None:
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are of no asyncio class

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        if len(self._received) > self._most:
            self._fail(f"reply above {self._most} bytes")
            self.close()
        else:
            self._read(ended=False)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._read(ended=True)
        self._fail(f"closed before the reply was whole: {exc!r}")

    def _read(self, ended: bool) -> None:
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank or self._reply is None or self._reply.done():
            return
        status = head[9:12]
        if not head.startswith(b"HTTP/1.") or not status.isdigit():
            self._fail("reply is not HTTP")
            return
        self.head = head
        _, named, rest = head.partition(b"\r\nContent-Length:")
        length = rest.split(b"\r\n", 1)[0].strip()
        if named and length.isdigit():
            if len(body) >= int(length):
                self._reply.set_result(Reply(int(status), body[: int(length)]))
        elif ended:
            self._reply.set_result(Reply(int(status), body))

    def _fail(self, why: str) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(ExchangeError(why))
