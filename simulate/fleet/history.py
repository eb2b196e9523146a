"""The records that a terminal holds, sent or not: eight bytes each, the oldest overwritten when it is full."""

from array import array

_PERSON_BITS = 20


class History:
    """Person (a number) and local second of every record, oldest first.

    capacity: when so many are held, the oldest tenth is deleted, as DelRecord says (document, chapter 5).
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._records = array("Q")

    def __len__(self) -> int:
        return len(self._records)

    def add(self, person: int, local_second: int) -> None:
        """A new record."""
        self._records.append(local_second << _PERSON_BITS | person)
        if len(self._records) > self._capacity:
            del self._records[: self._capacity // 10]

    def between(self, first: int, last: int) -> list[tuple[int, int]]:
        """(person, local second) of the records from `first` to `last`, both included, in the order of their making."""
        low, high = first << _PERSON_BITS, (last + 1) << _PERSON_BITS
        mask = (1 << _PERSON_BITS) - 1
        return [(record & mask, record >> _PERSON_BITS) for record in self._records if low <= record < high]

    def clear(self) -> None:
        """Forget all."""
        del self._records[:]
