"""Reading a request body: raw bytes, bounded in size, time and memory (spec/zk-push.md 0.2, T8 to T11, T17)."""

from __future__ import annotations

import asyncio
import zlib
from typing import Final

from aiohttp import hdrs, web
from aiohttp.web_protocol import RequestPayloadError

from ingest.budget import Budget
from ingest.errors import Poison, Reason

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS


class BodyReader:
    def __init__(self, budget: Budget, *, max_bytes: int, timeout_seconds: float) -> None:
        self._budget = budget
        self._max_bytes = max_bytes
        self._timeout_seconds = timeout_seconds

    def read_complete(self, request: web.BaseRequest) -> bytes | None:
        """The body, if all of it came with its head, as it almost always does; else None, and `read` waits for it."""
        content = request.content
        if not content.is_eof() or content.exception() is not None:
            return None
        body = content.read_nowait()
        if len(body) > self._max_bytes:
            raise self._too_large(len(body))
        return self._plain(request, body)

    async def read(self, request: web.BaseRequest) -> bytes:
        """The body as the device sent it; one that a proxy compressed (gzip, deflate) is inflated.

        Raises Poison (413 too large, 408 too slow, 400 cut short or not inflatable) and Retriable (budget full).
        """
        announced = request.content_length
        if announced is not None and announced > self._max_bytes:
            raise self._too_large(announced)
        if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue" and request.version == (1, 1):
            transport = request.transport
            if transport is not None:
                transport.write(_CONTINUE)
        chunks: list[bytes] = []
        count = 0
        try:
            async with asyncio.timeout(self._timeout_seconds):
                while chunk := await request.content.readany():
                    # As it comes, not as announced: a slow sender holds what it has sent and no more.
                    self._budget.take(len(chunk))
                    count += len(chunk)
                    chunks.append(chunk)
                    if count > self._max_bytes:
                        raise self._too_large(count)
        except TimeoutError:
            raise Poison(
                Reason.BODY_TOO_SLOW, f"the body did not come within {self._timeout_seconds:g} s\n", status=408
            ) from None
        except (ConnectionError, RequestPayloadError):
            raise Poison(Reason.BODY_TRUNCATED, "the body is cut short\n") from None
        finally:
            self._budget.give_back(count)
        return self._plain(request, b"".join(chunks))

    def _plain(self, request: web.BaseRequest, body: bytes) -> bytes:
        encoding = request.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower()
        if encoding in ("", "identity"):
            return body
        if encoding not in ("gzip", "x-gzip", "deflate"):
            raise Poison(Reason.BODY_UNDECODABLE, "send the body without Content-Encoding, or with gzip or deflate\n")
        inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            plain = inflater.decompress(body, self._max_bytes + 1)
        except zlib.error:
            raise Poison(Reason.BODY_UNDECODABLE, f"the body is not {encoding}\n") from None
        if len(plain) > self._max_bytes:
            raise self._too_large(len(plain))
        if not inflater.eof:
            raise Poison(Reason.BODY_TRUNCATED, "the compressed body is cut short\n")
        if inflater.unused_data:
            raise Poison(Reason.BODY_UNDECODABLE, "the compressed body has bytes past its end\n")
        return plain

    def _too_large(self, count: int) -> Poison:
        return Poison(
            Reason.BODY_TOO_LARGE,
            f"the body has {count} bytes or more, at most {self._max_bytes} are taken\n",
            status=413,
        )
