"""What is exported: one locked pay period, its cards, and the adjustments that are paid with it. Source: spec D."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from schemas.payperiods import Manifest, card_hash, sum_hashes
from schemas.timecards import MANIFEST_KEYS
from sinks.errors import ExportRefused


@dataclass(frozen=True, slots=True)
class LockedCard:
    """One locked date. minutes: MANIFEST_KEYS; leave_codes: minutes by code, of `leave`; places: seconds on the clock
    by (site, work code), by which buckets are split."""

    employee: str
    work_date: date
    week_start: date
    version: int
    content_hash: str
    site: str
    employer: str
    payroll_number: str
    minutes: Mapping[str, int]
    leave_codes: Mapping[str, int]
    places: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class PaidAdjustment:
    """A signed difference of an earlier period that is paid with this one. minutes: signed, by bucket."""

    adjustment_id: str
    employee: str
    work_date: date
    week_start: date
    new_version: int
    site: str
    employer: str
    payroll_number: str
    minutes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LockedPeriod:
    """All of one period. company_code: of the pay group."""

    tenant: str
    pay_group: str
    first: date
    last: date
    version: int
    manifest: Manifest
    company_code: str
    cards: Sequence[LockedCard]
    adjustments: Sequence[PaidAdjustment]


def manifest_of(tenant: str, cards: Sequence[LockedCard]) -> Manifest:
    """As schemas/payperiods.py Manifest says."""
    minutes = dict.fromkeys(MANIFEST_KEYS, 0)
    for card in cards:
        for key in MANIFEST_KEYS:
            minutes[key] += card.minutes[key]
    return Manifest(
        cards=len(cards),
        employees=len({card.employee for card in cards}),
        minutes=minutes,
        content_hash=sum_hashes(
            card_hash(tenant, card.employee, card.work_date.isoformat(), card.version, card.content_hash)
            for card in cards
        ),
    )


def require_complete(period: LockedPeriod) -> None:
    """Raises ExportRefused unless the cards are those of the manifest: some may not be stored yet."""
    found, wanted = manifest_of(period.tenant, period.cards), period.manifest
    sums = {key: wanted.minutes.get(key, 0) for key in MANIFEST_KEYS}
    if (found.cards, found.content_hash, found.minutes) != (wanted.cards, wanted.content_hash, sums):
        raise ExportRefused(
            f"period {period.first} of {period.pay_group}: the store has {found.cards} locked cards with "
            f"{found.minutes['worked']} minutes (hash {found.content_hash}), the manifest says {wanted.cards} with "
            f"{sums['worked']} (hash {wanted.content_hash}). Wait until the sink has caught up, and try again; if it "
            "stays so, see payperiods_check_v"
        )
