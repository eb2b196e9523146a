"""What a device sent last, for the person who asks why nothing arrives: raw requests with everything secret left out.

Bodies are shown only of tables that hold no secrets; sealed ones are never opened here.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from ingest.control.models import Model
from ingest.control.records import Records
from runtime.producer import Producer
from schemas.headers import RawHeaders
from schemas.topics import RAW_TOPICS
from wire.zkpush.commands import redact_line
from wire.zkpush.options import is_secret_option, parse_options
from wire.zkpush.target import redact_query

MAX_SHOWN: Final = 100
_MAX_BODY_CHARACTERS: Final = 2_000
_PLAIN: Final = frozenset(("ATTLOG", "PRESENCE", "STRANGER", "REFUSED", "WATERMARKS"))
_OPTIONS: Final = frozenset(("OPTIONS", "REGISTRY"))


class RawRequest(Model):
    """One raw record. Times are epoch milliseconds UTC."""

    received_at: int
    table: Annotated[str, Field(description="table of the upload, or HANDSHAKE, PRESENCE, STRANGER, REFUSED, ...")]
    path: str
    query: Annotated[str, Field(description="as received, secrets removed")]
    size: Annotated[
        int,
        Field(
            description="bytes as kept, also of one beside Kafka; sealed ones are 28 bytes longer than what was sent"
        ),
    ]
    sealed: bool
    body: Annotated[str, Field(description="its beginning; empty for tables that may hold secrets")]
    edge: str
    request_id: str
    topic: str
    partition: int
    offset: int


class RawTail:
    """`producer` tells which partition a device's records are in; it has prepared RAW_TOPICS."""

    def __init__(self, records: Records, producer: Producer) -> None:
        self._records = records
        self._producer = producer

    async def last(self, serial: str, count: int = 20) -> list[RawRequest]:
        """The newest of all raw topics, oldest first; `serial` in upper case. Raises NotNow."""
        count, key = min(count, MAX_SHOWN), serial.encode()
        shown: list[RawRequest] = []
        for topic in RAW_TOPICS:
            partition = self._producer.partition(topic, key)
            shown += [shown_record(topic, one) for one in await self._records.last_of(topic, partition, key, count)]
        shown.sort(key=lambda request: request.received_at)
        return shown[-count:]


def shown_record(topic: str, record: Any) -> RawRequest:
    """`topic` is the catalogue name. Raises ValueError for a record without the headers of raw records."""
    raw = RawHeaders.decode(record.headers)
    value = record.value or b""
    return RawRequest(
        received_at=raw.received_at,
        table=raw.table,
        path=raw.path,
        query=redact_query(raw.query)[0],
        size=raw.size if raw.stored else len(value),
        sealed=bool(raw.sealed),
        body="" if raw.sealed else _body(raw.table, value),
        edge=raw.edge,
        request_id=raw.request_id,
        topic=topic,
        partition=record.partition,
        offset=record.offset,
    )


def _body(table: str, value: bytes) -> str:
    if table in _OPTIONS:
        options = parse_options(value).options
        text = ", ".join(f"{name}={value}" for name, value in options.items() if not is_secret_option(name))
    elif table in _PLAIN:
        text = redact_line(value[:_MAX_BODY_CHARACTERS].decode("utf-8", "replace"))
    else:
        return ""
    text = text.replace("\r", "").replace("\0", "").rstrip("\n")
    return text if len(text) < _MAX_BODY_CHARACTERS else text[:_MAX_BODY_CHARACTERS] + "…"
