"""One example: requests in order, their exact answers, the raw records they leave, what the parsers make of those."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from runtime.raw_bodies import open_raw
from tests.unit.ingest.stand_ins import KEYS, Sent, TestEdge
from wire.zkpush.target import parse_target

H10: Final = "HTTP/1.0\r\nHost: e\r\n"
H11: Final = "HTTP/1.1\r\nHost: e\r\nConnection: close\r\n"

# What registration codes and sessions of `running_edge` are made of.
SECRET: Final = b"secret of this test"

ATTENDANCE: Final = "raw.attendance"
OPERATIONS: Final = "raw.operations"
PHOTOS: Final = "raw.photos"
DEVICE: Final = "raw.device"
RESULTS: Final = "raw.results"


class Raw(NamedTuple):
    """A raw record as processors see it: `params` are those of the kept query, `body` opened where it was sealed."""

    params: dict[str, str]
    table: str
    body: bytes
    sent: Sent


@dataclass(frozen=True, slots=True)
class Step:
    """One request. `reply` is the answer's body; `topic` and `table` say where the request's body is kept, "" nowhere.

    `read` takes what is kept, `meaning` is what it must return.
    """

    request: bytes
    reply: bytes
    topic: str = ""
    table: str = ""
    read: Callable[[Raw], object] | None = None
    meaning: object = None

    @property
    def body(self) -> bytes:
        return self.request.partition(b"\r\n\r\n")[2]

    @property
    def http_1_1(self) -> bool:
        return b" HTTP/1.1\r\n" in self.request


@dataclass(frozen=True, slots=True)
class Example:
    """`number` as in the spec page; `prepare` is what the world knows before (a last punch)."""

    number: str
    steps: tuple[Step, ...]
    prepare: Callable[[TestEdge], None] | None = None


def get(target: str, version: str = H11) -> bytes:
    return f"GET {target} {version}\r\n".encode()


def post(target: str, body: bytes, version: str = H11, headers: str = "") -> bytes:
    return f"POST {target} {version}{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def raw_of(sent: Sent) -> Raw:
    raw = sent.raw
    return Raw(parse_target(f"?{raw.query}").params, raw.table, open_raw(KEYS, sent.topic, raw, sent.value), sent)
