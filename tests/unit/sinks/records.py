"""Records as the sinks read them, without Kafka."""

from dataclasses import dataclass, field

from schemas.headers import Header


@dataclass(frozen=True)
class FakeRecord:
    offset: int
    value: bytes | None = b"{}"
    headers: tuple[Header, ...] = field(default=())
    timestamp: int = 1_700_000_000_000
