"""One employee's state while a batch is worked on: read when first asked for, written once, when it is settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from processors.timecards.stream.bucket import Bucket
from processors.timecards.stream.causes import Touch
from processors.timecards.stream.errors import NotRestored
from processors.timecards.stream.facts import Facts
from processors.timecards.stream.header import Header
from processors.timecards.stream.kept_codec import decode_bucket, decode_header, encode_bucket, encode_header
from processors.timecards.stream.state_keys import bucket_key, bucket_of_date, held_key


class WorkingCopy:
    """`stored` are the partition's values, `restored` archived ones. touched: why each week must be derived again, by
    week start; facts, first_place: of before the batch."""

    __slots__ = (
        "_buckets", "_dirty", "_held", "_is_header_dirty", "_restored", "_stored", "archived", "employee", "facts",
        "first_place", "header", "owner", "tenant", "touched",
    )  # fmt: skip

    facts: Facts

    def __init__(self, owner: bytes, stored: Mapping[bytes, bytes], restored: Mapping[bytes, bytes]) -> None:
        self.owner = owner
        self.tenant, _, self.employee = owner.decode().partition("+")
        value = stored.get(owner)
        self.header = decode_header(value) if value is not None else Header()
        self.first_place = self.header.first_place
        self.touched: dict[date, list[Touch]] = {}
        self.archived: dict[bytes, bytes] = {}  # to be written to the archive
        self._stored = stored
        self._restored = restored
        self._buckets: dict[int, Bucket | None] = {}
        self._dirty: set[int] = set()
        self._is_header_dirty = False
        self._held: dict[date, bytes | None] = {}

    def bucket(self, number: int) -> Bucket | None:
        """None when there is nothing in it. Raises NotRestored."""
        try:
            return self._buckets[number]  # asked for many times
        except KeyError:
            found = self._buckets[number] = self._read(number)
            return found

    def buckets(self, numbers: Iterable[int]) -> list[Bucket]:
        return [bucket for number in numbers if (bucket := self.bucket(number)) is not None]

    def of_date(self, day: date) -> Bucket | None:
        return self.bucket(bucket_of_date(day))

    def change(self, number: int) -> Bucket:
        """The bucket, made when there is none, to be changed."""
        bucket = self.bucket(number)
        if bucket is None:
            self._buckets[number] = bucket = Bucket(number)
        self._dirty.add(number)
        self.header.archived.discard(number)
        if number not in self.header.hot:
            self.header.hot.add(number)
            self._is_header_dirty = True
        return bucket

    def change_of_date(self, day: date) -> Bucket:
        return self.change(bucket_of_date(day))

    def change_header(self) -> Header:
        self._is_header_dirty = True
        return self.header

    def touch(self, week: date, touch: Touch) -> None:
        touches = self.touched.setdefault(week, [])
        if touch not in touches:
            touches.append(touch)

    def is_hot(self, numbers: Iterable[int]) -> bool:
        """None of them is archived (and not restored)."""
        archived = self.header.archived
        return not archived or all(number not in archived or self._is_here(number) for number in numbers)

    def held(self, week: date) -> bytes | None:
        """held.py; of a week with dates of a period that is CLOSING."""
        return self._held[week] if week in self._held else self._stored.get(held_key(self.owner, week))

    def hold(self, week: date, value: bytes | None) -> None:
        self._held[week] = value

    def archive(self, number: int) -> None:
        """Move a bucket, as it is stored, out of the state."""
        key = bucket_key(self.owner, number)
        bucket = self.bucket(number)
        assert bucket is not None
        self.archived[key] = encode_bucket(bucket) if number in self._dirty else self._stored[key]
        self._dirty.discard(number)
        self._buckets.pop(number)
        self.header.hot.discard(number)
        self.header.archived.add(number)
        self._is_header_dirty = True

    def values(self) -> Iterator[tuple[bytes, bytes | None]]:
        """What is to be written."""
        for number in sorted(self._dirty):
            bucket = self._buckets[number]
            if bucket is None or bucket.is_empty:
                self.header.hot.discard(number)
                self._is_header_dirty = True
                yield bucket_key(self.owner, number), None
            else:
                yield bucket_key(self.owner, number), encode_bucket(bucket)
        for key in self.archived:
            yield key, None
        for week, value in self._held.items():
            yield held_key(self.owner, week), value
        if self._is_header_dirty:
            yield self.owner, encode_header(self.header)

    def _read(self, number: int) -> Bucket | None:
        is_hot = number in self.header.hot
        if not is_hot and number not in self.header.archived:
            return None
        key = bucket_key(self.owner, number)
        value = self._stored.get(key) if is_hot else self._restored.get(key)
        if value is None:
            raise NotRestored(f"the archive has no {key!r}: read it again from its beginning, or restore its topic")
        return decode_bucket(number, value)

    def _is_here(self, number: int) -> bool:
        return self._buckets.get(number) is not None or bucket_key(self.owner, number) in self._restored
