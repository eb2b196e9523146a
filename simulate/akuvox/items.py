"""Lists that a station keeps: private keys, cards, contacts, groups, dial replacements, users."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from simulate.akuvox.errors import RefusedCall

Item = dict[str, str]

_DAYS = ("Mon", "Tue", "Wed", "Thur", "Fri", "Sat", "Sun")
_ALWAYS = {**dict.fromkeys(_DAYS, "1"), "TimeStart": "00:00", "TimeEnd": "00:00"}
_MOST_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class ListKind:
    """One kind of list. fields: names with the value of a new item; ID is not among them.

    needed: fields that a new item must have. echoed: what answers repeat of an item, after ID.
    unique: a field that no two items share, or none. numbered_results: Ret of a new item is its ID (rfkey).
    plain_results: answers are retcode 1 without data (user).
    """

    fields: Mapping[str, str]
    needed: tuple[str, ...]
    echoed: tuple[str, ...]
    unique: str = ""
    numbered_results: bool = False
    plain_results: bool = False


KINDS = {
    "privatekey": ListKind({"Code": "", "Name": "", "DoorNum": "1", **_ALWAYS}, ("Code",), ("Code", "Name"), "Code"),
    "rfkey": ListKind(
        {"Code": "", "Name": "", "DoorNum": "1", "Tags": "0", "Frequency": "0", **_ALWAYS},
        ("Code",),
        ("Code", "Name"),
        "Code",
        numbered_results=True,
    ),
    "contact": ListKind({"Name": "", "Phone": "", "DialType": "0", "Group": ""}, ("Name",), ("Name", "Phone")),
    "group": ListKind({"Name": ""}, ("Name",), ("Name",), "Name"),
    "dialreplace": ListKind(
        {"Prefix": "", "Line": "0", **{f"Replace{number}": "" for number in range(1, 6)}},
        ("Prefix",),
        ("Prefix",),
        "Prefix",
    ),
    "user": ListKind(
        {
            "UserID": "",
            "Name": "",
            "CardCode": "",
            "PrivatePIN": "",
            "FaceUrl": "",
            "LiftFloorNum": "0",
            "ScheduleRelay": "1001-1",
            "SourceType": "1",
            "Type": "0",
            "WebRelay": "0",
        },
        ("Name",),
        (),
        "UserID",
        plain_results=True,
    ),
}


class ItemList:
    """One list of one station. Items keep their ID; a new item gets the next one whatever the caller gives."""

    def __init__(self, kind: ListKind, make: Callable[[], list[Item]] = list) -> None:
        self.kind = kind
        self._make = make
        self._items: dict[str, Item] | None = None
        self._next_id = 1

    @property
    def items(self) -> list[Item]:
        """All items, oldest first; to be read only."""
        return list(self._rows().values())

    def add(self, given: Item) -> tuple[int, Item]:
        """Ret and the item. Raises RefusedCall -100 when a needed field is missing."""
        rows = self._rows()
        if any(not given.get(name) for name in self.kind.needed):
            raise RefusedCall(-100, "Param error")
        item = {name: given.get(name, value) for name, value in self.kind.fields.items()}
        taken = self.kind.unique and item[self.kind.unique]
        if (taken and any(row[self.kind.unique] == taken for row in rows.values())) or len(rows) >= _MOST_ITEMS:
            return -1, {"ID": given.get("ID", "0"), **item}
        item = {"ID": str(self._next_id), **item}
        if self.kind.unique == "UserID" and not item["UserID"]:
            item["UserID"] = item["ID"]
        self._next_id += 1
        rows[item["ID"]] = item
        return int(item["ID"]) if self.kind.numbered_results else 0, item

    def set(self, given: Item) -> tuple[int, Item]:
        """Ret and the item after the change; -1 and what was given when there is no such ID."""
        item = self._rows().get(given.get("ID", ""))
        if item is None:
            return -1, given
        item.update({name: value for name, value in given.items() if name in self.kind.fields})
        return 0, item

    def delete(self, given: Item) -> list[tuple[int, Item]]:
        """Delete what has all the fields that are given; one result for each, or a -1 when there is nothing."""
        rows = self._rows()
        known = {name: value for name, value in given.items() if name == "ID" or name in self.kind.fields}
        found = [row for row in rows.values() if known and all(row[name] == value for name, value in known.items())]
        for row in found:
            del rows[row["ID"]]
        return [(0, row) for row in found] or [(-1, given)]

    def clear(self) -> None:
        """Delete all items; IDs go on."""
        self._rows().clear()

    def replace(self, items: list[Item]) -> None:
        """An import: these items instead of those that are there."""
        self.clear()
        for item in items:
            if all(item.get(name) for name in self.kind.needed):
                self.add(item)

    def factory(self) -> None:
        """An empty list whose IDs start again."""
        self._items, self._next_id = {}, 1

    def _rows(self) -> dict[str, Item]:
        if self._items is None:
            self._items = {item["ID"]: item for item in self._make()}
            self._next_id = len(self._items) + 1
        return self._items
