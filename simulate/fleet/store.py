"""What a terminal knows of its people and settings: rows by table and key, made from the seed when first asked for."""

import base64
import random
from collections.abc import Iterator

from simulate.fleet.people import factory_rows
from simulate.fleet.pictures import jpeg, template
from simulate.fleet.punches import normal_pin
from simulate.fleet.tables import TABLES, Table

Row = dict[str, str]
Key = tuple[str, ...]

CAPACITY = {"USERINFO": 50_000, "FINGERTMP": 100_000, "SMS": 1_000, "WORKCODE": 1_000, "USERPIC": 10_000}
"""Rows that a table holds; 100,000 where it is not said."""


class Store:
    """Rows of one terminal. Column names are in lower case; PINs are keys without blanks and leading zeros.

    A table is made by the seed when it is first touched: a terminal that nobody asks holds nothing.
    """

    def __init__(self, seed: str, pins: list[str], chinese: bool = False) -> None:
        self._seed = seed
        self._pins = pins
        self._chinese = chinese
        self._tables: dict[str, dict[Key, Row]] = {}

    def rows(self, name: str) -> dict[Key, Row]:
        """The rows of a table by key, oldest first; to be read only."""
        if name not in self._tables:
            rng = random.Random(f"{self._seed}:{name}")
            made = factory_rows(name, rng, self._pins, self._chinese)
            self._tables[name] = {key_of(TABLES[name], row): row for row in made}
        return self._tables[name]

    def user(self, pin: str) -> Row | None:
        """The user with this PIN."""
        return self.rows("USERINFO").get((normal_pin(pin),))

    def put(self, table: Table, row: Row) -> bool:
        """Add a row, or change the columns that are given. Returns whether there was room."""
        rows, key = self.rows(table.name), key_of(table, row)
        if key not in rows and len(rows) >= CAPACITY.get(table.name, 100_000):
            return False
        rows[key] = {**rows.get(key, {}), **row}
        return True

    def matching(self, table: Table, wanted: Row) -> Iterator[Key]:
        """Keys of the rows whose key columns are as wanted; columns that are not named may be anything."""
        places = [(i, wanted[k.lower()]) for i, k in enumerate(table.keys) if k.lower() in wanted]
        plain = [(i, _plain(table.keys[i], text)) for i, text in places]
        return (key for key in list(self.rows(table.name)) if all(key[i] == text for i, text in plain))

    def delete(self, table: Table, wanted: Row) -> int:
        """Delete the rows that match, with a user also what belongs to them. Returns how many rows matched."""
        gone = list(self.matching(table, wanted))
        for key in gone:
            del self.rows(table.name)[key]
        if table.name == "USERINFO" and gone:
            pins = {key[0] for key in gone}
            for other in TABLES.values():
                if other.of_user:
                    rows = self.rows(other.name)
                    for key in [key for key in rows if key[0] in pins]:
                        del rows[key]
        return len(gone)

    def reset(self, name: str) -> None:
        """Back to the factory's rows."""
        self._tables.pop(name, None)

    def clear(self) -> None:
        """Delete every row of every table."""
        self._tables = {name: {} for name in TABLES}

    def content(self, table: Table, row: Row) -> str:
        """The row's template or picture in BASE64: what it was given, or what the seed made of it."""
        given = row.get(table.content.lower(), "")
        words = f"{self._seed}:{table.name}:{key_of(table, row)}"
        if given:
            return given
        return base64.b64encode(jpeg(words)).decode() if table.content == "Content" else template(words)


def key_of(table: Table, row: Row) -> Key:
    """The row's key; missing columns are empty."""
    return tuple(_plain(name, row.get(name.lower(), "")) for name in table.keys)


def _plain(column: str, text: str) -> str:
    return normal_pin(text) if column.upper() == "PIN" else text.strip().lstrip("0") or "0"
