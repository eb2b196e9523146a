"""Answers as devices read them: 200 exactly for "accepted", text/plain, Content-Length, Date, small, never compressed.

Sources: spec/zk-push.md 0.3 and T13 (firmware matches `Content-Length:`, `Date:`, `text/plain` letter for letter).
"""

from __future__ import annotations

import time
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from ingest.errors import Reason
from ingest.metrics import REFUSALS

RETRY_AFTER_SECONDS: Final = 30

_Head = tuple[int, bool, bool]


class _Heads:
    """Everything of an answer before its length; made anew every second, since firmware sets its clock by `Date`."""

    def __init__(self) -> None:
        self._second = 0
        self._heads: dict[_Head, bytes] = {}

    def get(self, status: int, http_1_1: bool, keep_alive: bool) -> bytes:
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._heads.clear()
        head = self._heads.get((status, http_1_1, keep_alive))
        if head is None:
            head = self._heads[status, http_1_1, keep_alive] = self._make(status, http_1_1, keep_alive)
        return head

    def _make(self, status: int, http_1_1: bool, keep_alive: bool) -> bytes:
        lines = [
            f"HTTP/1.{int(http_1_1)} {status} {HTTPStatus(status).phrase}",
            "Content-Type: text/plain",
            f"Date: {formatdate(self._second, usegmt=True)}",
        ]
        if not keep_alive:
            lines.append("Connection: close")
        elif not http_1_1:
            lines.append("Connection: keep-alive")
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            lines.append(f"Retry-After: {RETRY_AFTER_SECONDS}")
        return "\r\n".join([*lines, "Content-Length: "]).encode("ascii")


_HEADS = _Heads()


def answer_bytes(status: int, body: bytes, *, http_1_1: bool, keep_alive: bool) -> bytes:
    return b"%b%d\r\n\r\n%b" % (_HEADS.get(status, http_1_1, keep_alive), len(body), body)


class Answer(web.StreamResponse):
    """A whole answer in one write.

    aiohttp calls `prepare`, `write_eof` and `keep_alive` and nothing else. What its own Response does beside that
    (header maps, cookies, compression) costs a fifth of a request and is never wanted here, so nothing of it is set up.
    """

    def __init__(self, status: int, body: bytes, *, close: bool = False) -> None:
        self._status = status
        self.content = body
        self._close = close

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        connection = request.protocol
        transport = connection.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the device has gone")
        if connection.writing_paused:
            # Dozens of KiB of short answers unread: that is no terminal, and must not hold memory.
            REFUSALS[Reason.ANSWERS_UNREAD].inc()
            transport.abort()
            raise ConnectionResetError("the device does not read its answers")
        self._keep_alive = keep_alive = request.keep_alive and not self._close
        http_1_1 = request.version == (1, 1)
        transport.write(answer_bytes(self._status, self.content, http_1_1=http_1_1, keep_alive=keep_alive))
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Everything was written by `prepare`."""
