"""The load client against a server that answers badly: what it counts, and that a cut connection does not end it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from bench.load import Load, upload

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


async def _drive(replies: list[bytes], *, fresh: bool) -> tuple[Load, int]:
    """One connection against a server that answers with these in turn (b"" hangs up), for a moment."""
    connections = 0
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        serving.add(asyncio.current_task())
        try:
            while await reader.readuntil(b"\r\n\r\nbody"):
                reply = replies.pop(0) if len(replies) > 1 else replies[0]
                if not reply:
                    break
                for part in (reply[:20], reply[20:]):
                    writer.write(part)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    load = Load(server.sockets[0].getsockname()[:2], [upload("BENCH1", b"body", fresh=fresh)], fresh=fresh)
    await asyncio.to_thread(load.run, 0.3)
    counted = connections
    # Connections are accepted in turn: once this one is served, all before it are known in `serving`.
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    writer.write(b"POST / HTTP/1.1\r\n\r\nbody")
    await asyncio.wait_for(reader.read(1), 10)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    server.close()
    await server.wait_closed()
    # Until 3.12 the server does not wait for its connections; an unclosed one would be a warning in another test.
    await asyncio.wait_for(asyncio.gather(*(task for task in serving if task)), 10)
    return load, counted


@pytest.mark.parametrize("fresh", [False, True])
async def test_good_replies_are_counted_on_kept_or_on_new_connections(fresh: bool) -> None:
    load, connections = await _drive([GOOD], fresh=fresh)
    assert load.errors == 0
    assert len(load.milliseconds) > 10
    assert (connections >= len(load.milliseconds)) is fresh


async def test_a_refusal_and_a_cut_connection_are_errors_and_the_client_goes_on() -> None:
    refusal = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
    load, connections = await _drive([refusal, b"", GOOD], fresh=False)
    assert load.errors == 2
    assert connections == 2
    assert len(load.milliseconds) > 10
