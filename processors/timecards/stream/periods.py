"""Pay periods as a partition knows them: which dates are held still, which are locked. Pure.

Of the records of one period the greatest version counts. Source: schemas/payperiods.py; spec/timecards.md D.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import orjson

from processors.timecards.stream.own_keys import PERIOD_PREFIX, period_state_key
from schemas.codec import decode_event, encode_event
from schemas.payperiods import PayPeriod, PeriodStatus, period_key


class KnownPeriod(NamedTuple):
    """lock_version: of the LOCKED record that locked it (it is written again for other reasons); 0 when not locked."""

    record: PayPeriod
    lock_version: int

    @property
    def first(self) -> date:
        return date.fromisoformat(self.record.first)

    @property
    def last(self) -> date:
        return date.fromisoformat(self.record.last)

    @property
    def is_locked(self) -> bool:
        return self.record.status is PeriodStatus.LOCKED

    @property
    def is_closing(self) -> bool:
        return self.record.status is PeriodStatus.CLOSING


class Periods:
    """`stored` are the partition's values."""

    def __init__(self, stored: Mapping[bytes, bytes]) -> None:
        self._known: dict[bytes, KnownPeriod] = {}
        self._firsts: dict[tuple[str, str], list[tuple[str, str]]] = {}  # of a group: (first, last), sorted
        self._changed: dict[bytes, None] = {}
        self._closing: set[bytes] = set()
        for key, value in stored.items():
            if key.startswith(PERIOD_PREFIX):
                _, lock_version, record = orjson.loads(value)
                self._keep(KnownPeriod(decode_event(PayPeriod, orjson.dumps(record)), lock_version))

    def __bool__(self) -> bool:
        return bool(self._known)

    @property
    def any_closing(self) -> bool:
        return bool(self._closing)

    def take(self, record: PayPeriod) -> tuple[KnownPeriod | None, KnownPeriod] | None:
        """What was known and what is now; None when the record is not newer."""
        key = period_key(record.tenant, record.pay_group, record.first)
        before = self._known.get(key)
        if before is not None and before.record.version >= record.version:
            return None
        was_locked = before is not None and before.is_locked
        lock_version = 0
        if record.status is PeriodStatus.LOCKED:
            lock_version = before.lock_version if before is not None and was_locked else record.version
        now = KnownPeriod(record, lock_version)
        self._keep(now)
        self._changed[key] = None
        return before, now

    def get(self, tenant: str, pay_group: str, first: date) -> KnownPeriod | None:
        return self._known.get(period_key(tenant, pay_group, first.isoformat()))

    def of_date(self, tenant: str, pay_group: str, day: date) -> KnownPeriod | None:
        """None: nothing was ever said of it, so it is open."""
        spans = self._firsts.get((tenant, pay_group))
        if not spans:
            return None
        text = day.isoformat()
        at = bisect_right(spans, (text, "9"))
        if at == 0 or spans[at - 1][1] < text:
            return None
        return self._known[period_key(tenant, pay_group, spans[at - 1][0])]

    def changes(self) -> dict[bytes, bytes]:
        """State that changed since it was asked last."""
        changed, self._changed = self._changed, {}
        return {period_state_key(key): _value(self._known[key]) for key in changed}

    def _keep(self, period: KnownPeriod) -> None:
        record = period.record
        key = period_key(record.tenant, record.pay_group, record.first)
        spans = self._firsts.setdefault((record.tenant, record.pay_group), [])
        if (before := self._known.get(key)) is not None:
            spans.remove((before.record.first, before.record.last))
        self._known[key] = period
        insort(spans, (record.first, record.last))
        (self._closing.add if period.is_closing else self._closing.discard)(key)


def _value(period: KnownPeriod) -> bytes:
    return orjson.dumps([1, period.lock_version, orjson.Fragment(encode_event(period.record))])
