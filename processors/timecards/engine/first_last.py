"""First in, last out: one pair per date, whatever lies between. Source: B5, B14."""

from __future__ import annotations

from processors.timecards.engine.shift import ON, Edge, Finding, Kept, Segment, Shift


def pair_first_last(shift: Shift) -> None:
    """The shift's one segment: from its first to its last punch under `alternate`, from the first IN to the last OUT
    after it under `state`, where UNKNOWN is either. One punch stays open."""
    first = next((one for one in shift.kept if _may_be(one, "IN")), None)
    if first is None:
        shift.findings.append(Finding("MISSING_IN", shift.kept[-1].at, (shift.kept[-1].punch.punch_id,)))
        return
    start = Edge(first.punch, first.at, first.at, "IN")
    shift.edges.append(start)
    after = shift.kept[shift.kept.index(first) + 1 :]
    last = next((one for one in reversed(after) if _may_be(one, "OUT")), None)
    shift.work_code = first.punch.work_code
    if last is None:
        shift.state, shift.open = ON, start
        return
    end = Edge(last.punch, last.at, last.at, "OUT")
    shift.edges.append(end)
    shift.segments.append(Segment(start, end, shift.work_code))
    shift.last_out = end


def _may_be(one: Kept, direction: str) -> bool:
    return one.direction in (direction, "UNKNOWN")
