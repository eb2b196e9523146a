"""Locked dates: what is served stays, later differences are signed adjustments. Pure.

Source: spec/timecards.md B13, D.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

import orjson

from processors.timecards.engine.card import Card
from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.cards import About
from processors.timecards.stream.causes import Reason
from processors.timecards.stream.kept import DayLock, PublishedDay
from processors.timecards.stream.periods import KnownPeriod, Periods
from processors.timecards.stream.publishing import Circumstances
from schemas.timecards import LOCKED_KEYS, TIMECARD_VERSION

_ZERO: Final = (0,) * len(LOCKED_KEYS)
_MAX_PERIODS: Final = 200  # locked one after the other: years of weeks


class NewAdjustment(NamedTuple):
    """lock: as it is after it; value: a CardAdjustment."""

    lock: DayLock
    adjustment_id: str
    value: bytes


def lock_of(period: KnownPeriod, published: PublishedDay | None, pin: str) -> DayLock:
    """published: the card that is locked, None where there is none; pin: digest of the facts that hold on."""
    return DayLock(
        pay_group=period.record.pay_group,
        first=period.first,
        last=period.last,
        period_version=period.lock_version,
        pin=pin,
        retro=period.record.retro,
        locked_version=published.version if published is not None else 0,
        minutes=published.minutes[: len(LOCKED_KEYS)] if published is not None else _ZERO,
        adjusted=_ZERO,
    )


def adjust(
    about: About, lock: DayLock, card: Card | None, reason: Reason, now: Circumstances, apply_first: date
) -> NewAdjustment | None:
    """None when locked minutes and earlier adjustments are what is derived."""
    minutes: Mapping[str, int] = card.minutes if card is not None else {}
    current = [minutes.get(key, 0) for key in LOCKED_KEYS]
    deltas = [at - locked - adjusted for at, locked, adjusted in zip(current, lock.minutes, lock.adjusted, strict=True)]
    if not any(deltas):
        return None
    sequence = lock.sequence + 1
    adjusted = tuple(before + delta for before, delta in zip(lock.adjusted, deltas, strict=True))
    identity = "+".join(
        map(str, (about.tenant, about.employee, about.day, lock.period_version, lock.locked_version, sequence))
    )
    adjustment_id = sha256(identity.encode()).hexdigest()[:32]
    record = {
        "v": TIMECARD_VERSION,
        "adjustment_id": adjustment_id,
        "tenant": about.tenant,
        "employee": about.employee,
        "work_date": about.day,
        "week_start": about.week_start,
        "pay_group": lock.pay_group,
        "period_first": lock.first,
        "period_version": lock.period_version,
        "apply_first": apply_first,
        "sequence": sequence,
        "locked_version": lock.locked_version,
        "new_version": lock.locked_version + sequence,
        "minutes": {key: delta for key, delta in zip(LOCKED_KEYS, deltas, strict=True) if delta},
        "content_hash": card.content_hash if card is not None else "",
        "cause": str(reason.cause),
        "caused_by": reason.ids,
        "approved_by": reason.by,
        "employer": about.employed.employer,
        "payroll_number": about.employed.payroll_number,
        "site": about.terms.site,
        "derived_at": now.derived_at,
        "watermark": now.watermark,
    }
    return NewAdjustment(lock._replace(adjusted=adjusted, sequence=sequence), adjustment_id, orjson.dumps(record))


def first_not_locked(registry: CardRegistry, periods: Periods, tenant: str, lock: DayLock) -> date:
    """First date of the first period after it that is not locked, nor about to be (its export would miss what comes in
    between): with which adjustments are paid."""
    last = lock.last
    for _ in range(_MAX_PERIODS):
        first, last = registry.pay_period_of(tenant, lock.pay_group, last + timedelta(days=1))
        known = periods.of_date(tenant, lock.pay_group, first)
        if known is None or not (known.is_locked or known.is_closing):
            break
    return first
