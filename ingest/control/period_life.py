"""The life of a pay period: what each word of an operator makes of its latest record, or why not. Pure.

OPEN -> CLOSING -> LOCKED, or OPEN again when something is in the way; LOCKED -> REOPENED -> CLOSING -> LOCKED. Every
step is a record with the next version. Source: spec/timecards.md B13, D; schemas/payperiods.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from ingest.control.errors import ControlRefused, HashDiffers, RequestInvalid
from schemas.payperiods import WAIVABLE, Manifest, PayPeriod, PeriodReport, PeriodStatus, Waiver, sum_hashes
from schemas.timecards import MANIFEST_KEYS

MAX_WAIVERS: Final = 1000  # of one period: they travel in each of its records
_MAX_REASON_CHARACTERS: Final = 2000


@dataclass(frozen=True, slots=True)
class Word:
    """Who says it, when (epoch ms) and why."""

    by: str
    at: int
    reason: str = ""


def opened(tenant: str, pay_group: str, dates: tuple[date, date], needs_approval: bool, word: Word) -> PayPeriod:
    """A period of which nothing was said before."""
    return PayPeriod(
        tenant=tenant, pay_group=pay_group, first=dates[0].isoformat(), last=dates[1].isoformat(), version=1,
        status=PeriodStatus.OPEN, needs_approval=needs_approval, changed_by=word.by, changed_at=word.at,
        reason=word.reason,
    )  # fmt: skip


def closing(period: PayPeriod, needs_approval: bool, word: Word) -> PayPeriod:
    """The cards are held still and the partitions asked. Raises ControlRefused: locked, or not over yet."""
    if period.status is PeriodStatus.LOCKED:
        raise ControlRefused(f"{name_of(period)} is locked already, by {period.changed_by}")
    if datetime.fromtimestamp(word.at / 1000, UTC).date() <= date.fromisoformat(period.last):
        raise ControlRefused(f"{name_of(period)} is not over yet")
    return _next(period, PeriodStatus.CLOSING, word, needs_approval=needs_approval)


def locked(period: PayPeriod, reports: Sequence[PeriodReport], word: Word) -> PayPeriod:
    """All partitions have reported on this CLOSING and nothing hinders. Raises ControlRefused: it is CLOSING no more,
    or closed anew meanwhile."""
    require_closing(period, reports[0].version if reports else 0)
    return _next(period, PeriodStatus.LOCKED, word, manifest=sum_of(report.manifest for report in reports))


def released(period: PayPeriod, word: Word) -> PayPeriod:
    """OPEN again: something hinders the lock, or somebody gives the closing up. Raises ControlRefused: not CLOSING."""
    require_closing(period, period.version)
    return _next(period, PeriodStatus.OPEN, word)


def require_closing(period: PayPeriod, version: int) -> None:
    """Raises ControlRefused when it is not (or not any more) in the CLOSING of that version."""
    if (period.status, period.version) != (PeriodStatus.CLOSING, version):
        raise ControlRefused(
            f"{name_of(period)} is {period.status} since version {period.version} by {period.changed_by}, "
            f"not in the closing of version {version}"
        )


def waived(period: PayPeriod, waiver: Waiver, word: Word) -> PayPeriod:
    """One more waiver, in the place of one for the same thing. Raises ControlRefused: CLOSING or LOCKED, too many."""
    if period.status in (PeriodStatus.CLOSING, PeriodStatus.LOCKED):
        raise ControlRefused(f"{name_of(period)} is {period.status}: a waiver is said before it is closed")
    others = [one for one in period.waivers if what_is_waived(one) != what_is_waived(waiver)]
    if len(others) >= MAX_WAIVERS:
        raise ControlRefused(f"{name_of(period)} has {MAX_WAIVERS} waivers: leave employee or work date empty")
    return _next(period, period.status, word, waivers=[*others, waiver])


def acknowledged(period: PayPeriod, content_hash: str, word: Word) -> PayPeriod:
    """Payroll has computed the same hash; the same state again when it said so before. Raises ControlRefused: not
    locked; HashDiffers."""
    manifest = _manifest(period)
    if content_hash != manifest.content_hash:
        raise HashDiffers(
            f"{name_of(period)} was locked with hash {manifest.content_hash}, payroll has {content_hash}: "
            f"stop the run; it must hold {manifest.cards} cards of {manifest.employees} people, "
            f"{manifest.minutes.get('worked', 0)} minutes worked"
        )
    if period.acknowledged_hash == content_hash:
        return period
    return _next(
        period, PeriodStatus.LOCKED, word, acknowledged_hash=content_hash, acknowledged_by=word.by,
        acknowledged_at=word.at,
    )  # fmt: skip


def reopened(period: PayPeriod, word: Word, *, not_paid_yet: bool = False) -> PayPeriod:
    """Versions go on, and it can be closed again. Raises ControlRefused: not locked; acknowledged by payroll, unless
    somebody says with a reason that nothing was paid."""
    _manifest(period)
    if period.acknowledged_hash and not (not_paid_yet and word.reason.strip()):
        raise ControlRefused(
            f"{name_of(period)} was acknowledged by {period.acknowledged_by}: what was paid is changed by adjustments "
            "alone; if nothing was paid yet, say so, with a reason"
        )
    return _next(
        period, PeriodStatus.REOPENED, word, manifest=None, acknowledged_hash="", acknowledged_by="",
        acknowledged_at=None,
    )  # fmt: skip


def retro_ordered(period: PayPeriod, registry_version: int, word: Word) -> PayPeriod:
    """Its dates are derived by the registry of that version (offset + 1); the differences become adjustments. Raises
    ControlRefused: not locked, or that was ordered already."""
    _manifest(period)
    if registry_version <= period.retro_registry:
        raise ControlRefused(
            f"{name_of(period)} is derived by version {period.retro_registry} of the registry already, "
            "and nothing has changed there since"
        )
    return _next(period, PeriodStatus.LOCKED, word, retro=period.retro + 1, retro_registry=registry_version)


def sum_of(manifests: Iterable[Manifest]) -> Manifest:
    """Of partitions that have no card in common: counts, minutes and hashes (modulo 2^128) added up."""
    each = list(manifests)
    minutes = Counter(dict.fromkeys(MANIFEST_KEYS, 0))
    for one in each:
        minutes.update(one.minutes)
    return Manifest(
        cards=sum(one.cards for one in each),
        employees=sum(one.employees for one in each),
        minutes=dict(minutes),
        content_hash=sum_hashes(one.content_hash for one in each),
    )


def what_is_waived(waiver: Waiver) -> tuple[str, str, str, str]:
    return waiver.code, waiver.employee, waiver.work_date, waiver.device


def waiver_for_device(period: PayPeriod, device: str) -> Waiver | None:
    """The DEVICE waiver that covers a serial."""
    name = device.casefold()
    return next((w for w in period.waivers if w.code == "DEVICE" and w.device.casefold() in ("", name)), None)


def check_waiver(waiver: Waiver, period: PayPeriod) -> None:
    """Raises RequestInvalid for one that could never fit."""
    if waiver.code not in WAIVABLE:
        raise RequestInvalid(f"nothing to waive is called {waiver.code!r}: {', '.join(sorted(WAIVABLE))}")
    if waiver.code == "DEVICE" and (waiver.employee or waiver.work_date):
        raise RequestInvalid("a DEVICE waiver names a device or none, no employee and no date")
    if waiver.code != "DEVICE" and waiver.device:
        raise RequestInvalid("only a DEVICE waiver names a device")
    if waiver.work_date and not period.first <= waiver.work_date <= period.last:
        raise RequestInvalid(f"{waiver.work_date} is not in {name_of(period)}")
    if not waiver.reason.strip():
        raise RequestInvalid("a waiver needs a reason")


def name_of(period: PayPeriod) -> str:
    return f"period {period.first} to {period.last} of pay group {period.pay_group} ({period.tenant})"


def _manifest(period: PayPeriod) -> Manifest:
    if period.status is not PeriodStatus.LOCKED or period.manifest is None:
        raise ControlRefused(f"{name_of(period)} is {period.status}, not locked")
    return period.manifest


def _next(period: PayPeriod, status: PeriodStatus, word: Word, **changes: Any) -> PayPeriod:
    return replace(
        period, version=period.version + 1, status=status, changed_by=word.by, changed_at=word.at,
        reason=word.reason[:_MAX_REASON_CHARACTERS], **changes,
    )  # fmt: skip
