"""A TCP proxy before ClickHouse that can be cut: refuse connections, or lose the answer to what was sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit


class Proxy:
    """`cut` closes what is open and lets nothing through; `lose_answers` forwards the next so many requests that carry
    an insert and closes the connection instead of passing the answer on."""

    def __init__(self, target: str) -> None:
        url = urlsplit(target)
        self._host, self._port = url.hostname or "", url.port or 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.cut = False
        self.lose_answers = 0
        self.lost = 0
        self.refused = 0
        self.url = ""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if self.cut:
                self.refused += 1
                return
            up_reader, up_writer = await asyncio.open_connection(self._host, self._port)
            inserting = asyncio.Event()
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._requests(reader, up_writer, inserting))
                    group.create_task(self._answers(up_reader, writer, inserting))
            finally:
                up_writer.close()
        except* ConnectionError:
            pass  # what a cut connection looks like from here
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, inserting: asyncio.Event
    ) -> None:
        while data := await reader.read(65536):
            if self.cut:
                raise ConnectionResetError
            if b"insert_deduplication_token" in data and self.lose_answers > 0:
                self.lose_answers -= 1
                inserting.set()
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError

    async def _answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, inserting: asyncio.Event
    ) -> None:
        while data := await reader.read(65536):
            if inserting.is_set() or self.cut:
                self.lost += 1
                raise ConnectionResetError
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError


@asynccontextmanager
async def proxied(target: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(target)
    await proxy.start()
    try:
        yield proxy
    finally:
        with suppress(asyncio.CancelledError):
            await proxy.stop()
