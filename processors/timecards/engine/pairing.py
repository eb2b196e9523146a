"""Punches into shifts, shifts into segments and breaks: the state machine of B5 with the rulings of B14."""

from __future__ import annotations

from collections.abc import Iterable

from processors.timecards.engine.first_last import pair_first_last
from processors.timecards.engine.shift import OFF, ON, ON_BREAK, Break, Edge, Finding, Kept, Segment, Shift
from processors.timecards.engine.zones import zone_of

_OPENING = frozenset({"IN", "BREAK_IN", "MEAL_IN"})
_WHAT_UNKNOWN_IS = {OFF: "IN", ON: "OUT", ON_BREAK: "BREAK_IN"}


def group_and_pair(punches: Iterable[Kept]) -> list[Shift]:
    """The shifts of one employee's sorted punches, in order. Rules of a shift are those of its first punch."""
    shifts: list[Shift] = []
    for one in punches:
        if not shifts or _starts_a_shift(shifts[-1], one):
            shifts.append(Shift(one.terms))
        shift = shifts[-1]
        shift.kept.append(one)
        if shift.terms.policy.span == "pairs":
            _step(shift, one)
    for shift in shifts:
        if shift.terms.policy.span == "first_last":
            pair_first_last(shift)
    return shifts


def _starts_a_shift(shift: Shift, one: Kept) -> bool:
    policy = shift.terms.policy
    if policy.grouping == "day":
        zone, cut = zone_of(shift.terms.zone), policy.day_cut_min
        return zone.day(one.at, cut) != zone.day(shift.kept[0].at, cut)
    if shift.open is None:
        return one.at - shift.kept[-1].at >= policy.new_shift_gap_min * 60
    open_for = one.at - shift.open.at
    if open_for > policy.max_open_min * 60:
        return True
    if shift.state == ON_BREAK or one.direction != "IN" or open_for < policy.new_shift_gap_min * 60:
        return False
    return not (_is_transfer(shift, one) or _is_ignored_in(shift, one))


def _step(shift: Shift, one: Kept) -> None:
    direction = _WHAT_UNKNOWN_IS[shift.state] if one.direction == "UNKNOWN" else one.direction
    if shift.state == OFF:
        _while_off(shift, one, direction)
    elif shift.state == ON:
        _while_on(shift, one, direction)
    else:
        _while_on_break(shift, one, direction)


def _while_off(shift: Shift, one: Kept, direction: str) -> None:
    if direction in _OPENING:
        if direction != "IN":
            _find(shift, "MISSING_BREAK_OUT", one)
        edge = _edge(shift, one, direction)
        if shift.gap_from is not None:
            shift.breaks.append(Break("GAP", shift.gap_from, edge))
            shift.gap_from = None
        _on_the_clock(shift, edge, one.punch.work_code)
    elif direction == "OUT" and shift.gap_from is not None:
        _find(shift, "DOUBLE_OUT", one)
    else:
        _find(shift, "MISSING_IN", one)
        if direction == "OUT":
            shift.gap_from = _edge(shift, one, direction, fixed=True)


def _while_on(shift: Shift, one: Kept, direction: str) -> None:
    assert shift.open is not None
    if direction == "IN":
        _repeated_in(shift, one, shift.open)
    elif direction in _OPENING:
        _find(shift, "MISSING_BREAK_OUT", one)
    else:
        edge = _edge(shift, one, direction)
        shift.segments.append(Segment(shift.open, edge, shift.work_code))
        if direction == "OUT":
            _off_the_clock(shift, edge)
        else:
            shift.state, shift.open = ON_BREAK, edge
            shift.break_kind = "MEAL" if direction == "MEAL_OUT" else "BREAK"


def _while_on_break(shift: Shift, one: Kept, direction: str) -> None:
    assert shift.open is not None
    if direction in _OPENING:
        edge = _edge(shift, one, direction)
        shift.breaks.append(Break(shift.break_kind, shift.open, edge))
        _on_the_clock(shift, edge, one.punch.work_code or shift.work_code)
    elif direction == "OUT":  # the time since the break began counts for nothing
        shift.findings.append(
            Finding("MISSING_BREAK_IN", shift.open.at, (shift.open.punch.punch_id, one.punch.punch_id))
        )
        _off_the_clock(shift, _edge(shift, one, direction))
    else:
        _find(shift, "DOUBLE_OUT", one)


def _repeated_in(shift: Shift, one: Kept, opening: Edge) -> None:
    if _is_transfer(shift, one):
        edge = _edge(shift, one, "IN", fixed=True)
        shift.segments.append(Segment(opening, edge, shift.work_code))
        _find(shift, "TRANSFER", one)
        _on_the_clock(shift, edge, one.punch.work_code)
    elif _is_ignored_in(shift, one):
        _find(shift, "DOUBLE_IN", one)
    else:
        shift.findings.append(Finding("MISSING_OUT", opening.at, (opening.punch.punch_id,)))
        _on_the_clock(shift, _edge(shift, one, "IN"), one.punch.work_code)


def _is_transfer(shift: Shift, one: Kept) -> bool:
    code = one.punch.work_code
    return shift.terms.policy.transfer and code != "" and code != shift.work_code


def _is_ignored_in(shift: Shift, one: Kept) -> bool:
    assert shift.open is not None
    policy = shift.terms.policy
    return policy.repeat_in == "keep_first" or one.at - shift.open.at <= policy.repeat_in_grace_min * 60


def _on_the_clock(shift: Shift, edge: Edge, work_code: str) -> None:
    shift.state, shift.open, shift.work_code = ON, edge, work_code


def _off_the_clock(shift: Shift, edge: Edge) -> None:
    shift.state, shift.open, shift.gap_from, shift.last_out = OFF, None, edge, edge


def _edge(shift: Shift, one: Kept, direction: str, *, fixed: bool = False) -> Edge:
    edge = Edge(one.punch, one.at, one.at, direction, fixed)
    shift.edges.append(edge)
    return edge


def _find(shift: Shift, code: str, one: Kept) -> None:
    shift.findings.append(Finding(code, one.at, (one.punch.punch_id,)))
