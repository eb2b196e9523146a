"""Which transactions a request sees, in which order."""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from simulate.biotime.store import Index, Store

ORDERINGS = ("punch_time", "-punch_time", "upload_time", "-upload_time")
"""What `ordering` honours; anything else is read over, and ids go up."""

_KEPT = 8


@dataclass(frozen=True, slots=True)
class Filters:
    """serials: of the terminals asked for; None is all. start, end: wall seconds of punch_time, both inclusive."""

    emp_code: str | None = None
    serials: tuple[str, ...] | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A range of an index, forwards or backwards."""

    index: Index
    start: int
    stop: int
    backwards: bool

    @property
    def count(self) -> int:
        return self.stop - self.start

    def slots(self, first: int, last: int) -> Iterator[int]:
        """Slots of the rows first to last-1, as the request orders them."""
        last = min(last, self.count)
        if self.backwards:
            return reversed(self.index[self.stop - last : self.stop - first])
        return iter(self.index[self.start + first : self.start + last])


class Queries:
    """Finds views. Whole orders and ranges of punch time are free; other lists are made once and kept while true."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[Filters, str], list[int]] = OrderedDict()
        self._generation = -1

    def view(self, filters: Filters, ordering: str) -> View:
        """The rows that match; ordering is read over unless it is one of ORDERINGS."""
        field = ordering.lstrip("-") if ordering in ORDERINGS else "id"
        backwards = field != "id" and ordering.startswith("-")
        store = self._store
        whole = {"id": store.by_id, "punch_time": store.by_punch, "upload_time": store.by_upload}[field]
        first, last = self._range(filters)
        chosen = filters.emp_code is not None or filters.serials is not None
        if not chosen and last - first == len(store):
            return View(whole, 0, len(whole), backwards)
        if not chosen and field == "punch_time":
            return View(whole, first, last, backwards)
        found = self._list(filters, field, first, last)
        return View(found, 0, len(found), backwards)

    def _range(self, filters: Filters) -> tuple[int, int]:
        index, punch = self._store.by_punch, self._store.punch.__getitem__
        first = 0 if filters.start is None else bisect_left(index, filters.start, key=punch)
        last = len(index) if filters.end is None else bisect_right(index, filters.end, key=punch)
        return first, max(first, last)

    def _list(self, filters: Filters, field: str, first: int, last: int) -> list[int]:
        if self._generation != self._store.generation:
            self._kept.clear()
            self._generation = self._store.generation
        found = self._kept.get((filters, field))
        if found is None:
            found = self._make(filters, field, first, last)
            self._kept[(filters, field)] = found
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def _make(self, filters: Filters, field: str, first: int, last: int) -> list[int]:
        store = self._store
        found: Index
        if filters.emp_code is not None:
            found = store.of_code(filters.emp_code)
        elif filters.serials is not None:
            found = [slot for serial in filters.serials for slot in store.of_serial(serial)]
        else:
            found = store.by_punch[first:last]
        start = filters.start if filters.start is not None else 0
        end = filters.end if filters.end is not None else 2**32
        if filters.emp_code is not None or filters.serials is not None:
            found = [slot for slot in found if start <= store.punch[slot] <= end]
        if filters.emp_code is not None and filters.serials is not None:
            found = [slot for slot in found if store.serial_at(slot) in filters.serials]
        if field == "id":
            return sorted(found)
        column = store.punch if field == "punch_time" else store.upload
        return sorted(found, key=lambda slot: (column[slot], slot))
