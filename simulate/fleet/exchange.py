"""Requests and replies over raw sockets, as cheap as asyncio allows: thousands of terminals share one process."""

import asyncio
from typing import NamedTuple

from simulate.fleet.errors import ExchangeError

MAX_REPLY_BYTES = 64 * 1024
"""Above the 40 KB that the document allows for commands; more is not a reply."""


class Reply(NamedTuple):
    """Status and body of a reply."""

    status: int
    body: bytes


class Line:
    """A terminal's line to the server: one request at a time, on a new connection or, with keep_alive, on a kept one."""

    def __init__(self, address: tuple[str, int], keep_alive: bool) -> None:
        self._address = address
        self._keep_alive = keep_alive
        self._kept: _Connection | None = None

    async def exchange(self, request: bytes, timeout: float) -> Reply:
        """Send and wait for the reply, at most `timeout` seconds. Raises ExchangeError when there is no whole one."""
        connection = self._kept
        self._kept = None
        try:
            async with asyncio.timeout(timeout):
                if connection is None or connection.closed:
                    connection = _Connection()
                    loop = asyncio.get_running_loop()
                    await loop.create_connection(lambda c=connection: c, *self._address)  # type: ignore[misc]
                reply = await connection.exchange(request)
        except (OSError, TimeoutError) as error:
            raise ExchangeError(f"no reply: {error!r}") from error
        finally:
            if connection is not None and not self._keep_alive:
                connection.close()
        if self._keep_alive:
            self._kept = connection
        return reply

    def close(self) -> None:
        """Hang up a kept connection."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None
