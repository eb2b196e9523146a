"""Cards of a period that is CLOSING are held still. Their bytes are kept as soon as anything touches their week: nobody
could derive them afterwards, and the lock writes them once more. Pure."""

from __future__ import annotations

from datetime import date

from processors.errors import Fatal
from processors.timecards.engine.card import Card
from processors.timecards.stream.card_registry import CardRegistry
from processors.timecards.stream.cards import daily_card
from processors.timecards.stream.context import Context
from processors.timecards.stream.derivation import Derivation, derive, sites_of
from processors.timecards.stream.held import encode_held
from processors.timecards.stream.kept import PublishedDay
from processors.timecards.stream.week import week_dates
from processors.timecards.stream.working_copy import WorkingCopy


def hold(context: Context, copy: WorkingCopy, week: date, registry: CardRegistry | None = None) -> None:
    """Before anything that the week is derived from is changed. registry: that of `copy.facts`."""
    if not context.periods.any_closing or week in copy.touched or copy.held(week) is not None:
        return
    dates = [day for day in week_dates(copy.facts, week) if _is_closing(context, copy, day)]
    if not dates:
        return
    try:
        found, cards = as_published(context, copy, week, registry or context.registry)
    except Fatal:
        raise
    except Exception:  # noqa: BLE001 - told when the week was settled last; inputs must be taken all the same
        copy.hold(week, encode_held({}))
        return
    held = {
        day: daily_card(context.about(copy, day, week, copy.facts, found), one, card)
        for day, (one, card) in cards.items()
        if day in dates
    }
    copy.hold(week, encode_held(held))


def as_published(
    context: Context, copy: WorkingCopy, week: date, registry: CardRegistry
) -> tuple[Derivation, dict[date, tuple[PublishedDay, Card]]]:
    """The published cards of a week with their contents, of those that still are what is derived."""
    due = copy.header.dues.get(week)
    # Event time may have passed what is due, and nobody has looked yet.
    is_behind = due is not None and due <= context.times.of(sites_of(copy, week, copy.facts))[0]
    until = due - 1 if due is not None and is_behind else None
    found = derive(copy, week, copy.facts, registry, context.times, until=until)
    cards = {}
    for day, card in found.cards.items():
        bucket = copy.of_date(day)
        before = bucket.published.get(day) if bucket is not None else None
        if before is not None and before.content_hash == card.content_hash:
            cards[day] = (before, card)
    return found, cards


def _is_closing(context: Context, copy: WorkingCopy, day: date) -> bool:
    period = context.period_of(copy, day)
    if period is None or not period.is_closing:
        return False
    bucket = copy.of_date(day)
    return bucket is None or day not in bucket.locks
