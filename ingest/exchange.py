"""One request: whose it is, what it brings, what its record says of it."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from ingest.bodies import BodyReader
from ingest.devices import Device
from ingest.emit import Where
from ingest.errors import Poison, Reason
from wire.zkpush.target import Target, redact_query, serial_of

_SERIAL_IN_BODY = re.compile(rb"(?:^|[&\t\r\n ])SN=([A-Za-z0-9_-]{1,32})(?=[&\t\r\n ]|$)")
_SERIAL_WITHIN_BYTES: Final = 1024


class Exchange:
    """One request; `device` is known once its serial is."""

    __slots__ = ("_bodies", "_body", "device", "now_ms", "request", "target")

    device: Device

    def __init__(self, request: web.BaseRequest, target: Target, now_ms: int, bodies: BodyReader) -> None:
        self.request = request
        self.target = target
        self.now_ms = now_ms
        self._bodies = bodies
        self._body: bytes | None = None

    def body_that_is_here(self) -> bytes | None:
        """The body if it is complete, else None, and `body` waits for it. Raises what `BodyReader` raises."""
        if self._body is None:
            self._body = self._bodies.read_complete(self.request)
        return self._body

    async def body(self) -> bytes:
        """Raises what `BodyReader` raises."""
        body = self.body_that_is_here()
        if body is None:
            body = self._body = await self._bodies.read(self.request)
        return body

    def where(self) -> Where:
        query, redacted = redact_query(self.target.raw_query)
        path = self.request.raw_path.partition("?")[0]
        return Where(path, query, "secrets of the query" if redacted else "", self.now_ms)

    async def serial(self) -> str:
        """Whose request it is; some agents name their serial in the body alone (zk-push.md L9). Raises Poison."""
        serial = serial_of(self.target.params)
        if serial is not None:
            return serial
        if "sn" in self.target.params:
            raise Poison(Reason.SERIAL_INVALID, "SN must be 1 to 32 letters, digits, '-' or '_'\n")
        if self.request.method == "POST":
            found = _SERIAL_IN_BODY.search((await self.body())[:_SERIAL_WITHIN_BYTES])
            if found:
                return found[1].decode().upper()
        raise Poison(Reason.SERIAL_MISSING, "SN is missing\n")
