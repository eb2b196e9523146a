"""What becomes of one date: a new version of its card, another status of the same version, or nothing. Pure.

Source: spec/timecards.md B11, B13, D; schemas/timecards.py.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from processors.timecards.engine.card import Card, DerivedStatus
from processors.timecards.stream.cards import KEPT_KEYS
from processors.timecards.stream.causes import Reason
from processors.timecards.stream.kept import KeptApproval, PublishedDay
from processors.timecards.versions import VOID, VOID_HASH, exception_key
from schemas.approvals import Decision
from schemas.timecards import CardStatus

_NOTHING: Final = (0,) * len(KEPT_KEYS)


class Circumstances(NamedTuple):
    """derived_at: the stream's clock; watermark: event time, None when not known; both epoch ms."""

    derived_at: int
    watermark: int | None
    policy_version: str
    engine_version: str


def next_day(
    before: PublishedDay | None, card: Card | None, reason: Reason, approval: KeptApproval | None, now: Circumstances
) -> PublishedDay | None:
    """None when what was published says it all. card: None when nothing is left."""
    content_hash = card.content_hash if card is not None else VOID_HASH
    if before is None and card is None:
        return None
    is_same = before is not None and before.content_hash == content_hash
    day = before if before is not None and is_same else _version(before, card, reason, now)
    status, approved_by, stale = _approved(day, approval)
    if day is before and (status, approved_by, stale) == (day.status, day.approved_by, day.approval_stale):
        return None
    revision = before.revision + 1 if before is not None else 1
    return day._replace(status=status, approved_by=approved_by, approval_stale=stale, revision=revision)


def is_void(day: PublishedDay) -> bool:
    return day.derived_status == VOID


def _version(before: PublishedDay | None, card: Card | None, reason: Reason, now: Circumstances) -> PublishedDay:
    version = before.version + 1 if before is not None else 1
    status = str(card.status) if card is not None else VOID
    seen = before.first_seen if before is not None else {}
    exceptions = card.exceptions if card is not None else ()
    return PublishedDay(
        version=version,
        revision=0,
        content_hash=card.content_hash if card is not None else VOID_HASH,
        status=status,
        derived_status=status,
        minutes=tuple([card.minutes[key] for key in KEPT_KEYS]) if card is not None else _NOTHING,
        cause=str(reason.cause),
        caused_by=reason.ids,
        derived_at=now.derived_at,
        watermark=now.watermark,
        policy_version=now.policy_version,
        engine_version=now.engine_version,
        blocking=tuple(sorted({one.code for one in exceptions if one.blocking})),
        first_seen={key: seen.get(key, version) for key in map(exception_key, exceptions)},
    )


def _approved(day: PublishedDay, approval: KeptApproval | None) -> tuple[str, str, bool]:
    """(status, approved by, stale). Only a COMPLETE card without blocking exceptions becomes APPROVED."""
    if approval is None or approval.decision != Decision.APPROVED or is_void(day):
        return day.derived_status, "", False
    if (approval.version, approval.content_hash) != (day.version, day.content_hash):
        return day.derived_status, "", approval.version < day.version
    if day.derived_status != DerivedStatus.COMPLETE or day.blocking:
        return day.derived_status, approval.decided_by, False
    return CardStatus.APPROVED, approval.decided_by, False
