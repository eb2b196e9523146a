"""What surrounds a raw body: the headers of every record on a raw topic. Source: DESIGN 4."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

RAW_VERSION = 1
Header = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class RawHeaders:
    """Headers of one raw record.

    source: serial in upper case, `biotime:<server>` or `akuvox:<mac>`; tenant: decided where the record entered;
    table: the upload's table in upper case, or the kind of record (`HANDSHAKE`, `PRESENCE`, ...);
    path, query: as received, secrets taken out (`redacted` names what was); received_at: epoch milliseconds UTC;
    sealed: id of the key that the body is sealed with, empty when it is not;
    stored, size: name and bytes of the object that holds the sealed body; the record's value is empty then.
    """

    source: str
    tenant: str
    table: str
    received_at: int
    edge: str
    request_id: str
    path: str = ""
    query: str = ""
    redacted: str = ""
    sealed: str = ""
    stored: str = ""
    size: int = 0
    v: int = RAW_VERSION

    def encode(self) -> list[Header]:
        """Kafka headers; empty values, and the size of nothing, are left out."""
        return [
            (name, str(value).encode("utf-8", "surrogateescape"))
            for name in _NAMES
            if (value := getattr(self, name)) != "" and (name != "size" or self.stored)
        ]

    @classmethod
    def decode(cls, headers: Iterable[Header]) -> RawHeaders:
        """Read back from Kafka; headers of other names are ignored. Raises ValueError naming what is missing."""
        found = {name: value.decode("utf-8", "surrogateescape") for name, value in headers if name in _NAMES}
        missing = [name for name in ("source", "tenant", "table", "received_at") if name not in found]
        if missing:
            raise ValueError(f"raw record without header {', '.join(missing)}")
        version = int(found.get("v", "0"))
        if version != RAW_VERSION:
            raise ValueError(f"raw record of version {version}, this code reads {RAW_VERSION}")
        return cls(
            source=found["source"],
            tenant=found["tenant"],
            table=found["table"],
            received_at=int(found["received_at"]),
            edge=found.get("edge", ""),
            request_id=found.get("request_id", ""),
            path=found.get("path", ""),
            query=found.get("query", ""),
            redacted=found.get("redacted", ""),
            sealed=found.get("sealed", ""),
            stored=found.get("stored", ""),
            size=int(found.get("size", "0")),
            v=version,
        )


_NAMES = tuple(field.name for field in fields(RawHeaders))
