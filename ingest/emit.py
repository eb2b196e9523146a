"""Raw records: which topic a table goes to, what is sealed, the headers around the body, the acknowledgement awaited.

Source: DESIGN 2.1, 2.7 and 4. Sealed bodies that are too big for a record: big_bodies.py.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import Final, NamedTuple

import orjson

from ingest.big_bodies import BigBodies
from ingest.budget import Budget
from ingest.devices import Device
from ingest.errors import Poison, Reason, Retriable
from ingest.metrics import PRESENCE_DROPPED, PRESENCE_WRITES, TALLY, WATERMARKS
from ingest.throttle import Throttle
from runtime.batch import Batch
from runtime.errors import BufferFull, DeliveryFailed, KeyMissing
from runtime.keyring import KeyRing
from runtime.producer import Producer, RecordPosition
from runtime.raw_bodies import StoredRaw, seal_raw
from runtime.sealing import Sealer
from schemas.headers import RAW_VERSION, Header
from schemas.polled import PolledTable
from schemas.topics import MAX_BODY_BYTES

log = logging.getLogger(__name__)

# What a table name from the network may come to in a header.
_MAX_TABLE_CHARACTERS: Final = 40
_NOT_STORED: Final = "not stored, send again later\n"


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


class Where(NamedTuple):
    """How a record came: path and query as received, secrets taken out (`redacted` names them); epoch ms UTC."""

    path: str
    query: str
    redacted: str
    received_at: int


class Emitter:
    """Writes raw records. `boot` tells apart the request ids of two runs of one edge.

    `record_body_bytes`: what a record can hold; `big` None: every body that is taken fits.
    """

    def __init__(
        self,
        producer: Producer,
        budget: Budget,
        keys: KeyRing,
        *,
        edge_id: str,
        boot: str,
        record_body_bytes: int = MAX_BODY_BYTES,
        big: BigBodies | None = None,
    ) -> None:
        self._producer = producer
        self._budget = budget
        self._keys = keys
        self._record_body_bytes = record_body_bytes
        self._big = big
        self._surely_inline = min(record_body_bytes, big.inline_bytes) if big else record_body_bytes
        self._quiet = Throttle()
        self._edge_header: Header = ("edge", edge_id.encode())
        self._version_header: Header = ("v", b"%d" % RAW_VERSION)
        self._request_prefix = f"{edge_id}-{boot}-".encode()
        self._count = 0
        self.last_failure = 0.0

    async def store(self, route: Route, table: str, body: bytes, device: Device, where: Where) -> RecordPosition:
        """Returns when Kafka has the record, sealed with its tenant's key where the route says so, and where it lies.

        Raises Retriable at once when there is no room or no key, or at the ack deadline; Poison (413) for a body that
        no record can hold and that is not sealed: such bodies are always inline.
        """
        started = time.monotonic()
        if len(body) <= self._surely_inline:
            position = await self._write(route, table, body, device, where)
        elif route.sealed and self._big is not None:
            position = await self._store_beside(self._big, route, table, body, device, where)
        elif len(body) <= self._record_body_bytes:
            position = await self._write(route, table, body, device, where)
        else:
            raise Poison(
                Reason.BODY_TOO_LARGE,
                f"the body has {len(body)} bytes, at most {self._record_body_bytes} are taken here\n",
                status=413,
            )
        TALLY.acknowledged(time.monotonic() - started, len(body))
        return position

    async def _store_beside(
        self, big: BigBodies, route: Route, table: str, body: bytes, device: Device, where: Where
    ) -> RecordPosition:
        """Into the object store first, then the record: what a crash leaves is an object that nobody names."""
        sealer, stored = self._sealer(device.tenant), None
        try:
            async with asyncio.timeout(big.deadline_seconds):
                stored = await big.keep(sealer, route.topic, device.serial, body, where.received_at)
                return await self._write(route, table, body, device, where, (sealer, stored))
        except TimeoutError:
            if stored is None:
                raise big.refusal(f"the object store took more than {big.deadline_seconds:g} s") from None
            self.last_failure = time.monotonic()
            raise Retriable(Reason.NOT_ACKNOWLEDGED, _NOT_STORED) from None

    async def _write(
        self,
        route: Route,
        table: str,
        body: bytes,
        device: Device,
        where: Where,
        kept: tuple[Sealer, StoredRaw] | None = None,
    ) -> RecordPosition:
        """`kept`: where the body is already, and the key that it is sealed with."""
        self._budget.check(0 if kept else len(body))
        try:
            batch = self._append(route, table, body, device, where, kept)
            index = batch.count - 1
            base_offset = await batch.acked()
        except BufferFull:
            raise Retriable(Reason.BUDGET_FULL, "busy, send again later\n") from None
        except DeliveryFailed:
            self.last_failure = time.monotonic()
            raise Retriable(Reason.NOT_ACKNOWLEDGED, _NOT_STORED) from None
        self.last_failure = 0.0
        return RecordPosition(self._producer.partition(route.topic, device.key), base_offset + index)

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

    def watermark(self, watermark: int, device: Device, where: Where) -> None:
        """Up to when a device has surely told everything (epoch ms), after its uploads, sent without waiting."""
        body = orjson.dumps([{"device": device.serial, "watermark": watermark}])
        with suppress(BufferFull, DeliveryFailed):  # the next one says the same and more
            self._append(ATTENDANCE, PolledTable.WATERMARKS, body, device, where)
            WATERMARKS.inc()

    def tick(self, source: str, partition_by: bytes, now_ms: int) -> None:
        """A record that says only that this edge was alive at `now_ms`, in the partition of `partition_by`."""
        headers: list[Header] = [
            ("source", source.encode()), ("tenant", b""), ("table", b"TICK"), ("received_at", b"%d" % now_ms),
            self._edge_header, self._version_header,
        ]  # fmt: skip
        with suppress(BufferFull, DeliveryFailed):  # the next tick says the same
            self._producer.append(
                DEVICE.topic, source.encode(), b"", partition_by=partition_by, headers=headers, timestamp_ms=now_ms
            )

    def _sealer(self, tenant: str) -> Sealer:
        try:
            return self._keys.sealer(tenant)
        except KeyMissing as error:
            if (kept_back := self._quiet.allow(tenant)) is not None:
                log.error("%s; %d more like it since the last line", error, kept_back)
            raise Retriable(Reason.SEAL_KEY_MISSING, _NOT_STORED) from None

    def _append(
        self,
        route: Route,
        table: str,
        body: bytes,
        device: Device,
        where: Where,
        kept: tuple[Sealer, StoredRaw] | None = None,
    ) -> Batch:
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
        value: bytes | bytearray = body
        if kept is not None:
            sealer, stored = kept
            value = b""
            headers.append(("sealed", sealer.key_id.encode()))
            headers.append(("stored", stored.name.encode()))
            headers.append(("size", b"%d" % stored.size))
        elif route.sealed:
            sealer = self._sealer(device.tenant)
            value = seal_raw(sealer, route.topic, device.serial, body)
            headers.append(("sealed", sealer.key_id.encode()))
        headers.append(self._version_header)
        return self._producer.append(
            route.topic,
            device.key,
            value,
            partition_by=device.key,
            headers=headers,
            timestamp_ms=where.received_at,
        )
