"""One connection of a device: bytes are repaired ahead of aiohttp's parser; slow and broken ones end here.

Source: spec/zk-push.md 0.1 and 3.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from ingest import metrics
from ingest.answers import Answer, answer_bytes
from ingest.errors import Reason
from ingest.throttle import Throttle
from wire.zkpush.errors import RequestRefused
from wire.zkpush.request_bytes import RequestNormalizer

if TYPE_CHECKING:
    from ingest.server import EdgeServer

log = logging.getLogger(__name__)

# No request starts like this, so the parser refuses it, behind all good requests that came before.
_NO_REQUEST: Final = b"\0\r\n\r\n"
_BUSY: Final = b"too many connections, come again later\n"
_quiet = Throttle()


class Connection(web.RequestHandler):
    """aiohttp's protocol with a `RequestNormalizer` in front.

    A connection without a request, or idle between two, is closed by aiohttp's keep-alive timer; the time for a head
    runs from its first byte. Only a head that comes in pieces costs a timer.
    """

    __slots__ = ("_head_timer", "_normalizer", "_refusal", "_server")

    def __init__(self, server: EdgeServer, **options: Any) -> None:
        super().__init__(server, **options)
        self._server = server
        self._normalizer = RequestNormalizer()
        self._head_timer: asyncio.TimerHandle | None = None
        self._refusal: RequestRefused | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self._server.has_room():
            metrics.REFUSALS[Reason.CONNECTIONS_FULL].inc()
            assert isinstance(transport, asyncio.WriteTransport)
            transport.write(answer_bytes(503, _BUSY, http_1_1=True, keep_alive=False))
            transport.close()
            return
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._stop_head_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not data:  # aiohttp itself, to go on with what it has
            super().data_received(data)
            return
        normalizer = self._normalizer
        try:
            repaired = normalizer.feed(data)
        except RequestRefused as refusal:
            self._refusal = refusal
            if refusal.before:  # by itself: the parser drops what it has read when it meets what it refuses
                super().data_received(refusal.before)
            repaired = _NO_REQUEST
        if normalizer.fixes:
            self._count_fixes()
        if normalizer.head_incomplete:
            if self._head_timer is None:
                self._head_timer = self._loop.call_later(self._server.head_timeout_seconds, self._head_is_late)
        elif self._head_timer is not None:
            self._stop_head_timer()
        if repaired:
            super().data_received(repaired)

    def skip_body(self) -> None:
        """Do not read the rest of the body before closing."""
        self._lingering_time = 0.0

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What the parser, the normaliser or a handler's bug stopped: a plain sentence, counted, and closed."""
        if self._refusal is not None and status == 400:
            metrics.REFUSALS[Reason.BAD_HTTP].inc()
            return Answer(self._refusal.status, f"{self._refusal}\n".encode(), close=True)
        if status == 400:
            metrics.REFUSALS[Reason.BAD_HTTP].inc()
            return Answer(400, b"this is not a request that can be read\n", close=True)
        metrics.REFUSALS[Reason.INTERNAL_ERROR].inc()
        self.log_exception("a request failed", exc_info=exc)
        self.skip_body()
        return Answer(500, b"internal error, send again later\n", close=True)

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """A bug that every request meets is logged once in a while, not every time."""
        error = kw.get("exc_info")
        kept_back = _quiet.allow(type(error).__name__)
        if kept_back is not None:
            log.error("%s (%d more like it since the last line)", args[0] if args else "", kept_back, exc_info=error)

    def _head_is_late(self) -> None:
        self._head_timer = None
        metrics.REFUSALS[Reason.HEAD_TOO_SLOW].inc()
        self.force_close()

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _count_fixes(self) -> None:
        for fix, count in self._normalizer.fixes.items():
            metrics.REPAIRS[fix].inc(count)
        self._normalizer.fixes.clear()
