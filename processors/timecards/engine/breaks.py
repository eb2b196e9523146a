"""Which part of a break is paid. Source: B8."""

from __future__ import annotations

from processors.timecards.engine.shift import Break, Shift
from schemas.policies import Policy


def pay_breaks(shift: Shift) -> None:
    """Sets `paid_s` and `unpaid_s` of the shift's breaks, by paid times."""
    for pause in shift.breaks:
        length = pause.end.paid - pause.start.paid
        pause.paid_s = _paid_s(pause, length, shift.terms.policy)
        pause.unpaid_s = length - pause.paid_s


def _paid_s(pause: Break, length: int, policy: Policy) -> int:
    if pause.kind == "MEAL" or (pause.kind == "GAP" and not policy.paid_gap):
        return 0
    longest = policy.paid_break_max_min * 60
    if length <= longest:
        return length
    return longest if policy.paid_break_excess == "excess_unpaid" else 0
