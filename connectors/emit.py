"""Writing for a source: raw records with their headers, sealed where they hold secrets, and records of derived topics.

Raw records are not in transactions, since a Faust agent reads them: a crash between the acknowledgement and the saved
cursor repeats rows, and ids make them one. Source: DESIGN 2.1, 2.7, 4.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, Protocol
from urllib.parse import urlencode

import orjson

from connectors.metrics import ROWS, vendor_of
from connectors.source import Json
from runtime.batch import Batch
from runtime.errors import BufferFull
from runtime.keyring import KeyRing
from runtime.producer import Producer
from runtime.raw_bodies import seal_raw
from schemas.headers import Header, RawHeaders
from schemas.polled import PolledTable

SEALED_TOPIC: Final = "raw.operations"
RAW_TOPICS: Final = ("raw.attendance", "raw.device", SEALED_TOPIC)
# What operators and connectors both write: there a connector writes what is new and not an operator's.
SHARED_TOPICS: Final = ("employees", "identities", "registry")
DERIVED_TOPICS: Final = (*SHARED_TOPICS, "corrections", "commands", "audit")
MAX_BODY_BYTES: Final = 1024 * 1024
MAX_BODY_ROWS: Final = 2_000
_MAX_UNACKED: Final = 8


class Written(Protocol):
    """What is used of runtime.written_view.WrittenView."""

    def says(self, key: bytes, value: bytes) -> bool: ...

    def is_operators(self, key: bytes) -> bool: ...


class SourceEmit:
    """connectors.source.Emit of one source. `written` has a view for each of SHARED_TOPICS."""

    def __init__(
        self,
        producer: Producer,
        keys: KeyRing,
        written: Mapping[str, Written],
        *,
        source: str,
        tenant: str,
        worker: str,
        clock: Callable[[], float],
    ) -> None:
        self._producer = producer
        self._keys = keys
        self._written = written
        self._source = source
        self._by = source.encode()
        self._tenant = tenant
        self._worker = worker
        self._clock = clock

    async def rows(
        self, table: PolledTable, rows: Sequence[Json], *, notes: Mapping[str, str] | None = None, redacted: str = ""
    ) -> None:
        """Also raises KeyMissing (retriable) where the body must be sealed."""
        acks = _Acks(self._producer)
        for body in bodies(rows):
            await acks.add(partial(self._append, table, body, notes, redacted))
        await acks.all()
        if rows:
            ROWS.labels(vendor_of(self._source), table.value).inc(len(rows))

    async def one(self, table: PolledTable, body: Json, *, notes: Mapping[str, str] | None = None) -> None:
        await self._append(table, orjson.dumps(body), notes, "").acked()

    async def records(self, topic: str, records: Sequence[tuple[bytes, bytes | None, bytes]]) -> None:
        """Of SHARED_TOPICS what an operator wrote, and what is there already, is left out.

        Raises ValueError for a topic that connectors do not write: a programming error.
        """
        if topic not in DERIVED_TOPICS:
            raise ValueError(f"connectors do not write the topic {topic}")
        acks = _Acks(self._producer)
        for key, value, by in self._new(topic, records):
            await acks.add(partial(self._producer.append, topic, key, value, partition_by=by))
        await acks.all()

    def _new(
        self, topic: str, records: Iterable[tuple[bytes, bytes | None, bytes]]
    ) -> Iterator[tuple[bytes, bytes | None, bytes]]:
        view = self._written.get(topic)
        for key, value, by in records:
            if view is None or not (view.is_operators(key) or (value is not None and view.says(key, value))):
                yield key, value, by

    def _append(self, table: PolledTable, body: bytes, notes: Mapping[str, str] | None, redacted: str) -> Batch:
        at = int(self._clock() * 1000)
        sealed = ""
        value: bytes | bytearray = body
        if table.topic == SEALED_TOPIC:
            sealer = self._keys.sealer(self._tenant)
            sealed, value = sealer.key_id, seal_raw(sealer, table.topic, self._source, body)
        headers: list[Header] = RawHeaders(
            source=self._source,
            tenant=self._tenant,
            table=table.value,
            received_at=at,
            edge=self._worker,
            request_id=secrets.token_hex(8),
            query=urlencode(notes or {}),
            redacted=redacted,
            sealed=sealed,
        ).encode()
        return self._producer.append(
            table.topic, self._by, value, partition_by=self._by, headers=headers, timestamp_ms=at
        )


class _Acks:
    """Few batches at a time wait for Kafka, so that a large read does not fill the producer for everybody."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._open: deque[Batch] = deque()

    async def add(self, append: Callable[[], Batch]) -> None:
        """Raises BufferFull when there is no room although nothing of ours waits any more."""
        try:
            batch = append()
        except BufferFull:
            if not self._open:
                raise
            await self.all()
            batch = append()
        if not self._open or self._open[-1] is not batch:
            self._open.append(batch)
        while len(self._open) > _MAX_UNACKED:
            await self._open.popleft().acked()

    async def all(self) -> None:
        while self._open:
            await self._open.popleft().acked()


def bodies(rows: Iterable[Json]) -> Iterator[bytes]:
    """JSON arrays of the rows in order, each of MAX_BODY_ROWS and MAX_BODY_BYTES at most; a larger row goes alone."""
    pieces: list[bytes] = []
    size = 2
    for row in rows:
        piece = orjson.dumps(row)
        if pieces and (len(pieces) == MAX_BODY_ROWS or size + len(piece) + 1 > MAX_BODY_BYTES):
            yield b"[%b]" % b",".join(pieces)
            pieces, size = [], 2
        pieces.append(piece)
        size += len(piece) + 1
    if pieces:
        yield b"[%b]" % b",".join(pieces)
