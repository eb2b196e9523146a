"""Day zones, work dates and plans of shifts (B6, B10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tests.reference.timecards.inputs import Case, Plan, Policy
from tests.reference.timecards.pairing import Shift
from tests.reference.timecards.wall_clock import attendance_date


@dataclass
class Dated:
    """A shift with its day zone, work date (under `split` its start date) and plan."""

    shift: Shift
    zone: str
    day: date
    plan: Plan | None = None

    def date_of(self, instant: int, policy: Policy) -> date:
        return attendance_date(instant, self.zone, policy["day_cut_min"])


def dated(shifts: Sequence[Shift], case: Case, policy: Policy, planned: dict[date, list[Plan]]) -> list[Dated]:
    found = [_dated(shift, case, policy, planned) for shift in shifts]
    numbers: dict[date, int] = {}
    for one in found:
        number = numbers.get(one.day, 0)
        numbers[one.day] = number + 1
        of_day = planned.get(one.day, [])
        # B14: with assign=schedule the shift takes the plan that gave its date; otherwise the n-th takes the n-th.
        if one.plan is None and number < len(of_day):
            one.plan = of_day[number]
    return found


def _dated(shift: Shift, case: Case, policy: Policy, planned: dict[date, list[Plan]]) -> Dated:
    anchor = shift.anchor  # first IN; without any pair the open IN, else the first punch
    zone = anchor.zone if policy["day_zone"] == "first_in" else case["zone"]
    start = Dated(shift, zone, attendance_date(anchor.at, zone, policy["day_cut_min"]))
    if policy["assign"] == "end":
        start.day = _end_date(start, policy)
    elif policy["assign"] == "majority":
        start.day = _majority_date(start, policy)
    elif policy["assign"] == "schedule":
        start.plan = _nearest_plan(shift, policy, planned)
        if start.plan is not None:
            start.day = start.plan.day
    return start


def _worked_instants(one: Dated, policy: Policy) -> list[int]:
    """Every minute (second under keep) on the clock, in raw times: breaks are not known yet in the order of B4."""
    unit = 60 if policy["seconds"] == "truncate" else 1
    return [at for segment in one.shift.segments for at in range(segment.opened.at, segment.closed.at, unit)]


def _end_date(one: Dated, policy: Policy) -> date:
    """The date of the last worked minute."""
    worked = _worked_instants(one, policy)
    return one.date_of(worked[-1], policy) if worked else one.day


def _majority_date(one: Dated, policy: Policy) -> date:
    """The date with most minutes, ties earlier."""
    counts: dict[date, int] = {}
    for at in _worked_instants(one, policy):
        day = _date_cached(one, at, policy)
        counts[day] = counts.get(day, 0) + 1
    if not counts:
        return one.day
    most = max(counts.values())
    return min(day for day, count in counts.items() if count == most)


def _nearest_plan(shift: Shift, policy: Policy, planned: dict[date, list[Plan]]) -> Plan | None:
    """The planned shift with first IN in [start - sched_before, end), nearest start."""
    if shift.first_in is None:
        return None
    first_in = shift.first_in.at
    before = policy["sched_before_min"] * 60
    fitting = [plan for of_day in planned.values() for plan in of_day if plan.start - before <= first_in < plan.end]
    return min(fitting, key=lambda plan: (abs(first_in - plan.start), plan.start), default=None)


def _date_cached(one: Dated, at: int, policy: Policy) -> date:
    """Day boundaries lie on whole minutes, so the date of a second is that of its minute."""
    return one.date_of(at - at % 60, policy)
