"""Cards of a period that is CLOSING are held still. Their bytes are kept as soon as anything touches their week: nobody
could derive them afterwards, and the lock writes them once more. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from processors.errors import Fatal
from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.cards import daily_card
from processors.timecards.stream.context import Context
from processors.timecards.stream.derivation import derive, sites_of
from processors.timecards.stream.facts import Facts
from processors.timecards.stream.held import decode_held, encode_held, pinned
from processors.timecards.stream.pins import Pins
from processors.timecards.stream.publishing import is_void
from processors.timecards.stream.week import week_dates
from processors.timecards.stream.working_copy import WorkingCopy

_WEEK: Final = 7


class Held(NamedTuple):
    """What is kept of a stretch of dates. cards: b"" of a date without any; weeks: starts of those that it is kept
    with, and the digest of their facts, "" once anything has touched them."""

    cards: dict[date, bytes]
    weeks: dict[date, str]


def held_of(copy: WorkingCopy, first: date, last: date) -> Held:
    """Of the dates from first to last. Weeks may have begun on another weekday when it was kept."""
    cards: dict[date, bytes] = {}
    weeks: dict[date, str] = {}
    for number in range(1 - _WEEK, (last - first).days + 1):
        week = first + timedelta(number)
        if (value := copy.held(week)) is None:
            continue
        weeks[week] = pinned(value)
        for day, card in decode_held(value).items():
            if first <= day <= last and not cards.get(day):
                cards[day] = card
    return Held(cards, weeks)


def hold(context: Context, pins: Pins, copy: WorkingCopy, week: date, registry: CardRegistry | None = None) -> None:
    """Before anything that the week is derived from is changed. registry: that of `copy.facts`."""
    if not context.periods.any_closing or week in copy.touched or not (dates := week_dates(copy.facts, week)):
        return
    held = held_of(copy, dates[0], dates[-1])
    missing = [day for day in dates if day not in held.cards and is_closing(context, copy, day)]
    if not missing:
        return
    try:
        found = as_published(context, pins, copy, week, missing, held.weeks, registry or context.registry)
    except Fatal:
        raise
    except Exception:  # noqa: BLE001 - told when the week was settled last; inputs must be taken all the same
        found = {}
    cards = {**dict.fromkeys(missing, b""), **found}
    copy.hold(week, encode_held({**decode_held(copy.held(week) or encode_held({})), **cards}))


def as_published(
    context: Context,
    pins: Pins,
    copy: WorkingCopy,
    week: date,
    days: Collection[date],
    pinned_weeks: Mapping[date, str],
    registry: CardRegistry,
) -> dict[date, bytes]:
    """The published cards of these dates, of those that still are what is derived. pinned_weeks: as of `Held`."""
    known = {start: pins.get(digest) for start, digest in pinned_weeks.items() if digest}
    found: dict[date, bytes] = {}
    for start, facts in (known or {week: copy.facts}).items():
        found.update(_as_published(context, copy, start, facts, days, registry))
    return found


def _as_published(
    context: Context, copy: WorkingCopy, week: date, facts: Facts, days: Collection[date], registry: CardRegistry
) -> dict[date, bytes]:
    due = copy.header.dues.get(week)
    # Event time may have passed what is due, and nobody has looked yet.
    is_behind = due is not None and due <= context.times.of(sites_of(copy, week, facts))[0]
    until = due - 1 if due is not None and is_behind else None
    published = {}
    for day in days:
        if (bucket := copy.of_date(day)) is not None and day in bucket.published and not is_void(bucket.published[day]):
            published[day] = bucket.published[day]
    cards: dict[date, bytes] = {}
    # A site that speaks for the first time takes a week's event time back: then by that of the version.
    for event_time in (until, *sorted({one.watermark or 0 for one in published.values()})):
        if cards.keys() == published.keys():
            break
        found = derive(copy, week, facts, registry, context.times, until=event_time)
        for day, before in published.items():
            card = found.cards.get(day)
            if card is not None and before.content_hash == card.content_hash:
                cards[day] = daily_card(context.about(copy, day, week, facts, found), before, card)
    return cards


def is_closing(context: Context, copy: WorkingCopy, day: date) -> bool:
    """Held still, and not locked."""
    period = context.period_of(copy, day)
    if period is None or not period.is_closing:
        return False
    bucket = copy.of_date(day)
    return bucket is None or day not in bucket.locks
