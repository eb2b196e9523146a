"""Which weeks must be derived again when the event time of a site passes an instant: an index in memory, made anew from
the headers when the partition is loaded."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import date
from heapq import heapify, heappop, heappush
from typing import Final

from processors.timecards.stream.event_time import EventTime

_SPARE: Final = 1000


class Dues:
    """Each entry lies at the site that is the last to know, so that a site's watermark finds its own. ready: entries
    whose instant has come, and that nobody has taken yet."""

    def __init__(self) -> None:
        self._heaps: dict[str, list[tuple[int, bytes, date]]] = {}
        self._entries: dict[tuple[bytes, date], tuple[int, str]] = {}
        self.ready: deque[tuple[bytes, date]] = deque()

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, owner: bytes, week: date, due_ms: int, site: str) -> None:
        if self._entries.get((owner, week)) == (due_ms, site):
            return
        self._entries[owner, week] = (due_ms, site)
        heap = self._heaps.setdefault(site, [])
        heappush(heap, (due_ms, owner, week))
        if len(heap) > _SPARE + 2 * len(self._entries):
            # Each punch moves what its week waits for; where event time stands still nothing else takes these away.
            heap[:] = [one for one in heap if self._entries.get(one[1:]) == (one[0], site)]
            heapify(heap)

    def drop(self, owner: bytes, week: date) -> None:
        self._entries.pop((owner, week), None)

    def rise(self, site: str, times: EventTime) -> None:
        """A site knows more: what has come is ready to be taken."""
        self.ready.extend(self._passed(site, times.of((site,))[0]))

    def rise_everywhere(self, times: EventTime) -> None:
        """The floor of event time rose, or nobody has looked yet."""
        for site in list(self._heaps):
            self.rise(site, times)

    def _passed(self, site: str, event_time: int) -> Iterator[tuple[bytes, date]]:
        """Entries of a site whose instant has come; each leaves the index."""
        heap = self._heaps.get(site, [])
        while heap and heap[0][0] <= event_time:
            due_ms, owner, week = heappop(heap)
            if self._entries.get((owner, week)) == (due_ms, site):
                del self._entries[owner, week]
                yield owner, week
