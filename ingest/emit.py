"""Raw records: which topic a table goes to, what is sealed, the headers around the body, the acknowledgement awaited.

Source: DESIGN 2.1, 2.7 and 4.
"""

from __future__ import annotations

import time
from typing import Final, NamedTuple

from ingest.budget import Budget
from ingest.devices import Device
from ingest.errors import Reason, Retriable
from ingest.metrics import PRESENCE_DROPPED, PRESENCE_WRITES, TALLY
from runtime.batch import Batch
from runtime.errors import BufferFull, DeliveryFailed
from runtime.producer import Producer
from runtime.sealing import Sealer
from schemas.headers import RAW_VERSION, Header

# What a table name from the network may come to in a header.
_MAX_TABLE_CHARACTERS: Final = 40


class Route(NamedTuple):
    """Where bodies go (catalogue name); `sealed` because they may hold passwords, templates or pictures."""

    topic: str
    sealed: bool


ATTENDANCE: Final = Route("raw.attendance", sealed=False)
OPERATIONS: Final = Route("raw.operations", sealed=True)
DEVICE: Final = Route("raw.device", sealed=False)
RESULTS: Final = Route("raw.results", sealed=True)
PHOTOS: Final = Route("raw.photos", sealed=True)
ROUTES: Final = (ATTENDANCE, OPERATIONS, DEVICE, RESULTS, PHOTOS)

_BY_TABLE: Final = {
    "ATTLOG": ATTENDANCE,
    "OPTIONS": DEVICE,
    "ATTPHOTO": PHOTOS,
    "ATTPHOTOBASE64": PHOTOS,
    "BIOPHOTO": PHOTOS,
    "USERPIC": PHOTOS,
}


def route_of(table: str) -> Route:
    """`table` in upper case. A table that nobody knows may hold anything, so it is sealed."""
    return _BY_TABLE.get(table, OPERATIONS)


def seal_context(topic: str, serial: str) -> bytes:
    """What a sealed body is bound to: it opens only as a record of this topic (catalogue name) and this device."""
    return f"{topic}+{serial}".encode()


class Where(NamedTuple):
    """How a record came: path and query as received, secrets taken out (`redacted` names them); epoch ms UTC."""

    path: str
    query: str
    redacted: str
    received_at: int


class Emitter:
    """Writes raw records. `boot` tells apart the request ids of two runs of one edge."""

    def __init__(self, producer: Producer, budget: Budget, sealer: Sealer, *, edge_id: str, boot: str) -> None:
        self._producer = producer
        self._budget = budget
        self._sealer = sealer
        self._edge_header: Header = ("edge", edge_id.encode())
        self._sealed_header: Header = ("sealed", sealer.key_id.encode())
        self._version_header: Header = ("v", b"%d" % RAW_VERSION)
        self._request_prefix = f"{edge_id}-{boot}-".encode()
        self._count = 0
        self.last_failure = 0.0

    async def store(self, route: Route, table: str, body: bytes, device: Device, where: Where) -> None:
        """Returns when Kafka has the record. Raises Retriable at once when there is no room, or at the ack deadline."""
        started = time.monotonic()
        self._budget.check(len(body))
        try:
            await self._append(route, table, body, device, where).acked()
        except BufferFull:
            raise Retriable(Reason.BUDGET_FULL, "busy, send again later\n") from None
        except DeliveryFailed:
            self.last_failure = time.monotonic()
            raise Retriable(Reason.NOT_ACKNOWLEDGED, "not stored, send again later\n") from None
        self.last_failure = 0.0
        TALLY.acknowledged(time.monotonic() - started, len(body))

    def note(self, table: str, body: bytes, device: Device, where: Where) -> None:
        """A record of the device's presence, sent without waiting.

        It holds nothing that the device will not say again, so an answer must not wait for it, nor fail with it.
        """
        try:
            self._append(DEVICE, table, body, device, where)
        except (BufferFull, DeliveryFailed):
            PRESENCE_DROPPED.inc()
        else:
            PRESENCE_WRITES.inc()

    def _append(self, route: Route, table: str, body: bytes, device: Device, where: Where) -> Batch:
        """The headers are those of schemas.headers.RawHeaders, written out because this runs for every request."""
        self._count += 1
        headers: list[Header] = [
            *device.headers,
            ("table", table[:_MAX_TABLE_CHARACTERS].encode("utf-8", "surrogateescape")),
            ("received_at", b"%d" % where.received_at),
            self._edge_header,
            ("request_id", b"%b%x" % (self._request_prefix, self._count)),
            ("path", where.path.encode("utf-8", "surrogateescape")),
        ]
        if where.query:
            headers.append(("query", where.query.encode("utf-8", "surrogateescape")))
        if where.redacted:
            headers.append(("redacted", where.redacted.encode()))
        if route.sealed:
            body = self._sealer.seal(body, seal_context(route.topic, device.serial))
            headers.append(self._sealed_header)
        headers.append(self._version_header)
        return self._producer.append(
            route.topic,
            device.key,
            body,
            partition_by=device.key,
            headers=headers,
            timestamp_ms=where.received_at,
        )
