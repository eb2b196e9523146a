"""Numbers, times and codes of timecards in words for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]  # of a table: instants in epoch ms, dates as `YYYY-MM-DD`

BUCKET_WORDS: Final = {
    "reg": "regular",
    "ot1": "overtime 1",
    "ot2": "overtime 2",
    "ot3": "overtime 3",
    "hol": "holiday",
    "wkd": "weekend",
}
_MINUTE_WORDS: Final = {
    **BUCKET_WORDS,
    "gross": "on the clock",
    "paid_break": "paid breaks",
    "unpaid_break": "unpaid breaks",
    "meal_auto": "meal deducted",
    "early": "left early",
    "duty": "planned",
}
CAUSE_WORDS: Final = {
    "NEW_PUNCH": "a punch came",
    "LATE_PUNCH": "a punch came late",
    "CORRECTION": "a correction was decided",
    "POLICY": "rules, a calendar, a site, a device or the person's record changed",
    "SCHEDULE": "the plan changed",
    "LEAVE": "leave was decided",
    "IDENTITY": "it changed whose a punch is",
    "WEEK_RIPPLE": "another date of the workweek changed",
    "FINALIZE": "the devices have told everything up to a later time",
    "REOPEN": "the pay period was reopened",
}
_EXCEPTION_WORDS: Final = {
    "MISSING_IN": "went without having come",
    "MISSING_OUT": "came and did not go",
    "MISSING_BREAK_IN": "a break began and did not end",
    "ABSENT": "planned, and not there",
    "UNMAPPED_STATE": "a state code that means nothing here",
    "FUTURE_PUNCH": "the clock was ahead: the punch does not count",
    "PAST_PUNCH": "the clock stood long ago: the punch does not count",
    "UNKNOWN_EMPLOYEE": "no record says who this is",
    "AMBIGUOUS_LOCAL_TIME": "the hour came twice that night: which one is not known",
    "NONEXISTENT_LOCAL_TIME": "a time that the clocks skipped that night",
    "TOO_MANY_PUNCHES": "more punches than are taken for one date",
    "MISSING_BREAK_OUT": "a break ended that had not begun",
    "DOUBLE_IN": "came twice: the second does not count",
    "DOUBLE_OUT": "went twice: the second does not count",
    "LATE": "came late",
    "EARLY_LEAVE": "left early",
    "MEAL_MISSED": "no meal break",
    "MEAL_SHORT": "the meal break was too short",
    "MEAL_LATE": "the meal break began too late",
    "SHORT_REST": "too little rest since the shift before",
    "LONG_SHIFT": "a long shift",
    "DEVICE_OFFLINE": "a device was not waited for any longer",
    "UNVERIFIED": "the clock did not verify who it was",
    "OVERTIME_NOT_ALLOWED": "overtime of somebody who is to have none",
    "UNREADABLE_TIP": "a tip that is no number",
    "DUPLICATE_PUNCH": "punched again at once: the second does not count",
    "MANUAL_PUNCH": "a punch that a correction made or changed",
    "LATE_ARRIVING": "a punch that came late",
    "HOLIDAY_WORK": "worked on a holiday",
    "MULTI_SITE": "punched at several sites",
    "TRANSFER": "changed to other work without going",
    "POST_LOCK_CHANGE": "changed after the lock",
    "POSSIBLY_MANUAL": "perhaps added at the clock by hand",
}
_MINUTES_OF_EXCEPTION: Final = {"LATE": "late", "EARLY_LEAVE": "early", "ABSENT": "absent"}


def hhmm(minutes: int) -> str:
    """`08:05`, `-00:30`; more than 99 hours get the digits that they need."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else ''}{hours:02d}:{rest:02d}"


def minute_word(key: str) -> str:
    return _MINUTE_WORDS.get(key, key)


def bucket_text(minutes: Mapping[str, int]) -> str:
    """`regular 07:30, overtime 1 00:45`; empty when there are none."""
    return ", ".join(f"{word} {hhmm(minutes[key])}" for key, word in BUCKET_WORDS.items() if minutes.get(key))


def wall_text(at_ms: int | None, offset_s: int | None) -> str:
    """On a wall clock so many seconds east of UTC: `2026-03-02 08:58:12+01:00`; `-` for no instant."""
    if at_ms is None:
        return "-"
    zone = timezone(timedelta(seconds=offset_s or 0))
    return datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(zone).isoformat(sep=" ")


def zone_text(at_ms: int | None, zone: str) -> str:
    """On the wall clock of a zone."""
    if at_ms is None:
        return "not known"
    return datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(ZoneInfo(zone or "UTC")).isoformat(sep=" ")


def day_text(day: str) -> str:
    """`Mon 2026-03-02`."""
    return f"{date.fromisoformat(day):%a} {day}"


def cause_text(cause: str) -> str:
    return f"{cause}, {CAUSE_WORDS[cause]}" if cause in CAUSE_WORDS else cause


def exception_text(code: str, minutes: Mapping[str, int], *, blocking: bool, detail: str = "") -> str:
    """`LATE: came late, by 00:12`; minutes: of the card."""
    words = [f"{code}: {_EXCEPTION_WORDS.get(code, 'no words for it here')}"]
    if of := minutes.get(_MINUTES_OF_EXCEPTION.get(code, ""), 0):
        words.append(f"by {hhmm(of)}" if code != "ABSENT" else hhmm(of))
    if detail:
        words.append(detail)
    if blocking:
        words.append("keeps the card from being approved and locked")
    return ", ".join(words)


def decision_text(approval: Row) -> str:
    why = f": {approval['reason']}" if approval["reason"] else ""
    return (
        f"{approval['decision']} in version {approval['version']} by {approval['decided_by']},"
        f" {zone_text(approval['decided_at'], 'UTC')}{why}"
    )


def period_text(period: Row) -> str:
    by = f" by {period['changed_by']}" if period["changed_by"] else ""
    paid = f", acknowledged by {period['acknowledged_by']}" if period["acknowledged_by"] else ""
    return (
        f"{period['status']}: {period['pay_group']} {period['first']} to {period['last']}, version {period['version']},"
        f" {zone_text(period['changed_at'], 'UTC')}{by}{paid}"
    )


def adjustment_text(adjustment: Row) -> str:
    """Signed, with what it corrects and with which period it is paid."""
    minutes = ", ".join(
        f"{minute_word(key)} {'+' if value > 0 else ''}{hhmm(value)}" for key, value in adjustment["minutes"].items()
    )
    by = f", decided by {adjustment['approved_by']}" if adjustment["approved_by"] else ""
    return (
        f"{adjustment['sequence']}: {minutes}; {cause_text(adjustment['cause'])}{by}; to be paid with the period of"
        f" {adjustment['apply_first'] or 'no date yet'}; id {adjustment['adjustment_id']}"
    )


def by_name(minutes: Mapping[str, int]) -> str:
    """`north 04:00, - 00:30`."""
    return listed([f"{name or '-'} {hhmm(of)}" for name, of in minutes.items()])


def listed(texts: Sequence[str]) -> str:
    return ", ".join(texts) if texts else "none"
