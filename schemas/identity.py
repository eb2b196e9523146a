"""What makes a punch one punch (its id) and which of its copies wins (its rank). Source: DESIGN 2.3."""

from __future__ import annotations

from enum import IntEnum
from hashlib import sha256
from zlib import crc32

_EVIDENCE_BITS, _SOURCE_BITS, _PARSER_BITS, _REGISTRY_BITS, _CONTENT_BITS = 2, 2, 12, 32, 16


class TimeEvidence(IntEnum):
    """How surely the instant of a zone-less device time is known."""

    DEFAULT = 0
    BATCH_ORDER = 1
    REAL_TIME = 2


class SourceRank(IntEnum):
    """Which way a copy came; a push carries more than a poll of somebody else's database."""

    POLL = 1
    PUSH = 2


def normal_pin(pin: str) -> str:
    """The PIN as it counts for identity: trimmed, without leading zeros; a PIN of zeros alone is `0`."""
    trimmed = pin.strip()
    return trimmed.lstrip("0") or ("0" if trimmed else "")


def _length_prefixed(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(4, "big") + raw


class PunchIdentity:
    """Punch ids of one device: the first 16 bytes of SHA-256 over length-prefixed
    (tenant, serial in upper case, normal PIN, device-local second or the raw time text), as 32 hex digits."""

    __slots__ = ("_prefix",)

    def __init__(self, tenant: str, serial: str) -> None:
        self._prefix = _length_prefixed(tenant) + _length_prefixed(serial.upper())

    def punch_id(self, pin: str, local_second: str) -> str:
        """`local_second` is `YYYY-MM-DDTHH:MM:SS` on the device's clock, or its raw text where that does not parse."""
        key = self._prefix + _length_prefixed(normal_pin(pin)) + _length_prefixed(local_second)
        return sha256(key).hexdigest()[:32]


def punch_id(tenant: str, serial: str, pin: str, local_second: str) -> str:
    """One punch id; `PunchIdentity` is the same for many punches of one device."""
    return PunchIdentity(tenant, serial).punch_id(pin, local_second)


def event_id(tenant: str, serial: str, *parts: str) -> str:
    """Id of anything else that a device reports: the same shape as a punch id over what identifies it there.

    The first part names the kind of thing (`operation`, `photo`, ...), so that ids of two kinds never meet.
    """
    key = b"".join(_length_prefixed(part) for part in (tenant, serial.upper(), *parts))
    return sha256(key).hexdigest()[:32]


def latest_rank(received_at: int, parser_version: int, line: int) -> int:
    """Rank of what says how something is now (a user on a device): the latest received wins, in a body the last line,
    of one line the newest parser. Bits: received_at (epoch ms) 42, line 16, parser version 6.
    """
    return received_at << 22 | min(line, 0xFFFF) << 6 | min(parser_version, 0x3F)


def content_hash(content: bytes) -> int:
    """The 16 bits that break a tie between copies of equal standing, the same wherever they are computed.

    CRC-32 cut to 16 bits: a tie needs any fixed order, not an unforgeable one.
    """
    return crc32(content) & 0xFFFF


def pack_rank(evidence: int, source: int, parser_version: int, registry_version: int, content: int) -> int:
    """The rank as an unsigned 64-bit integer; the greater one wins.

    Fields from the highest bit: time evidence 2, source 2, parser version 12, registry version 32, content hash 16.
    A field beyond its width is a programming error: ValueError.
    """
    fields = (
        ("time evidence", evidence, _EVIDENCE_BITS),
        ("source", source, _SOURCE_BITS),
        ("parser version", parser_version, _PARSER_BITS),
        ("registry version", registry_version, _REGISTRY_BITS),
        ("content hash", content, _CONTENT_BITS),
    )
    rank = 0
    for name, value, bits in fields:
        if not 0 <= value < 1 << bits:
            raise ValueError(f"rank: {name} {value} does not fit into {bits} bits")
        rank = rank << bits | value
    return rank


def rank_base(source: int, parser_version: int, registry_version: int) -> int:
    """The part of a rank that all punches of one upload share; add `evidence << 62` and the content hash."""
    return pack_rank(0, source, parser_version, registry_version, 0)


EVIDENCE_SHIFT = 64 - _EVIDENCE_BITS
