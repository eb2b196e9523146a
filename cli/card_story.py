"""How a version of a card came to be, put together from what the store knows: rule steps, punches, raw
rows, corrections, the versions around it. Pure; `cli.card_story_text` puts it in lines. Source:
spec/timecards.md D, audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from cli.card_blocks import missing_rows, period_of
from cli.card_changes import changes
from cli.errors import CliError

if TYPE_CHECKING:
    from cli.timecard_text import Row
    from processors.timecards.engine.card import Card
    from processors.timecards.engine.explain import Step

RawKey = tuple[str, int, int]  # topic, partition, offset
_PRESENCE, _DEDUCTION = 1, 2
_ORDER: Final = {"B6": 0, "B5": _PRESENCE, "B7": _PRESENCE, "B8": _PRESENCE, "B9": 3, "B11": 4}
_LAST: Final = 1 << 62


class CardUnreadable(CliError):
    """The content of a version is of a shape that this code does not know."""


@dataclass(frozen=True, slots=True)
class PunchStory:
    """A punch of a card, numbered in order of time. at_ms, offset_s: as it counts, None when nobody knows; row: of
    punches, None for one that a correction added or that is not there; raw: its record; corrections: that made or
    changed it; missing: what should be there and is not."""

    number: int
    punch_id: str
    at_ms: int | None
    offset_s: int | None
    row: Row | None
    raw: Row | None
    corrections: tuple[Row, ...]
    missing: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A version before or after. row: None when the store does not have it; changed: what became different with the
    later of the two."""

    version: int
    row: Row | None
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CardStory:
    """row: the version, without its content; latest: the latest card as it stands; card: None for VOID; corrections:
    those of the date that made none of its punches; missing: what the store should have and has not."""

    row: Row
    latest: Row | None
    card: Card | None
    steps: tuple[Step, ...]
    punches: tuple[PunchStory, ...]
    corrections: tuple[Row, ...]
    before: Neighbour | None
    after: Neighbour | None
    versions: tuple[Row, ...]
    approvals: tuple[Row, ...]
    adjustments: tuple[Row, ...]
    period: Row | None
    missing: tuple[str, ...]

    def number_of(self, punch_id: str) -> int | None:
        return next((punch.number for punch in self.punches if punch.punch_id == punch_id), None)


@dataclass(frozen=True, slots=True)
class Around:
    """What the store says of the date beside the version itself. versions: of the history, in order; before, after:
    the neighbours with their content, None when they are not there."""

    latest: Row | None
    versions: Sequence[Row]
    before: Row | None
    after: Row | None
    approvals: Sequence[Row]
    adjustments: Sequence[Row]
    periods: Sequence[Row]


def card_of(row: Row | None) -> Card | None:
    """The content of a version; None for none and for VOID. Raises CardUnreadable."""
    from processors.timecards.engine.card import read_card

    content = orjson.loads(row["content"] or "null") if row is not None else None
    if row is None or not content:
        return None
    try:
        return read_card(content, row["content_hash"])
    except ValueError as error:
        raise CardUnreadable(
            f"version {row['version']} was derived by engine {row['engine_version']}, this one cannot read it: {error}"
        ) from error


def punch_ids(card: Card | None, row: Row) -> list[str]:
    """All that a version names: punches of its shifts, of its exceptions, and what caused it."""
    ids: dict[str, None] = {}
    if card is not None:
        for shift in card.shifts:
            ids.update(dict.fromkeys(shift.punches))
        for segment in card.segments:
            ids.update(dict.fromkeys((segment.start_punch, segment.end_punch)))
        for pause in card.breaks:
            ids.update(dict.fromkeys((pause.start_punch, pause.end_punch)))
        for exception in card.exceptions:
            ids.update(dict.fromkeys(exception.punches))
    ids.update(dict.fromkeys(row["caused_by"]))
    return list(ids)


def tell(
    row: Row,
    around: Around,
    punches: Mapping[str, Row],
    raws: Mapping[RawKey, Row],
    corrections: Sequence[Row],
) -> CardStory:
    """The story of one version. Raises CardUnreadable."""
    from processors.timecards.engine.explain import explain

    card = card_of(row)
    told = _punches(card, row, punches, raws, corrections)
    at = {one.punch_id: one.at_ms for one in told}
    made = {one["correction_id"] for punch in told for one in punch.corrections}
    steps = explain(card) if card is not None else ()
    return CardStory(
        row={name: value for name, value in row.items() if name != "content"},
        latest=around.latest,
        card=card,
        steps=tuple(sorted(steps, key=lambda step: _step_order(step, at))),
        punches=told,
        corrections=tuple(one for one in corrections if one["correction_id"] not in made),
        before=_neighbour(row["version"] - 1, around.before, card_of(around.before), card),
        after=_after(row, around, card),
        versions=tuple(around.versions),
        approvals=tuple(around.approvals),
        adjustments=tuple(around.adjustments),
        period=period_of(row, row["work_date"], around.periods),
        missing=tuple(missing_rows(around.latest, around.versions)),
    )


def _step_order(step: Step, at: Mapping[str, int | None]) -> tuple[int, int]:
    """Presence in order of time, then deductions, buckets, exceptions."""
    chapter = step.rule.partition(".")[0]
    group = _DEDUCTION if chapter == "B8" and step.minutes < 0 else _ORDER.get(chapter, _LAST)
    first = at.get(step.punches[0]) if group == _PRESENCE and step.punches else 0
    return group, _LAST if first is None else first


def _neighbour(version: int, row: Row | None, before: Card | None, after: Card | None) -> Neighbour | None:
    if version < 1:
        return None
    return Neighbour(version, row, tuple(changes(before, after)) if row is not None else ())


def _after(row: Row, around: Around, card: Card | None) -> Neighbour | None:
    newest = max(
        [one["version"] for one in around.versions] + ([around.latest["version"]] if around.latest is not None else [])
    )
    if newest <= row["version"]:
        return None
    changed = tuple(changes(card, card_of(around.after))) if around.after is not None else ()
    return Neighbour(row["version"] + 1, around.after, changed)


def _punches(
    card: Card | None,
    row: Row,
    rows: Mapping[str, Row],
    raws: Mapping[RawKey, Row],
    corrections: Sequence[Row],
) -> tuple[PunchStory, ...]:
    known_at = _times_in(card)
    by_punch: dict[str, list[Row]] = {}
    for one in corrections:
        by_punch.setdefault(one["target"] or one["correction_id"], []).append(one)
    found = []
    for punch_id in punch_ids(card, row):
        mine = by_punch.get(punch_id, [])
        if not mine and punch_id not in rows and punch_id not in known_at and not _is_of(card, punch_id):
            # What caused it, and is no punch: leave, or a correction of another date.
            continue
        if any(one["operation"] == "leave" for one in mine):
            continue
        punch = rows.get(punch_id)
        at_ms, offset_s = known_at.get(punch_id, (None, None))
        if at_ms is None and punch is not None:
            at_ms, offset_s = punch["punch_at"], punch["utc_offset_s"]
        if at_ms is None and mine:
            at_ms = mine[-1]["punch_at"]
        found.append((at_ms, offset_s, punch_id, punch, mine))
    found.sort(key=lambda one: (_LAST if one[0] is None else one[0], one[2]))
    return tuple(
        PunchStory(
            number, punch_id, at_ms, offset_s, punch,
            raws.get(raw_key(punch)) if punch is not None else None, tuple(mine), _missing(punch, mine, raws),
        )
        for number, (at_ms, offset_s, punch_id, punch, mine) in enumerate(found, 1)
    )  # fmt: skip


def raw_key(punch: Row) -> RawKey:
    """Where the raw record of a punch stands."""
    return punch["raw_topic"], punch["raw_partition"], punch["raw_offset"]


def _missing(punch: Row | None, corrections: Iterable[Row], raws: Mapping[RawKey, Row]) -> str:
    if punch is None:
        if any(one["operation"] == "add" for one in corrections):
            return ""
        return "neither a punch nor a correction of this id is in the store yet: a sink is behind"
    if punch["raw_topic"] == "raw.attendance" and raw_key(punch) not in raws:
        return "its raw record is not in the store yet: the sink is behind"
    return ""


def _times_in(card: Card | None) -> dict[str, tuple[int, int]]:
    """Instant (epoch ms) and offset of the punches that begin or end presence, as they count."""
    times: dict[str, tuple[int, int]] = {}
    for segment in card.segments if card is not None else ():
        times[segment.start_punch] = (segment.start_at * 1000, segment.start_offset_s)
        times[segment.end_punch] = (segment.end_at * 1000, segment.end_offset_s)
    return times


def _is_of(card: Card | None, punch_id: str) -> bool:
    return card is not None and (
        any(punch_id in shift.punches for shift in card.shifts)
        or any(punch_id in one.punches for one in card.exceptions)
    )
