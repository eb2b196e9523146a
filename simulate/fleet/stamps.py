"""The stamps of a terminal: where the server stands in each table, as text, read by the server only (H3, H4)."""

from typing import Literal

_OLD_NAMES = {"ATTLOG": "", "ATTPHOTO": "PHOTO"}


class Stamps:
    """By table. A constant firmware always says 9999; another the time of its last upload, or what the server gave."""

    def __init__(self, kind: Literal["time", "9999"]) -> None:
        self._constant = kind == "9999"
        self._texts: dict[str, str] = {}

    def take(self, given: dict[str, str]) -> None:
        """Those of a handshake: by the name before `Stamp`, in upper case."""
        self._texts |= given

    def given(self, table: str) -> str:
        """What is known of a table, by its new or its old name; "" when nothing is."""
        return self._texts.get(table) or self._texts.get(_OLD_NAMES.get(table, "OP"), "")

    def uploaded(self, table: str, second: str) -> None:
        """An upload of this table was acknowledged at this local second."""
        self._texts[table] = second

    def of(self, table: str) -> str:
        """What goes with the next upload."""
        return "9999" if self._constant else self.given(table) or "0"
