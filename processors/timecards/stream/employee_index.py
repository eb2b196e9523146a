"""Who is in a partition, and whose days lie in the archive: in memory, made anew when the partition is loaded."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping
from typing import Final

from processors.timecards.stream.header import BucketRanges, Header
from processors.timecards.stream.kept_codec import decode_header
from processors.timecards.stream.state_keys import read_key

_NOTHING: Final = BucketRanges()


class EmployeeIndex:
    """Owners are keys of headers."""

    def __init__(self) -> None:
        self._owners: list[bytes] = []
        self._known: set[bytes] = set()
        self._archived: dict[bytes, BucketRanges] = {}

    def __len__(self) -> int:
        return len(self._owners)

    def load(self, stored: Mapping[bytes, bytes]) -> Iterator[tuple[bytes, Header]]:
        """Everybody, while they are being read."""
        self._owners = sorted(key for key in stored if read_key(key).kind == "header")
        self._known = set(self._owners)
        for owner in self._owners:
            header = decode_header(stored[owner])
            self._keep_archived(owner, header)
            yield owner, header

    def remember(self, owner: bytes, header: Header) -> None:
        """As it is written."""
        if owner not in self._known:
            self._known.add(owner)
            insort(self._owners, owner)
        self._keep_archived(owner, header)

    def archived(self, owner: bytes) -> BucketRanges:
        return self._archived.get(owner, _NOTHING)

    def after(self, cursor: bytes, count: int) -> list[bytes]:
        """The next ones in order."""
        at = bisect_right(self._owners, cursor)
        return self._owners[at : at + count]

    def _keep_archived(self, owner: bytes, header: Header) -> None:
        if header.archived:
            self._archived[owner] = BucketRanges(list(header.archived.ranges))
        else:
            self._archived.pop(owner, None)
