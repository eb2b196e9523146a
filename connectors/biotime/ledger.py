"""Which rows of the last days went out, by day of punch: what a day on the server is compared with (B-2.5). Pure.

Kept in chunks of 1,024 ids, so that a poll that brings one row writes some kilobytes, not the day. Of each row the id
and 32 bits of its content: enough to find what is missing, what was edited and what is gone.
"""

from __future__ import annotations

from array import array
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Final

from connectors.biotime.rows import SeenRow
from connectors.source import Json

CHUNK_IDS: Final = 1024
INDEX: Final = "days"
_SECOND_LENGTH: Final = 19


class Ledger:
    """One run's view. get: what is kept under a name; floor: the first day that is kept, last: the last (a terminal
    ahead of the server is in tomorrow already). Rows of other days, or whose fractions of a second the filters cut, are
    not kept: `holds` says so."""

    def __init__(self, get: Callable[[str], Json | None], floor: str, last: str) -> None:
        self._get = get
        self.floor = floor
        self.last = last
        index = get(INDEX) or {}
        self._days: dict[str, dict[int, int]] = {
            day: {int(chunk): rows for chunk, rows in chunks.items()} for day, chunks in index.items()
        }
        self._chunks: dict[tuple[str, int], dict[int, int]] = {}
        self._dirty: set[tuple[str, int]] = set()
        self._gone = {(day, chunk) for day in self._days if day < floor for chunk in self._days[day]}
        self._days = {day: chunks for day, chunks in self._days.items() if day >= floor}

    def holds(self, row: SeenRow) -> bool:
        if row.id is None or row.punch is None or not self.floor <= row.punch[:10] <= self.last:
            return False
        return len(str(row.body.get("punch_time")).strip()) == _SECOND_LENGTH

    def find(self, number: int) -> tuple[str, int] | None:
        """The day and the content that the row with this id went out with; None: it is not kept."""
        chunk = number // CHUNK_IDS
        for day, chunks in self._days.items():
            if chunk in chunks:
                found = self._chunk(day, chunk).get(number)
                if found is not None:
                    return day, found
        return None

    def has(self, row: SeenRow) -> bool:
        """It went out as it is."""
        kept = None if row.id is None else self.find(row.id)
        return kept is not None and kept[1] == row.content

    def add(self, row: SeenRow) -> None:
        """It went out. Nothing, where this day is not kept."""
        if row.id is None or row.punch is None or not self.holds(row):
            return
        day, number = row.punch[:10], row.id // CHUNK_IDS
        chunk = self._chunk(day, number)
        chunk[row.id] = row.content
        self._days.setdefault(day, {})[number] = len(chunk)
        self._dirty.add((day, number))

    def discard(self, day: str, number: int) -> None:
        """It is not on the server any more."""
        at = number // CHUNK_IDS
        chunk = self._chunk(day, at)
        chunk.pop(number, None)
        if day in self._days:
            self._days[day][at] = len(chunk)
        self._dirty.add((day, at))

    def count(self, day: str) -> int:
        return sum(self._days.get(day, {}).values())

    def ids(self, day: str) -> Iterator[int]:
        for chunk in sorted(self._days.get(day, ())):
            yield from sorted(self._chunk(day, chunk))

    def changes(self) -> dict[str, Json | None]:
        """What must be saved, together with the cursor. Whatever changes later is another run's."""
        if not self._dirty and not self._gone:
            return {}
        changed: dict[str, Json | None] = {_name(*key): None for key in self._gone}
        for key in self._dirty:
            chunk = self._chunks[key]
            changed[_name(*key)] = _packed(chunk) if chunk else None
            if not chunk:
                self._days.get(key[0], {}).pop(key[1], None)
        changed[INDEX] = {
            day: {str(chunk): rows for chunk, rows in chunks.items()} for day, chunks in self._days.items()
        }
        return changed

    def saved(self) -> None:
        self._dirty.clear()
        self._gone.clear()

    def forgotten(self) -> dict[str, Json | None]:
        """What must be saved when all of it is void: a new epoch."""
        kept = self._gone | {(day, chunk) for day, chunks in self._days.items() for chunk in chunks}
        return {**{_name(*key): None for key in kept}, INDEX: None}

    def _chunk(self, day: str, number: int) -> dict[int, int]:
        found = self._chunks.get((day, number))
        if found is None:
            kept = self._get(_name(day, number)) if number in self._days.get(day, ()) else None
            found = self._chunks[day, number] = {} if kept is None else _unpacked(kept)
        return found


def _name(day: str, chunk: int) -> str:
    return f"day/{day}/{chunk}"


def _packed(chunk: dict[int, int]) -> Json:
    """ids relative to the first; both little arrays as base64, a tenth of what numbers in JSON take."""
    first = min(chunk)
    ids, contents = array("H", [number - first for number in chunk]), array("I", chunk.values())
    return {"first": first, "ids": _text(ids), "contents": _text(contents)}


def _text(numbers: array[int]) -> str:
    return b64encode(numbers.tobytes()).decode()


def _unpacked(kept: Json) -> dict[int, int]:
    ids, contents = array("H"), array("I")
    ids.frombytes(b64decode(kept["ids"]))
    contents.frombytes(b64decode(kept["contents"]))
    first: int = kept["first"]
    return {first + number: content for number, content in zip(ids, contents, strict=True)}
