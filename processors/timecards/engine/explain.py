"""From each minute of a card to the rule that made it and the punches behind it: a function of the card alone, so that
any stored version can be explained. Rules are named by the chapter of spec/timecards.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from processors.timecards.engine.card import Card, CardBreak, CardSegment, CardShift
from processors.timecards.engine.zones import zone_of

_BUCKET_RULES: Final = {
    "holiday": ("B9.1", "holiday"),
    "weekend": ("B9.2", "weekend day"),
    "seventh_day": ("B9.3", "seventh day worked in the workweek, beyond"),
    "daily": ("B9.4", "beyond of the day"),
    "weekly": ("B9.5", "beyond of the workweek"),
    "regular": ("B9.5", "regular; minutes of the workweek before it"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its rule, what it did, how many minutes (signed) it is about, the ids of its punches."""

    rule: str
    text: str
    minutes: int
    punches: tuple[str, ...]


def explain(card: Card) -> tuple[Step, ...]:
    """The steps in the order of the derivation. Times are on the wall clock of the punch, plans on the home zone's."""
    return tuple(_steps(card))


def _steps(card: Card) -> Iterator[Step]:
    for shift in card.shifts:
        yield Step("B6", _work_date(card, shift), 0, shift.punches)
    for segment in card.segments:
        yield from _segment(segment)
    for pause in card.breaks:
        yield from _pause(pause)
    for shift in card.shifts:
        if shift.meal_s:
            text = f"meal deducted after {shift.meal_at_s // 60} minutes of work: more than {shift.meal_after_min}"
            yield Step("B8", text, -(shift.meal_s // 60), shift.punches)
    for line in card.lines:
        rule, text = _BUCKET_RULES[line.rule]
        after = "" if line.rule in ("holiday", "weekend") else f" {line.after}"
        yield Step(rule, f"{line.bucket}: {text}{after}", line.minutes, ())
    for name, minutes in card.overlays.items():
        yield Step("B9", f"{name}: net paid minutes inside its window", minutes, ())
    for exception in card.exceptions:
        blocks = ", blocks approval" if exception.blocking else ""
        detail = f": {exception.detail}" if exception.detail else ""
        minutes = {"LATE": card.minutes["late"], "EARLY_LEAVE": card.minutes["early"]}.get(exception.code, 0)
        minutes = card.minutes["absent"] if exception.code == "ABSENT" else minutes
        yield Step("B11", f"{exception.code} ({exception.severity}{blocks}){detail}", minutes, exception.punches)


def _work_date(card: Card, shift: CardShift) -> str:
    text = f"{len(shift.punches)} punches are a shift of {card.work_date} (assign={shift.assign}, {shift.day_zone})"
    if shift.plan_start is not None and shift.plan_end is not None:
        zone = zone_of(card.zone)
        start, end = (_time(at, zone.offset(at)) for at in (shift.plan_start, shift.plan_end))
        text += f", planned {start} to {end}"
    return text + (", still open" if shift.is_open else "")


def _segment(segment: CardSegment) -> Iterator[Step]:
    punches = (segment.start_punch, segment.end_punch)
    minutes = (segment.paid_end - segment.paid_start) // 60
    code = f", work code {segment.work_code}" if segment.work_code else ""
    yield Step("B5", f"on the clock {_span(segment)}{code}", minutes, punches)
    for moved, raw, paid, offset, punch in (
        ("begin", segment.start_at, segment.paid_start, segment.start_offset_s, segment.start_punch),
        ("end", segment.end_at, segment.paid_end, segment.end_offset_s, segment.end_punch),
    ):
        if raw // 60 != paid // 60:
            text = f"{moved} taken as {_time(paid, offset)} instead of {_time(raw, offset)} (rounded, snapped or cut)"
            yield Step("B7", text, (paid - raw // 60 * 60) // 60, (punch,))


def _pause(pause: CardBreak) -> Iterator[Step]:
    minutes = (pause.paid_end - pause.paid_start) // 60
    yield Step(
        "B8", f"{pause.kind} of {minutes} minutes, {pause.paid_s // 60} of the whole break paid", pause.paid_s // 60,
        (pause.start_punch, pause.end_punch),
    )  # fmt: skip


def _span(segment: CardSegment) -> str:
    return f"{_time(segment.start_at, segment.start_offset_s)} to {_time(segment.end_at, segment.end_offset_s)}"


def _time(at: int, offset_s: int) -> str:
    return datetime.fromtimestamp(at, tz=UTC).astimezone(tz=_fixed(offset_s)).isoformat(timespec="seconds")


def _fixed(offset_s: int) -> timezone:
    return timezone(timedelta(seconds=offset_s))
