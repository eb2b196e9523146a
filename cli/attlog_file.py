"""attlog.dat as a USB stick or GetFile brings it, as bodies that the device could have pushed. Pure.

Bodies are the file's own lines, cut at line ends, so that they are read by the same parser and make the same punches:
who, where and which second decide the id, not the way it came. Columns that stand elsewhere than in a push can be
named: then the lines are written anew, with the columns in the push's order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cli.errors import NotAttlog
from wire.zkpush.attlog import AttlogRow, parse_attlog

# Fits into a record wherever Kafka is (kafka.max_record_bytes): attendance bodies never go to the object store.
MAX_BODY_BYTES: Final = 512 * 1024
COLUMNS: Final = ("pin", "time", "state", "verify", "work_code")
SKIP: Final = "-"


@dataclass(frozen=True, slots=True)
class FileCount:
    """rows: that are read; unread: lines that will be dead letters; first, last: device-local times as text."""

    rows: int
    people: int
    unread: int
    first: str
    last: str
    sample: tuple[AttlogRow, ...]


def bodies_of(content: bytes, columns: Sequence[str] = ()) -> list[bytes]:
    """At most 512 KiB each (a single longer line stays whole). Raises NotAttlog."""
    if not content.strip():
        raise NotAttlog("the file is empty")
    if b"\0" in content[:4096] and b"\t" not in content[:4096]:
        raise NotAttlog("the file is binary: only attlog.dat with rows as text can be imported")
    if columns:
        content = _reordered(content, columns)
    return list(_cut(content if content.endswith(b"\n") else content + b"\n"))


def count(bodies: Sequence[bytes]) -> FileCount:
    """What a push of these bodies would be read as. Raises NotAttlog when no line is a row."""
    people: Counter[str] = Counter()
    unread = 0
    times: list[str] = []
    sample: list[AttlogRow] = []
    for body in bodies:
        batch = parse_attlog(body)
        people.update(row.pin for row in batch.rows)
        times += [row.time_text for row in (batch.rows and [min(batch.rows, key=_time), max(batch.rows, key=_time)])]
        unread += len(batch.errors)
        sample += batch.rows[: 3 - len(sample)]
    if not people:
        raise NotAttlog(f"none of its lines is an attendance row ({unread} unreadable)")
    return FileCount(people.total(), len(people), unread, min(times), max(times), tuple(sample))


def check_columns(columns: Sequence[str]) -> None:
    """Raises NotAttlog: an unknown name, one that stands twice, PIN or time missing."""
    named = [column for column in columns if column != SKIP]
    if unknown := [column for column in named if column not in COLUMNS]:
        raise NotAttlog(f"column {unknown[0][:40]!r} is none of {', '.join(COLUMNS)}, or {SKIP} for one to pass over")
    if len(set(named)) < len(named) or not {"pin", "time"} <= set(named):
        raise NotAttlog("name each column once, pin and time among them")


def _reordered(content: bytes, columns: Sequence[str]) -> bytes:
    check_columns(columns)
    places = [columns.index(name) if name in columns else None for name in COLUMNS]
    lines = []
    for line in content.split(b"\n"):
        cells = line.rstrip(b"\r").split(b"\t")
        if len(cells) < 2:
            lines.append(line)  # no row: it becomes the dead letter that it would have been
            continue
        picked = [cells[place] if place is not None and place < len(cells) else b"" for place in places]
        lines.append(b"\t".join(picked))
    return b"\n".join(lines)


def _cut(content: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(content):
        end = len(content)
        if end - start > MAX_BODY_BYTES:
            found = content.rfind(b"\n", start, start + MAX_BODY_BYTES)
            end = (found if found >= 0 else content.index(b"\n", start)) + 1
        yield content[start:end]
        start = end


def _time(row: AttlogRow) -> str:
    return row.time_text
