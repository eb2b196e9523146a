"""Bytes of the records that payroll reads: a derivation and what is known around it as one JSON object. Source:
schemas/timecards.py; spec/timecards.md B12, D.

They are made as plain dicts: there are many, and checking our own fields again for each costs as much as deriving.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

import orjson

from processors.timecards.engine.card import MINUTE_KEYS, Card
from processors.timecards.engine.inputs import Plan, Terms
from processors.timecards.engine.zones import DAY, day_number, minutes_of, zone_of
from processors.timecards.stream.employee_facts import EmployeeFacts, EmploymentOn
from processors.timecards.stream.kept import PublishedDay, WeekState
from schemas.timecards import MANIFEST_KEYS, TIMECARD_VERSION, CardStatus

# Of PublishedDay.minutes.
KEPT_KEYS: Final = (*MANIFEST_KEYS, "absent")
_CARD_IDS: Final = UUID("5b1f6a0e-6a0c-5d0e-9c55-0f6b7a2f7d11")  # namespace of card ids: never to be changed
_FLAT_KEYS: Final = (*MINUTE_KEYS, "duty")


class About(NamedTuple):
    """Whose card, of which date, and what held for the person then."""

    tenant: str
    employee: str
    day: date
    week_start: date
    record: EmployeeFacts | None
    employed: EmploymentOn
    terms: Terms
    plans: Sequence[Plan] = ()
    leave_codes: Mapping[str, int] = {}


def daily_card(about: About, published: PublishedDay, card: Card | None) -> bytes:
    """A DailyCard. card: what was derived; None for VOID, and where only the sums of a card are left."""
    day, status = about.day, published.status
    record: dict[str, Any] = {
        "v": TIMECARD_VERSION,
        "card_id": str(uuid5(_CARD_IDS, f"{about.tenant}+{about.employee}+{day}")),
        "tenant": about.tenant,
        "employee": about.employee,
        "work_date": day,
        "weekday": day.weekday(),
        "week_start": about.week_start,
        "version": published.version,
        "revision": published.revision,
        "supersedes": published.version - 1 if published.version > 1 else None,
        "status": status,
        "is_final": status == CardStatus.LOCKED,
        "approval_stale": published.approval_stale,
        "approved_by": published.approved_by,
        "cause": published.cause,
        "caused_by": published.caused_by,
        "content_hash": published.content_hash,
        "policy_version": published.policy_version,
        "engine_version": published.engine_version,
        "derived_at": published.derived_at,
        "watermark": published.watermark,
        "site": about.terms.site,
        "zone": about.terms.zone,
        "department": about.record.department if about.record else "",
        "position": about.record.position if about.record else "",
        "pay_group": about.employed.pay_group,
        "employer": about.employed.employer,
        "payroll_number": about.employed.payroll_number,
        "exceptions": published.exceptions,
        "blocking": published.blocking,
        "first_seen": published.first_seen,
        **_planned(about),
    }
    if card is None:
        record.update(zip(KEPT_KEYS, published.minutes, strict=True))
    else:
        record.update({key: card.minutes[key] for key in _FLAT_KEYS})
        record.update(_presence(card))
        record.update(
            leave_codes=about.leave_codes, overlays=card.overlays, labor=card.labor, sites=card.sites, jobs=card.jobs,
            tips=card.tips, content=card.record(),
        )  # fmt: skip
    return orjson.dumps(record)


def locked_card(held: bytes, published: PublishedDay, week_start: date) -> bytes:
    """The card as it was published, once more, with what the lock changed. week_start: of the week that counts it."""
    record = orjson.loads(held)
    record.update(revision=published.revision, status=published.status, is_final=True, week_start=week_start)
    return orjson.dumps(record)


def week_card(
    tenant: str,
    employee: str,
    week_start: date,
    days: Mapping[date, PublishedDay],
    before: WeekState | None,
    derived_at: int,
) -> tuple[WeekState, bytes] | None:
    """The WeekCard of published cards by date, and what is kept of it; None when it says nothing new."""
    sums = [sum(column) for column in zip(*(one.minutes for one in days.values()), strict=True)] or [0] * len(KEPT_KEYS)
    content = {
        "days": {day.isoformat(): one.version for day, one in days.items()},
        "statuses": {day.isoformat(): one.status for day, one in days.items()},
        **dict(zip(KEPT_KEYS, sums, strict=True)),
    }
    content_hash = sha256(orjson.dumps(content)).hexdigest()[:32]
    if before is not None and before.content_hash == content_hash:
        return None
    state = WeekState(before.version + 1 if before is not None else 1, content_hash)
    record = {
        "v": TIMECARD_VERSION,
        "tenant": tenant,
        "employee": employee,
        "week_start": week_start,
        "version": state.version,
        "content_hash": content_hash,
        "derived_at": derived_at,
        **content,
    }
    return state, orjson.dumps(record)


def _planned(about: About) -> dict[str, Any]:
    if not about.plans:
        return {}
    zone, midnight = zone_of(about.terms.zone), day_number(about.day) * DAY
    starts, ends = [], []
    for plan in about.plans:
        start, end = minutes_of(plan.start), minutes_of(plan.end)
        starts.append(zone.instant(midnight + start * 60))
        ends.append(zone.instant(midnight + (end + 1440 if end <= start else end) * 60))
    names = ", ".join(plan.name for plan in about.plans if plan.name)
    return {"schedule_name": names, "plan_start": min(starts) * 1000, "plan_end": max(ends) * 1000}


def _presence(card: Card) -> dict[str, Any]:
    """First IN and last OUT as punched, with the offsets of their wall clocks."""
    firsts = [shift.first_in for shift in card.shifts if shift.first_in is not None]
    lasts = [shift.last_out for shift in card.shifts if shift.last_out is not None]
    first, last = min(firsts, default=None), max(lasts, default=None)
    home = zone_of(card.zone)
    found: dict[str, Any] = {}
    if first is not None:
        offsets = {one.start_at: one.start_offset_s for one in card.segments}
        found.update(first_in=first * 1000, first_in_offset_s=offsets.get(first, home.offset(first)))
    if last is not None:
        offsets = {one.end_at: one.end_offset_s for one in card.segments}
        found.update(last_out=last * 1000, last_out_offset_s=offsets.get(last, home.offset(last)))
    if first is not None and last is not None:
        found["span"] = max(0, last - first) // 60
    return found
