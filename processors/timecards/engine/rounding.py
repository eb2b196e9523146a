"""From raw to paid times: snapping to the plan, rounding on the wall clock. Source: B7, B14."""

from __future__ import annotations

from processors.timecards.engine.shift import OFF, Edge, Shift
from schemas.policies import Rounding


def set_paid_times(shift: Shift) -> None:
    """Sets `paid` of the shift's edges. A moved time stops at the neighbouring punches of the shift, ignored ones
    included, and at the paid time of the edge before it, so that no interval turns around."""
    policy = shift.terms.policy
    if policy.round_in is None and policy.round_out is None and policy.snap is None:
        return
    first = shift.first_in
    last = shift.segments[-1].end if shift.segments else None
    last_out = last if shift.state == OFF and last is shift.last_out else None
    places = {one.punch.punch_id: index for index, one in enumerate(shift.kept)}
    before: Edge | None = None
    for edge in shift.edges:
        earlier, before = before, edge
        if edge is first:
            paid = _snapped_in(shift, edge)
        elif edge is last_out:
            paid = _snapped_out(shift, edge)
        elif policy.round_scope == "all" and not edge.fixed:
            paid = _rounded(edge, {"IN": policy.round_in, "OUT": policy.round_out}.get(edge.direction))
        else:
            continue
        place = places[edge.punch.punch_id]
        if place + 1 < len(shift.kept):
            paid = min(paid, shift.kept[place + 1].at)
        if place > 0:
            paid = max(paid, shift.kept[place - 1].at)
        edge.paid = paid if earlier is None else max(paid, earlier.paid)


def _snapped_in(shift: Shift, edge: Edge) -> int:
    snap, planned = shift.terms.policy.snap, shift.planned
    if snap and planned and planned.start - snap.in_early * 60 <= edge.at <= planned.start + snap.in_late * 60:
        return planned.start
    return _rounded(edge, shift.terms.policy.round_in)


def _snapped_out(shift: Shift, edge: Edge) -> int:
    snap, planned = shift.terms.policy.snap, shift.planned
    if snap and planned and planned.end - snap.out_early * 60 <= edge.at <= planned.end + snap.out_late * 60:
        return planned.end
    return _rounded(edge, shift.terms.policy.round_out)


def _rounded(edge: Edge, rounding: Rounding | None) -> int:
    if rounding is None:
        return edge.at
    quantum = rounding.q * 60
    beyond = (edge.at + edge.punch.offset_s) % quantum
    if rounding.mode == "nearest":
        split = (rounding.q + 1) // 2 if rounding.split is None else rounding.split
        up = beyond >= split * 60
    else:
        up = rounding.mode == "up"
    return edge.at - beyond + (quantum if up and beyond else 0)
