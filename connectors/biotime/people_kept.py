"""What is kept of each employee of a server: enough to see that a row is the same, and to end what was told of one.

People whose ids are neighbours stand next to each other on a page and lie in one chunk, so a page touches few of them;
UUIDs are spread over 1,024. A chunk of 256 people with 100 areas each still fits into a state record (512 KiB).
"""

from __future__ import annotations

from typing import Final, NamedTuple
from zlib import crc32

from connectors.biotime.people_records import IdentityPlace
from connectors.source import Json, State

PROGRESS: Final = "people"
_PER_CHUNK: Final = 256
_SPREAD: Final = 1024


class KeptPerson(NamedTuple):
    """digest: of all that its records are made of; scopes, since: of the identities that were told."""

    code: str
    since: int | None
    scopes: list[str]
    digest: int

    @property
    def places(self) -> list[IdentityPlace]:
        return [IdentityPlace(scope, self.since) for scope in self.scopes]


class KeptPeople:
    """Changes are seen at once, and saved by whoever puts `changes()`. Made anew for each run. chunks: their names."""

    def __init__(self, state: State) -> None:
        self._state = state
        progress = state.get(PROGRESS) or {}
        self.page: int = progress.get("page", 1)
        self.chunks: list[str] = progress.get("chunks", [])
        self._loaded: dict[str, Json] = {}
        self._changed: set[str] = set()

    def get(self, number: str) -> KeptPerson | None:
        found = self._chunk(_chunk_of(number)).get(number)
        return None if found is None else KeptPerson(*found)

    def set(self, number: str, person: KeptPerson | None) -> None:
        name = _chunk_of(number)
        chunk = self._chunk(name)
        if person is None:
            chunk.pop(number, None)
        else:
            chunk[number] = list(person)
        self._changed.add(name)

    def people_of(self, chunk: str) -> dict[str, KeptPerson]:
        """By id, as committed."""
        found = self._state.get(f"{PROGRESS}/{chunk}") or {}
        return {number: KeptPerson(*kept) for number, kept in found.items()}

    def changes(self, page: int, *, save_page: bool) -> dict[str, Json | None]:
        """What to put, empty where there is nothing. page: the next to be read."""
        values: dict[str, Json | None] = {f"{PROGRESS}/{name}": self._loaded[name] or None for name in self._changed}
        names = set(self.chunks) | {name for name in self._changed if self._loaded[name]}
        names -= {name for name in self._changed if not self._loaded[name]}
        if save_page or names != set(self.chunks):
            values[PROGRESS] = {"page": page, "chunks": sorted(names)}
        return values

    def _chunk(self, name: str) -> Json:
        if name not in self._loaded:
            self._loaded[name] = self._state.get(f"{PROGRESS}/{name}") or {}
        return self._loaded[name]


def code_of(state: State, number: str) -> str:
    """The code of the employee with this id; "" where it was not read."""
    found = (state.get(f"{PROGRESS}/{_chunk_of(number)}") or {}).get(number)
    return "" if found is None else KeptPerson(*found).code


def _chunk_of(number: str) -> str:
    if number.isascii() and number.isdigit() and len(number) < 16:
        return str(int(number) // _PER_CHUNK)
    return f"x{crc32(number.encode()) % _SPREAD}"
