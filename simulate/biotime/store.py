"""The transactions of a server, in columns: about 40 bytes a row with its indexes, a million rows in some 45 MB.

A row's place in the columns is its slot. Slots are in the order of ids. The indexes hold the slots that can be seen,
each in its order, so a page of any of them costs a slice; putting a row into the middle moves memory, no objects.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Index = Sequence[int]


@dataclass(frozen=True, slots=True)
class Transaction:
    """One punch as the server keeps it. punch, upload: wall seconds. serial: empty for manual rows, "App" by telephone.

    extra: what few rows have (`longitude`, `latitude`, `gps_location`), by the names of the API.
    """

    emp_code: str
    serial: str
    punch: int
    upload: int
    state: int = 255
    verify: int = 1
    source: int = 1
    work_code: str = "0"
    extra: dict[str, Any] | None = field(default=None, compare=False)


class _Names:
    """Texts that repeat, as small numbers."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        number = self._numbers.setdefault(text, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number

    def known(self, text: str) -> int | None:
        return self._numbers.get(text)


class Store:
    """generation: goes up whenever what can be seen changes."""

    def __init__(self) -> None:
        self.ids = array("I")
        self.punch = array("I")
        self.upload = array("I")
        self._code = array("I")
        self._serial = array("I")
        self._work = array("I")
        self._state = array("H")
        self._verify = array("H")
        self._source = array("B")
        self._seen = array("B")
        self._names = _Names()
        self._extra: dict[int, dict[str, Any]] = {}
        self.by_id = array("I")
        self.by_punch = array("I")
        self.by_upload = array("I")
        self._by_code: dict[int, array[int]] = {}
        self._by_serial: dict[int, array[int]] = {}
        self.generation = 0

    def __len__(self) -> int:
        """How many rows can be seen."""
        return len(self.by_id)

    @property
    def max_id(self) -> int:
        """The greatest id ever given and not taken back; 0 for none."""
        return self.ids[-1] if self.ids else 0

    def append(self, row_id: int, row: Transaction) -> int:
        """Keep a row that cannot be seen yet; ids go up. Returns its slot."""
        assert row_id > self.max_id, f"id {row_id} after {self.max_id}"
        number = self._names.number
        self.ids.append(row_id)
        self.punch.append(row.punch)
        self.upload.append(row.upload)
        self._code.append(number(row.emp_code))
        self._serial.append(number(row.serial))
        self._work.append(number(row.work_code))
        self._state.append(row.state)
        self._verify.append(row.verify)
        self._source.append(row.source)
        self._seen.append(0)
        slot = len(self.ids) - 1
        if row.extra:
            self._extra[slot] = row.extra
        return slot

    def at(self, slot: int) -> Transaction:
        """The row of a slot."""
        texts = self._names.texts
        return Transaction(
            emp_code=texts[self._code[slot]],
            serial=texts[self._serial[slot]],
            punch=self.punch[slot],
            upload=self.upload[slot],
            state=self._state[slot],
            verify=self._verify[slot],
            source=self._source[slot],
            work_code=texts[self._work[slot]],
            extra=self._extra.get(slot),
        )

    def slot_of(self, row_id: int) -> int | None:
        """The slot of an id that can be seen."""
        slot = self.place_of(row_id)
        return slot if slot < len(self.ids) and self.ids[slot] == row_id and self._seen[slot] else None

    def place_of(self, row_id: int) -> int:
        """The slot of an id that was appended, seen or not."""
        return bisect_left(self.ids, row_id)

    def show(self, slot: int) -> None:
        """Let a row be seen."""
        self._seen[slot] = 1
        _insert(self.by_id, slot, self.ids)
        _insert(self.by_punch, slot, self.punch)
        _insert(self.by_upload, slot, self.upload)
        _insert(self._by_code.setdefault(self._code[slot], array("I")), slot, self.ids)
        _insert(self._by_serial.setdefault(self._serial[slot], array("I")), slot, self.ids)
        self.generation += 1

    def hide(self, slot: int) -> None:
        """Delete a row: it can never be seen again, its id is not given again."""
        _take(self.by_id, slot, self.ids)
        _take(self.by_punch, slot, self.punch)
        _take(self.by_upload, slot, self.upload)
        _take(self._by_code[self._code[slot]], slot, self.ids)
        _take(self._by_serial[self._serial[slot]], slot, self.ids)
        self._seen[slot] = 0
        self.generation += 1

    def edit(self, slot: int, *, state: int | None = None, punch: int | None = None) -> None:
        """Change a row that can be seen."""
        if state is not None:
            self._state[slot] = state
        if punch is not None:
            _take(self.by_punch, slot, self.punch)
            self.punch[slot] = punch
            _insert(self.by_punch, slot, self.punch)
        self.generation += 1

    def show_all(self, slots: Iterable[int]) -> None:
        """Let many rows be seen at once: the indexes are built anew."""
        for slot in slots:
            self._seen[slot] = 1
        self._build()

    def cut(self, kept_id: int) -> None:
        """Forget all rows with a greater id, seen or not; their ids will be given again."""
        start = bisect_right(self.ids, kept_id)
        for column in (self.ids, self.punch, self.upload, self._code, self._serial, self._work, self._state):
            del column[start:]
        for small in (self._verify, self._source, self._seen):
            del small[start:]
        self._extra = {slot: extra for slot, extra in self._extra.items() if slot < start}
        self._build()

    def of_code(self, emp_code: str) -> Index:
        """Slots of an employee, in the order of ids."""
        number = self._names.known(emp_code)
        return () if number is None else self._by_code.get(number, ())

    def of_serial(self, serial: str) -> Index:
        """Slots of a terminal, in the order of ids."""
        number = self._names.known(serial)
        return () if number is None else self._by_serial.get(number, ())

    def serial_at(self, slot: int) -> str:
        return self._names.texts[self._serial[slot]]

    def find(self, row: Transaction) -> int | None:
        """The id of a row that can be seen with the same employee, terminal and second."""
        start = bisect_left(self.by_punch, row.punch, key=self.punch.__getitem__)
        for place in range(start, len(self.by_punch)):
            slot = self.by_punch[place]
            if self.punch[slot] != row.punch:
                break
            texts = self._names.texts
            if texts[self._code[slot]] == row.emp_code and texts[self._serial[slot]] == row.serial:
                return self.ids[slot]
        return None

    def _build(self) -> None:
        self.by_id = array("I", (slot for slot, seen in enumerate(self._seen) if seen))
        self.by_punch = array("I", sorted(self.by_id, key=self.punch.__getitem__))
        self.by_upload = array("I", sorted(self.by_id, key=self.upload.__getitem__))
        self._by_code, self._by_serial = {}, {}
        for index, column in ((self._by_code, self._code), (self._by_serial, self._serial)):
            for slot in self.by_id:
                name = column[slot]
                if name not in index:
                    index[name] = array("I")
                index[name].append(slot)
        self.generation += 1


def _place(index: "array[int]", slot: int, column: "array[int]") -> int:
    """Where a slot is, or belongs, in an index ordered by (column, slot)."""
    return bisect_left(index, (column[slot], slot), key=lambda other: (column[other], other))


def _insert(index: "array[int]", slot: int, column: "array[int]") -> None:
    if not index or (column[index[-1]], index[-1]) < (column[slot], slot):
        index.append(slot)
    else:
        index.insert(_place(index, slot, column), slot)


def _take(index: "array[int]", slot: int, column: "array[int]") -> None:
    del index[_place(index, slot, column)]
