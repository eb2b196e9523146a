"""A card's story in lines for people: blocks in order of time, every number with what it is made of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from cli.punch_story_text import correction_text, punch_lines
from cli.timecard_text import (
    BUCKET_WORDS,
    adjustment_text,
    by_name,
    cause_text,
    day_text,
    decision_text,
    hhmm,
    minute_word,
    period_text,
    zone_text,
)

if TYPE_CHECKING:
    from cli.card_story import CardStory, Neighbour
    from processors.timecards.engine.card import Card
    from processors.timecards.engine.explain import Step

_RULES: Final = {
    "B5": "pairs", "B6": "work date", "B7": "rounding", "B8": "breaks", "B9": "hours", "B11": "exceptions",
}  # fmt: skip


def story_lines(story: CardStory) -> list[str]:
    return [
        *_head(story),
        *_block("Punches, in order of time", punch_lines(story)),
        *_block("Rule steps (chapters of the specification)", (_step_line(story, step) for step in story.steps)),
        *_block("Minutes", _minutes(story)),
        *_block("Other corrections of the date", map(correction_text, story.corrections)),
        *_block("Versions", _version_lines(story)),
        *_block("Approval and pay", _pay_lines(story)),
        *_block("MISSING", story.missing),
    ]


def _head(story: CardStory) -> Iterator[str]:
    row, latest = story.row, story.latest
    yield (
        f"{row['employee']}, {day_text(row['work_date'])}: worked {hhmm(row['worked'])}"
        f" ({row['status']}, version {row['version']}{'' if story.after is None else ', superseded'})"
    )
    if latest is not None and latest["version"] == row["version"] and latest["status"] != row["status"]:
        yield f"  stands as {latest['status']} (revision {latest['revision']})"
    if story.card is None:
        yield "  VOID: nothing is left of the card"
    yield f"  home        site {row['site'] or 'none'}, {row['zone'] or 'no zone'}, pay group {row['pay_group']}"
    yield f"  rules       {row['policy_version'] or 'the defaults'}, engine {row['engine_version']}"
    yield (
        f"  derived     {zone_text(row['derived_at'], row['zone'])}; all devices had told everything up to"
        f" {zone_text(row['watermark'], row['zone'])}"
    )
    yield f"  because     {cause_text(row['cause'])}{_causes(story)}"
    yield f"  content     {row['content_hash']}"


def _causes(story: CardStory) -> str:
    named = [f"[{number}]" if (number := story.number_of(one)) is not None else one for one in story.row["caused_by"]]
    return f": {', '.join(named)}" if named else ""


def _block(title: str, lines: Iterable[str]) -> list[str]:
    told = [f"  {line}" for line in lines]
    return ["", title, *told] if told else []


def _step_line(story: CardStory, step: Step) -> str:
    numbers = [f"[{one}]" for punch in step.punches if (one := story.number_of(punch)) is not None]
    minutes = f"{'+' if step.minutes > 0 else ''}{hhmm(step.minutes)}" if step.minutes else ""
    rule = f"{step.rule} {_RULES.get(step.rule.partition('.')[0], '')}"
    return f"{rule:<15}{minutes:>7}  {step.text}{'  ' if numbers else ''}{' '.join(dict.fromkeys(numbers))}"


def _minutes(story: CardStory) -> Iterator[str]:
    card = story.card
    if card is None:
        return
    of = card.minutes
    yield (
        f"worked {hhmm(of['worked'])} = {minute_word('gross')} {hhmm(of['gross'])} + {minute_word('paid_break')}"
        f" {hhmm(of['paid_break'])} - {minute_word('meal_auto')} {hhmm(of['meal_auto'])}"
    )
    yield _sum_of("gross", of["gross"], [one.paid_end - one.paid_start for one in card.segments])
    yield _sum_of("paid_break", of["paid_break"], _paid(card))
    yield _sum_of("unpaid_break", of["unpaid_break"], _unpaid(card))
    yield f"worked {hhmm(of['worked'])} = {_buckets(card)}"
    for name, minutes in card.overlays.items():
        yield f"{name} {hhmm(minutes)}: of these, inside its window"
    if of["leave"]:
        yield f"leave {hhmm(of['leave'])}: approved leave of the date, not worked"
    for name, minutes_by in (("work codes", card.labor), ("sites", card.sites)):
        if minutes_by:
            yield f"on the clock by {name}: {by_name(minutes_by)}"


def _paid(card: Card) -> list[int]:
    """Seconds of each break on this date that are paid; its paid part comes first."""
    return [min(one.paid_s, one.paid_end - one.paid_start) for one in card.breaks]


def _unpaid(card: Card) -> list[int]:
    return [one.paid_end - one.paid_start - paid for one, paid in zip(card.breaks, _paid(card), strict=True)]


def _sum_of(key: str, minutes: int, seconds: Sequence[int]) -> str:
    """Where the parts do not add up by themselves (seconds that are summed first, a break over midnight), they are
    said to be parts."""
    parts = [one // 60 for one in seconds if one >= 60]
    if not parts:
        return f"{minute_word(key)} {hhmm(minutes)}"
    sign = "=" if sum(parts) == minutes else "from parts of"
    return f"{minute_word(key)} {hhmm(minutes)} {sign} {' + '.join(map(hhmm, parts))}"


def _buckets(card: Card) -> str:
    return " + ".join(f"{word} {hhmm(card.minutes[key])}" for key, word in BUCKET_WORDS.items() if card.minutes[key])


def _version_lines(story: CardStory) -> Iterator[str]:
    for row in story.versions:
        here = "  <- this one" if row["version"] == story.row["version"] else ""
        yield (
            f"{row['version']}: {row['status']}, worked {hhmm(row['worked'])},"
            f" {zone_text(row['derived_at'], row['zone'])}; {cause_text(row['cause'])}{here}"
        )
    if story.before is not None:
        yield from _difference(story.before, f"from version {story.before.version} to this one")
    if story.after is not None:
        yield from _difference(story.after, f"superseded by version {story.after.version}")


def _difference(neighbour: Neighbour, title: str) -> Iterator[str]:
    if neighbour.row is None:
        yield f"{title}: version {neighbour.version} is not in the store, so what changed cannot be said"
        return
    yield f"{title}:"
    for text in neighbour.changed or ("nothing of the minutes, punches, exceptions and status",):
        yield f"  {text}"


def _pay_lines(story: CardStory) -> Iterator[str]:
    yield from map(decision_text, story.approvals)
    if story.period is not None:
        yield f"pay period {period_text(story.period)}"
    for one in story.adjustments:
        yield f"adjustment {adjustment_text(one)}"
        causes = ", ".join(one["caused_by"]) or "nothing named"
        yield f"  from locked version {one['locked_version']}; caused by {causes}"
    if story.adjustments and story.latest is not None:
        net = story.latest["worked"] + sum(one["minutes"].get("worked", 0) for one in story.adjustments)
        yield f"to be paid: locked {hhmm(story.latest['worked'])} with all adjustments = {hhmm(net)}"
