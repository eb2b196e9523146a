"""A shift's time by date: all of it on its work date, or cut at every local day boundary (assign=split). Source: B6."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from processors.timecards.engine.shift import Break, Segment, Shift

Span = tuple[int, int]  # [from, to) in epoch seconds


@dataclass(slots=True, eq=False)
class Part:
    """What a shift gives to one day. net: paid spans without the deducted meal; pieces, pauses: paid times."""

    day: int
    gross_s: int = 0
    paid_break_s: int = 0
    unpaid_break_s: int = 0
    meal_s: int = 0
    net: list[Span] = field(default_factory=list)
    pieces: list[tuple[Segment, int, int]] = field(default_factory=list)
    pauses: list[tuple[Break, int, int]] = field(default_factory=list)


def parts_of(shift: Shift, *, with_net: bool) -> list[Part]:
    """One part a day. `with_net`: whether somebody will ask for the net spans of an uncut shift."""
    if shift.terms.policy.assign == "split" and (shift.segments or shift.breaks):
        return _cut(shift)
    part = Part(shift.day, shift.gross_s, shift.paid_break_s, shift.unpaid_break_s, shift.meal_s)
    part.pieces = [(segment, segment.start.paid, segment.end.paid) for segment in shift.segments]
    part.pauses = [(pause, pause.start.paid, pause.end.paid) for pause in shift.breaks]
    if with_net:
        part.net = _without(_paid_spans(shift), _meal_spans(shift))
    return [part]


def _cut(shift: Shift) -> list[Part]:
    paid, meal = _paid_spans(shift), _meal_spans(shift)
    net = _without(paid, meal)
    parts = [_between(shift, day, start, end, net, meal) for day, start, end in _days(shift)]
    return [part for part in parts if part.pieces or part.pauses]


def _between(shift: Shift, day: int, start: int, end: int, net: list[Span], meal: list[Span]) -> Part:
    part = Part(day, net=_clipped(net, start, end), meal_s=_length(_clipped(meal, start, end)))
    for segment in shift.segments:
        for first, last in _clipped([(segment.start.paid, segment.end.paid)], start, end):
            part.pieces.append((segment, first, last))
            part.gross_s += last - first
    for pause in shift.breaks:
        paid_until = pause.start.paid + pause.paid_s
        part.paid_break_s += _length(_clipped([(pause.start.paid, paid_until)], start, end))
        part.unpaid_break_s += _length(_clipped([(paid_until, pause.end.paid)], start, end))
        part.pauses += [(pause, *span) for span in _clipped([(pause.start.paid, pause.end.paid)], start, end)]
    return part


def _days(shift: Shift) -> Iterator[tuple[int, int, int]]:
    """The days that the shift's paid times touch with their boundaries (instants)."""
    zone, cut = shift.zone, shift.terms.policy.day_cut_min
    first, last = shift.edges[0].paid, shift.edges[-1].paid
    day = zone.day(first, cut)
    while True:
        start, end = zone.day_start(day, cut), zone.day_start(day + 1, cut)
        if end > first:
            yield day, start, end
        if end >= last:
            return
        day += 1


def _paid_spans(shift: Shift) -> list[Span]:
    spans = [(segment.start.paid, segment.end.paid) for segment in shift.segments]
    spans += [(pause.start.paid, pause.start.paid + pause.paid_s) for pause in shift.breaks if pause.paid_s]
    return sorted(spans)


def _meal_spans(shift: Shift) -> list[Span]:
    """Where the deducted meal lies: after `meal_at_s` of paid time."""
    spans: list[Span] = []
    skip, left = shift.meal_at_s, shift.meal_s
    for start, end in _paid_spans(shift) if left else ():
        length = end - start
        if skip < length and left:
            taken = min(left, length - skip)
            spans.append((start + skip, start + skip + taken))
            left -= taken
        skip = max(0, skip - length)
    return spans


def _without(spans: list[Span], holes: list[Span]) -> list[Span]:
    for hole_start, hole_end in holes:
        rest: list[Span] = []
        for start, end in spans:
            rest += [span for span in ((start, min(end, hole_start)), (max(start, hole_end), end)) if span[0] < span[1]]
        spans = rest
    return spans


def _clipped(spans: list[Span], start: int, end: int) -> list[Span]:
    clipped = [(max(first, start), min(last, end)) for first, last in spans]
    return [span for span in clipped if span[0] < span[1]]


def _length(spans: list[Span]) -> int:
    return sum([end - start for start, end in spans])
