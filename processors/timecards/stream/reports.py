"""What a partition says of a period that is being closed: sums and hash of its cards, and what is in the way. Pure.

Source: schemas/payperiods.py; spec/timecards.md D.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from processors.timecards.engine.card import DerivedStatus
from processors.timecards.stream.kept import PublishedDay
from processors.timecards.stream.publishing import is_void
from schemas.payperiods import Hindrance, Manifest, PayPeriod, PeriodReport, Waiver, card_hash, sum_hashes
from schemas.timecards import MANIFEST_KEYS, CardStatus

MAX_HINDRANCES: Final = 200


def count(
    tally: Mapping[str, Any],
    period: PayPeriod,
    employee: str,
    days: Mapping[date, PublishedDay],
    underivable: Sequence[date] = (),
) -> dict[str, Any]:
    """The tally with one more employee's cards of the period; of values that JSON keeps. underivable: dates whose cards
    are not what they should be."""
    cards = {day: one for day, one in sorted(days.items()) if not is_void(one)}
    if not cards and not underivable:
        return dict(tally)
    hashes, minutes = [tally.get("hash", "0")], list(tally.get("minutes", [0] * len(MANIFEST_KEYS)))
    named, found = list(tally.get("hindrances", ())), int(tally.get("count", 0))
    for day, one in cards.items():
        hashes.append(card_hash(period.tenant, employee, day.isoformat(), one.version, one.content_hash))
        minutes = [before + more for before, more in zip(minutes, one.minutes, strict=False)]
        for code, detail in _hindrances(period, employee, day.isoformat(), one):
            found += 1
            if len(named) < MAX_HINDRANCES:
                named.append([employee, day.isoformat(), code, detail])
    for day in underivable:
        if not _is_waived(period.waivers, "UNDERIVABLE", employee, day.isoformat()):
            found += 1
            if len(named) < MAX_HINDRANCES:
                named.append([employee, day.isoformat(), "UNDERIVABLE", "its week could not be derived: see the log"])
    return {
        "cards": tally.get("cards", 0) + len(cards),
        "employees": tally.get("employees", 0) + bool(cards),
        "minutes": minutes,
        "hash": sum_hashes(hashes),
        "hindrances": named,
        "count": found,
    }


def report_of(tally: Mapping[str, Any], period: PayPeriod, partition: int, partitions: int) -> PeriodReport:
    minutes = tally.get("minutes", [0] * len(MANIFEST_KEYS))
    hindrances = [
        Hindrance(employee=employee, work_date=day, code=code, detail=detail)
        for employee, day, code, detail in tally.get("hindrances", ())
    ]
    return PeriodReport(
        tenant=period.tenant,
        pay_group=period.pay_group,
        first=period.first,
        last=period.last,
        version=period.version,
        partition=partition,
        partitions=partitions,
        manifest=Manifest(
            cards=tally.get("cards", 0),
            employees=tally.get("employees", 0),
            minutes=dict(zip(MANIFEST_KEYS, minutes, strict=True)),
            content_hash=tally.get("hash", "0" * 32),
        ),
        hindrances=hindrances,
        hindrance_count=tally.get("count", 0),
    )


def _hindrances(period: PayPeriod, employee: str, day: str, one: PublishedDay) -> Iterator[tuple[str, str]]:
    found = [(code, "") for code in one.blocking]
    if one.derived_status != DerivedStatus.COMPLETE:
        found.append(("INCOMPLETE", f"the card is {one.derived_status}"))
    if period.needs_approval and one.status != CardStatus.APPROVED:
        found.append(("UNAPPROVED", "an earlier version was approved" if one.approval_stale else ""))
    yield from (pair for pair in sorted(found) if not _is_waived(period.waivers, pair[0], employee, day))


def _is_waived(waivers: Sequence[Waiver], code: str, employee: str, day: str) -> bool:
    return any(one.code == code and one.employee in ("", employee) and one.work_date in ("", day) for one in waivers)
