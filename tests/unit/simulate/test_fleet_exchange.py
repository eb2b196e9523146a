"""One request, one reply, over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from simulate.fleet.errors import ExchangeError
from simulate.fleet.exchange import MAX_REPLY_BYTES, Line, Reply
from tests.unit.simulate.clocks import until

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[tuple[str, int]]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readline():
                await answer(writer)
        except ConnectionError:
            pass  # the terminal hung up
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()
    finally:
        listening.close()


def sends(*pieces: bytes, close: bool = False) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if close:
            writer.close()

    return answer


async def exchange(answer: Answer, timeout: float = 10) -> Reply:
    async with server(answer) as address:
        return await Line(address, keep_alive=False).exchange(b"hello\n", timeout)


async def test_a_reply_with_its_length() -> None:
    reply = await exchange(sends(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nOK: 1 and more"))
    assert reply == Reply(200, b"OK: 1")


async def test_a_reply_byte_by_byte() -> None:
    whole = b"HTTP/1.0 503 Busy\r\nServer: x\r\nContent-Length: 4\r\n\r\nwait"
    assert await exchange(sends(*(bytes([byte]) for byte in whole))) == Reply(503, b"wait")


async def test_without_a_length_the_end_is_the_close() -> None:
    assert await exchange(sends(b"HTTP/1.0 200 OK\r\n\r\nOK", b": 2\n", close=True)) == Reply(200, b"OK: 2\n")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (sends(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nOK", close=True), "closed before the reply was whole"),
        (sends(close=True), "closed before the reply was whole"),
        (sends(b"SMTP ready\r\n\r\n"), "reply is not HTTP"),
        (sends(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * (MAX_REPLY_BYTES + 1)), "reply above 65536 bytes"),
    ],
)
async def test_half_replies_are_errors(answer: Answer, why: str) -> None:
    with pytest.raises(ExchangeError, match=why):
        await exchange(answer)


async def test_a_silent_server_times_out() -> None:
    with pytest.raises(ExchangeError, match="TimeoutError"):
        await exchange(sends(), timeout=0.05)


async def test_nobody_listens() -> None:
    async with server(sends()) as address:
        pass
    with pytest.raises(ExchangeError, match="ConnectionRefusedError"):
        await Line(address, keep_alive=False).exchange(b"hello\n", 10)


async def test_a_kept_connection_is_used_again_and_replaced_when_closed() -> None:
    ports: list[int] = []

    async def answer(writer: asyncio.StreamWriter) -> None:
        ports.append(writer.get_extra_info("peername")[1])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")
        if len(ports) == 2:
            writer.close()

    async with server(answer) as address:
        line = Line(address, keep_alive=True)
        for _ in range(2):
            assert await line.exchange(b"hello\n", 10) == Reply(200, b"OK")
        await until(lambda: line._kept is None or line._kept.closed, "the server's close")
        assert await line.exchange(b"hello\n", 10) == Reply(200, b"OK")
        line.close()
    assert ports[0] == ports[1] != ports[2]
