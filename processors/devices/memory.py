"""How full a device's attendance memory is, and when it begins to overwrite its oldest records (errata Z13).

`~MaxAttLogCount` counts tens of thousands: the firmware multiplies it (`~MaxAttLogCount=10` is a clock for 100,000
records), and devices in the field report 5 to 50 there. A number above 1,000 is taken as the count itself. Where a
device does not say, the registry's `transaction_capacity` is used.
The usual rate is the growth of the device's own count from day to day over the last four weeks, falls (cleared, or
overwritten: `DelRecord` at a time) left out; it is known after a week.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from processors.devices.facts import DeviceFacts
from processors.devices.numbers import count_of

_CAPACITY_OPTION = "~MaxAttLogCount"
_CAPACITY_UNIT = 10_000
_PLAIN_ABOVE = 1000
_DAYS = 28
_DAYS_KNOWN = 7
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """transactions, capacity: attendance records; by_day: UTC day number to the first count of that day, last 28."""

    transactions: int | None = None
    capacity: int | None = None
    by_day: dict[str, int] = field(default_factory=dict)

    @property
    def fill_percent(self) -> float | None:
        if self.transactions is None or not self.capacity:
            return None
        return min(100.0, round(100 * self.transactions / self.capacity, 1))

    @property
    def days_until_full(self) -> float | None:
        rate = self._rate()
        if self.transactions is None or not self.capacity or not rate:
            return None
        return round(max(0, self.capacity - self.transactions) / rate, 1)

    def _rate(self) -> float | None:
        """Records a day, None while unknown."""
        days = sorted((int(day), count) for day, count in self.by_day.items())
        if not days or days[-1][0] - days[0][0] < _DAYS_KNOWN:
            return None
        grown = sum(max(0, after - before) for (_, before), (_, after) in pairwise(days))
        return grown / (days[-1][0] - days[0][0])


def with_count(memory: Memory, transactions: int | None, at: int) -> Memory:
    if transactions is None:
        return memory
    day = at // _DAY_MS
    by_day = {text: count for text, count in memory.by_day.items() if int(text) > day - _DAYS}
    by_day.setdefault(str(day), transactions)
    return replace(memory, transactions=transactions, by_day=by_day)


def with_capacity(memory: Memory, options: Mapping[str, str], facts: DeviceFacts) -> Memory:
    capacity = count_of(options.get(_CAPACITY_OPTION)) or None
    if capacity is None:
        capacity = facts.transaction_capacity
    elif capacity <= _PLAIN_ABOVE:
        capacity *= _CAPACITY_UNIT
    return memory if capacity == memory.capacity else replace(memory, capacity=capacity)
