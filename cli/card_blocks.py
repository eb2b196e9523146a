"""Cards as `punchstream timecards show` tells them: a block for each date, sums at the end. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from cli.timecard_text import (
    adjustment_text,
    bucket_text,
    by_name,
    cause_text,
    day_text,
    decision_text,
    exception_text,
    hhmm,
    listed,
    minute_word,
    period_text,
    wall_text,
    zone_text,
)

if TYPE_CHECKING:
    from cli.timecard_text import Row

_OF_PRESENCE = ("gross", "paid_break", "unpaid_break", "meal_auto")
_OF_PLAN = ("duty", "late", "early", "absent", "leave")
_SUMS = ("worked", "reg", "ot1", "ot2", "ot3", "hol", "wkd", "night", "absent", "leave")


@dataclass(frozen=True, slots=True)
class ShownDay:
    """All that is known of one date. card: the latest, None when there is none or it was retracted; versions: of the
    history, in order; missing: what should be there and is not."""

    work_date: str
    card: Row | None
    versions: tuple[Row, ...]
    adjustments: tuple[Row, ...]
    approvals: tuple[Row, ...]
    period: Row | None
    missing: tuple[str, ...]


def shown_days(
    cards: Iterable[Row],
    versions: Iterable[Row],
    adjustments: Sequence[Row],
    approvals: Sequence[Row],
    periods: Sequence[Row],
) -> list[ShownDay]:
    """Every date that any of them is about, in order."""
    by_date = {card["work_date"]: card for card in cards}
    history: dict[str, list[Row]] = {}
    for version in versions:
        history.setdefault(version["work_date"], []).append(version)
    days = sorted({*by_date, *history, *(row["work_date"] for row in (*adjustments, *approvals))})
    return [
        ShownDay(
            day,
            by_date.get(day),
            tuple(history.get(day, ())),
            tuple(row for row in adjustments if row["work_date"] == day),
            tuple(row for row in approvals if row["work_date"] == day),
            period_of(by_date.get(day), day, periods),
            tuple(missing_rows(by_date.get(day), history.get(day, ()))),
        )
        for day in days
    ]


def period_of(card: Row | None, day: str, periods: Iterable[Row]) -> Row | None:
    """The pay period of a card's group that has the date."""
    group = card["pay_group"] if card is not None else None
    return next((one for one in periods if one["pay_group"] == group and one["first"] <= day <= one["last"]), None)


def missing_rows(card: Row | None, versions: Sequence[Row]) -> Iterator[str]:
    """What the sinks have not brought yet, as far as what is there tells."""
    known = {row["version"] for row in versions}
    newest = max(known, default=0)
    if card is None and versions and versions[-1]["status"] != "VOID":
        yield f"version {newest} is in the history, the latest card is not there yet: its sink is behind"
    if card is not None and newest > card["version"]:
        yield f"the latest card is version {card['version']}, the history has {newest} already: a sink is behind"
    through = max(newest, card["version"] if card is not None else 0)
    if gone := [str(number) for number in range(1, through + 1) if number not in known]:
        yield f"the history does not have version {', '.join(gone)}: its sink is behind, or the rows were lost"


def show_lines(employee: str, first: str, last: str, days: Sequence[ShownDay]) -> list[str]:
    """Blocks of all days, one after the other."""
    span = day_text(first) if first == last else f"{day_text(first)} to {day_text(last)}"
    if not days:
        return [f"{employee}, {span}: no cards. Nobody punched, or the sinks have not brought them yet."]
    lines = [f"{employee}, {span}"]
    for day in days:
        lines += ["", *_day_lines(day)]
    if len(days) > 1:
        lines += ["", f"sum of {sum(day.card is not None for day in days)} cards: {_sums(days)}"]
    return lines


def _day_lines(day: ShownDay) -> Iterator[str]:
    if day.card is None:
        void = day.versions and day.versions[-1]["status"] == "VOID"
        yield f"{day_text(day.work_date)}  {'VOID: nothing is left of the card' if void else 'no card'}"
    else:
        yield from _card_lines(day.card)
    yield from _labelled("version", [_version(row) for row in day.versions])
    yield from _labelled("decision", [decision_text(row) for row in day.approvals])
    if day.period is not None:
        yield f"  pay period  {period_text(day.period)}"
    yield from _labelled("adjustment", [adjustment_text(row) for row in day.adjustments])
    yield from _labelled("MISSING", day.missing)


def _card_lines(card: Row) -> Iterator[str]:
    stale = ", an earlier version was approved" if card["approval_stale"] else ""
    by = f", approved by {card['approved_by']}" if card["approved_by"] else ""
    yield (
        f"{day_text(card['work_date'])}  worked {hhmm(card['worked'])}  {card['status']}{by}"
        f" (version {card['version']}{stale})"
    )
    yield f"  hours       {bucket_text(card) or 'none'}{_and('night', card['night'])}"
    yield (
        f"  first in    {wall_text(card['first_in'], card['first_in_offset_s'])}   last out "
        f"{wall_text(card['last_out'], card['last_out_offset_s'])}   span {hhmm(card['span'])}"
    )
    yield f"  made of     {', '.join(f'{minute_word(key)} {hhmm(card[key])}' for key in _OF_PRESENCE)}"
    if any(card[key] for key in _OF_PLAN) or card["plan_start"] is not None:
        yield f"  plan        {_plan(card)}"
    for name, key in (("work codes", "labor"), ("sites", "sites"), ("overlays", "overlays"), ("leave", "leave_codes")):
        if card[key]:
            yield f"  {name:<12}{by_name(card[key])}"
    for place, codes in card["jobs"].items():
        yield f"  job {place:<8}{by_name(codes)}"
    if card["tips"]:
        yield f"  tips        {', '.join(f'{place}: {amount}' for place, amount in card['tips'].items())}"
    yield from _labelled("exception", _exceptions(card))


def _plan(card: Row) -> str:
    planned = ""
    if card["plan_start"] is not None:
        start, end = (zone_text(card[key], card["zone"]) for key in ("plan_start", "plan_end"))
        planned = f"{card['schedule_name'] or 'shift'} {start} to {end}, "
    return planned + ", ".join(f"{minute_word(key)} {hhmm(card[key])}" for key in _OF_PLAN if card[key])


def _exceptions(card: Row) -> list[str]:
    """With what each one names, where the content is there to tell."""
    content = orjson.loads(card["content"] or "null")
    if not content:
        return [exception_text(code, card, blocking=code in card["blocking"]) for code in card["exceptions"]]
    return [
        f"{text}, {times} times" if times > 1 else text
        for text, times in Counter(
            exception_text(one["code"], card, blocking=one["blocking"], detail=one["detail"])
            for one in content["exceptions"]
        ).items()
    ]


def _version(row: Row) -> str:
    return (
        f"{row['version']}: {row['status']}, worked {hhmm(row['worked'])}, {zone_text(row['derived_at'], row['zone'])};"
        f" {cause_text(row['cause'])}"
    )


def _sums(days: Sequence[ShownDay]) -> str:
    cards = [day.card for day in days if day.card is not None]
    sums = {key: sum(card[key] for card in cards) for key in _SUMS}
    text = listed([f"{minute_word(key)} {hhmm(value)}" for key, value in sums.items() if value or key == "worked"])
    adjusted = [one["minutes"].get("worked", 0) for day in days for one in day.adjustments]
    return f"{text}; worked with all adjustments {hhmm(sums['worked'] + sum(adjusted))}" if adjusted else text


def _labelled(label: str, texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield f"  {label:<12}{text}"


def _and(word: str, minutes: int) -> str:
    return f"; of these {word} {hhmm(minutes)}" if minutes else ""
