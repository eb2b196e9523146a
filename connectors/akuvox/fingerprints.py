"""Which rows of a log are known: a fingerprint of each, the last 3,000 kept (spec/connectors.md B-3 1). Pure.

A fingerprint is over ID, date, time, name, type and status in the words that they mean, so that a firmware which writes
`Success` for `Succ` or another form of date does not make all rows new.
"""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from connectors.source import Json
from wire.akuvox.errors import RowUnreadable
from wire.akuvox.logs import CallRow, DoorRow, fingerprint, parse_call_row, parse_door_row, row_number

SEGMENT: Final = 256  # fingerprints of one state value: what is written for a new row stays small
SEGMENTS: Final = 12

SeenRow = Callable[[Json], "Seen"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One polled row. number: its ID where that is a number; is_weak: without an ID or a time that can be read, so
    that another row may look the same."""

    body: Json = field(repr=False)
    number: int | None
    has_id: bool
    is_weak: bool
    local_time: str
    print: int


def seen_door_row(body: Json) -> Seen:
    try:
        row = parse_door_row(body)
    except RowUnreadable:
        return _unreadable(body)
    status = row.status if row.granted is None else str(row.granted)
    return _seen(body, row, row.method or row.type, status)


def seen_call_row(body: Json) -> Seen:
    try:
        row = parse_call_row(body)
    except RowUnreadable:
        return _unreadable(body)
    return _seen(body, row, row.word or row.type, "")


def _seen(body: Json, row: DoorRow | CallRow, kind: str, status: str) -> Seen:
    date, time = (row.local_time, "") if row.local_time else (row.date, row.time)
    plain = {"ID": row.id, "Date": date, "Time": time, "Name": row.name, "Type": kind, "Status": status}
    is_weak = not row.id or not row.local_time
    return Seen(body, row_number(body), bool(row.id), is_weak, row.local_time, int(fingerprint(plain), 16))


def _unreadable(body: Json) -> Seen:
    return Seen(body, None, False, True, "", int(fingerprint(body), 16))


def marks(rows: Sequence[Seen]) -> list[tuple[int, int]]:
    """(what it is known by, occurrence) of rows that stand newest first. Rows without an ID may be equal: the oldest of
    them is occurrence 0."""
    equal: Counter[int] = Counter()
    found: list[tuple[int, int]] = []
    for row in reversed(rows):
        if row.has_id:
            found.append((row.print, 0))
            continue
        occurrence = equal[row.print]
        equal[row.print] += 1
        found.append((_mixed(row.print, occurrence), occurrence))
    found.reverse()
    return found


def _mixed(print_: int, occurrence: int) -> int:
    return int.from_bytes(sha256(b"%d %d" % (print_, occurrence)).digest()[:8], "big") if occurrence else print_


@dataclass(frozen=True, slots=True)
class Known:
    """Fingerprints, newest last: the last SEGMENTS full segments and the one that was begun. total: of all times, so
    that everybody numbers segments alike."""

    total: int = 0
    prints: tuple[int, ...] = field(default=(), repr=False)

    def with_prints(self, new: Iterable[int]) -> Known:
        prints = (*self.prints, *new)
        total = self.total + len(prints) - len(self.prints)
        kept = SEGMENTS * SEGMENT + total % SEGMENT
        return Known(total, prints[-kept:] if kept else ())

    def begun(self) -> str:
        """The segment that is not full yet, for the head of the state."""
        count = self.total % SEGMENT
        return _packed(self.prints[-count:] if count else ())

    def segments_since(self, name: str, total: int) -> dict[str, Json | None]:
        """State values of the segments that were filled since there were `total`."""
        offset, full = self.total - len(self.prints), self.total // SEGMENT
        first = max(total // SEGMENT, full - SEGMENTS)
        return {
            segment_name(name, number): {"prints": _packed(self.prints[start : start + SEGMENT])}
            for number in range(first, full)
            for start in (number * SEGMENT - offset,)
        }


def load_known(name: str, total: int, begun: str, get: Callable[[str], Mapping[str, str] | None]) -> Known:
    """What was kept. Raises ValueError when a segment is missing: that is no state of ours."""
    full = total // SEGMENT
    prints: list[int] = []
    for number in range(max(0, full - SEGMENTS), full):
        segment = get(segment_name(name, number))
        if segment is None:
            raise ValueError(f"state {segment_name(name, number)} is missing")
        prints += _unpacked(segment["prints"])
    return Known(total, (*prints, *_unpacked(begun)))


def segment_name(name: str, number: int) -> str:
    return f"{name}.{number % SEGMENTS}"


def _packed(prints: Sequence[int]) -> str:
    return b64encode(struct.pack(f">{len(prints)}Q", *prints)).decode()


def _unpacked(text: str) -> tuple[int, ...]:
    packed = b64decode(text)
    return struct.unpack(f">{len(packed) // 8}Q", packed)
