"""Dead letters: what could not be understood, with its bytes, where it stood, and why. Source: DESIGN 2.4 and 4.

The record's value is the original bytes; everything else travels in these headers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from schemas.headers import Header

DEAD_LETTER_VERSION = 1
_MAX_ERROR_CHARACTERS = 500


class Reason(StrEnum):
    """Why something became a dead letter. A closed set: it is a metric label."""

    NOT_A_ROW = "not_a_row"
    PIN_MISSING = "pin_missing"
    PIN_TOO_LONG = "pin_too_long"
    TIME_UNREADABLE = "time_unreadable"
    TIME_MISSING = "time_missing"
    OPERATION_CODE_UNREADABLE = "operation_code_unreadable"
    CONTENT_UNREADABLE = "content_unreadable"
    TEMPLATE_UNREADABLE = "template_unreadable"
    PICTURE_MISSING = "picture_missing"
    NOT_A_RESULT = "not_a_result"
    ID_MISSING = "id_missing"
    ID_TOO_LONG = "id_too_long"
    COMPRESSED_LZO = "compressed_lzo"
    COMPRESSED_GZIP = "compressed_gzip"
    COMPRESSED_TGZ = "compressed_tgz"
    COMPRESSED_TABLE = "compressed_table"
    PUSH_1_0_CHECK_LOG = "push_1_0_check_log"
    UNKNOWN_FORMAT = "unknown_format"
    SEAL_BROKEN = "seal_broken"
    OBJECT_MISSING = "object_missing"
    RAW_HEADERS = "raw_headers"
    INTERNAL_ERROR = "internal_error"
    REFUSED_BY_CLICKHOUSE = "refused_by_clickhouse"
    NOT_AN_EVENT = "not_an_event"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Headers of one dead letter.

    stage: the part that gave up (`normalize`, `sink`); topic (without prefix), partition, offset: the record that the
    bytes came from; line: 1-based line of its body, 0 for the whole body; failed_at: epoch milliseconds UTC;
    received_at: of the raw record, epoch milliseconds UTC, 0 when unknown; code_version: of the code that gave up;
    sealed: id of the key that the bytes are sealed with; stored: the object that holds them when they are too many for
    a record, whose value is empty then. Both are empty otherwise.
    """

    reason: Reason
    stage: str
    topic: str
    partition: int
    offset: int
    line: int
    error: str
    code_version: str
    failed_at: int
    tenant: str = ""
    source: str = ""
    received_at: int = 0
    sealed: str = ""
    stored: str = ""

    @property
    def key(self) -> bytes:
        """Key and partition_by of the `deadletters` topic."""
        return f"{self.topic}+{self.partition}".encode()

    def encode(self) -> list[Header]:
        values: dict[str, object] = {
            "v": DEAD_LETTER_VERSION, "reason": self.reason.value, "stage": self.stage, "topic": self.topic,
            "partition": self.partition, "offset": self.offset, "line": self.line,
            "error": self.error[:_MAX_ERROR_CHARACTERS], "code_version": self.code_version,
            "failed_at": self.failed_at, "tenant": self.tenant, "source": self.source,
            "received_at": self.received_at, "sealed": self.sealed,
        }  # fmt: skip
        if self.stored:
            values["stored"] = self.stored
        return [(name, str(value).encode("utf-8", "surrogateescape")) for name, value in values.items()]

    @classmethod
    def decode(cls, headers: Iterable[Header]) -> DeadLetter:
        """Read back from Kafka. Raises ValueError naming the header that is missing or of an unknown reason."""
        found = {name: value.decode("utf-8", "surrogateescape") for name, value in headers}
        try:
            return cls(
                reason=Reason(found["reason"]),
                stage=found["stage"],
                topic=found["topic"],
                partition=int(found["partition"]),
                offset=int(found["offset"]),
                line=int(found["line"]),
                error=found["error"],
                code_version=found["code_version"],
                failed_at=int(found["failed_at"]),
                tenant=found.get("tenant", ""),
                source=found.get("source", ""),
                received_at=int(found.get("received_at", "0")),
                sealed=found.get("sealed", ""),
                stored=found.get("stored", ""),
            )
        except KeyError as missing:
            raise ValueError(f"dead letter without header {missing}") from None
