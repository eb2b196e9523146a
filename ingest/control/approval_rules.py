"""Whether a card may be approved, or its approval taken back. Pure. Source: spec/timecards.md B11, B13, D."""

from __future__ import annotations

from schemas.approvals import Decision
from schemas.timecards import CardStatus, DailyCard


def refusal(
    card: DailyCard | None, decision: Decision, *, own: str, version: int | None = None, content_hash: str = ""
) -> str:
    """Why not; empty: it may be. own: employee code of who decides, as far as that is known; version, content_hash:
    what was looked at, None and empty where the card is taken as it is now."""
    if card is None:
        return "there is no card of this date"
    if own == card.employee:
        return "nobody decides on their own card"
    if version not in (None, card.version):
        return f"version {version} was looked at, {card.version} is current"
    if content_hash not in ("", card.content_hash):
        return f"version {card.version} has another content than the one that was looked at"
    match card.status:
        case CardStatus.VOID:
            return "the card is VOID: there is nothing on it"
        case CardStatus.LOCKED:
            return "its pay period is locked"
        case CardStatus.OPEN | CardStatus.PROVISIONAL:
            return f"the card is {card.status.value}, not COMPLETE"
        case CardStatus.APPROVED if decision is Decision.APPROVED:
            return f"{card.approved_by or 'somebody'} has approved this version already"
    if decision is Decision.APPROVED and card.blocking:
        return f"to be settled first: {', '.join(card.blocking)}"
    return ""
