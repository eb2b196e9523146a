"""Whose a door event is: UserIDs by name and by code, from the users that were read last. Hashes only.

State `users.N`: UserID to [digest of the row, hash of the name, hashes of codes...]. Source: spec/connectors.md A5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connectors.source import Json
from wire.akuvox.redaction import code_hash

Entries = dict[str, list[str]]


class UserMap:
    """Loaded when it is first needed; `forget` after the users were saved anew."""

    def __init__(self, get: Callable[[str], Json | None]) -> None:
        self._get = get
        self._loaded = False
        self._by_name: dict[str, str] = {}
        self._by_code: dict[str, str] = {}

    def forget(self) -> None:
        self._loaded = False

    def user_of(self, row: Mapping[str, object], key: bytes) -> str:
        """UserID of a door row whose Code is a hash; "" for nobody, and where name and code are not the same one's.

        The name is what the station made of the code then; the card may be another's by now.
        """
        if not self._loaded:
            self._load()
        by_code = self._by_code.get(str(row.get("Code") or ""), "")
        by_name = self._by_name.get(code_hash(str(row.get("Name") or ""), key), "")
        if by_code and by_name and by_code != by_name:
            return ""
        return by_code or by_name

    def _load(self) -> None:
        self._by_name, self._by_code, self._loaded = {}, {}, True
        for user, (_, name, *codes) in load_entries("users", self._get).items():
            for found, of in ((self._by_name, [name]), (self._by_code, codes)):
                for hashed in of:
                    if hashed:
                        # Two people of one name, or one card of two: nobody's.
                        found[hashed] = user if found.get(hashed, user) == user else ""


def load_entries(name: str, get: Callable[[str], Json | None]) -> Entries:
    """All entries of a list that was kept in pieces."""
    head = get(name)
    found: Entries = {}
    for number in range(head["pieces"] if head else 0):
        found.update(get(f"{name}.{number}") or {})
    return found


def pieces_of(name: str, entries: Entries, before: Json | None, most_bytes: int) -> dict[str, Json | None]:
    """State values that hold the entries, none larger than so many bytes; pieces that are not needed any more go."""
    pieces: list[Entries] = [{}]
    size = 0
    for key, entry in entries.items():
        length = 6 * len(key) + sum(map(len, entry)) + 3 * len(entry) + 6  # as JSON, escaped at the worst
        if size + length > most_bytes and pieces[-1]:
            pieces.append({})
            size = 0
        pieces[-1][key] = entry
        size += length
    values: dict[str, Json | None] = {f"{name}.{number}": dict(piece) for number, piece in enumerate(pieces)}
    for number in range(len(pieces), before["pieces"] if before else 0):
        values[f"{name}.{number}"] = None
    return {name: {"pieces": len(pieces)}, **values}
