"""One derivation: punches, plans, leave and event time of one employee to the cards of all dates (order of B4)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from tests.reference.timecards.buckets import BUCKETS, buckets
from tests.reference.timecards.dates import Dated, dated
from tests.reference.timecards.duplicates import without_duplicates
from tests.reference.timecards.inputs import (
    FUTURE_AFTER_S,
    Case,
    Event,
    Plan,
    Policy,
    Punch,
    effective_punches,
    leave_minutes,
    plans,
)
from tests.reference.timecards.paid_time import GROSS, PAID, UNPAID, Unit, meal_exceptions, set_paid_times, units_of
from tests.reference.timecards.pairing import end_shifts, shifts_of
from tests.reference.timecards.wall_clock import attendance_date, day_start, span_on, wall_date


@dataclass
class Sums:
    """What is gathered for one date, in seconds where a name ends in _s."""

    gross_s: int = 0
    paid_break_s: int = 0
    unpaid_break_s: int = 0
    meal_s: int = 0
    night_s: int = 0
    labor_s: dict[str, int] = field(default_factory=dict)
    late: int = 0
    early: int = 0
    absent: int = 0
    leave: int = 0
    exceptions: set[str] = field(default_factory=set)
    is_open: bool = False

    @property
    def worked(self) -> int:
        """B14, keep: of the floored numbers; under truncate flooring changes nothing."""
        return self.gross_s // 60 + self.paid_break_s // 60 - self.meal_auto

    @property
    def meal_auto(self) -> int:
        """Never more than there is to cut from: 58 s on the clock and 20 s of a paid break are 0 + 0 minutes, though
        their meal of 78 s would be 1. No minutes are negative."""
        return min(self.meal_s // 60, self.gross_s // 60 + self.paid_break_s // 60)


@dataclass
class _Derivation:
    case: Case
    policy: Policy
    event_time: int | None
    days: dict[date, Sums] = field(default_factory=dict)

    @property
    def step(self) -> int:
        return 60 if self.policy["seconds"] == "truncate" else 1

    def day(self, day: date) -> Sums:
        return self.days.setdefault(day, Sums())

    def home_date(self, instant: int) -> date:
        return attendance_date(instant, self.case["zone"], self.policy["day_cut_min"])

    def is_past(self, instant: int) -> bool:
        """Event time has passed the instant (strict)."""
        return self.event_time is None or self.event_time > instant


def derive(
    case: Case, events: Sequence[Event], policy: Policy, maps: dict[str, Any], event_time: int | None
) -> dict[date, dict[str, Any]]:
    """The non-empty cards by date after these events; event_time None is far in the future."""
    run = _Derivation(case, policy, event_time)
    punches = effective_punches(case, events, policy, maps)
    kept, dropped = without_duplicates([punch for punch in punches if not _from_the_future(punch)], policy)
    for punch in dropped:  # B14: only this, on the attendance date of the dropped punch in the home zone
        run.day(run.home_date(punch.at)).exceptions.add("DUPLICATE_PUNCH")
    for punch in filter(_from_the_future, punches):  # B3.5
        run.day(run.home_date(punch.at)).exceptions.add("FUTURE_PUNCH")

    shifts = shifts_of(kept, policy, run.home_date)
    end_shifts(shifts, policy, event_time)
    planned = plans(case)
    of_dates = dated(shifts, case, policy, planned)
    for one in of_dates:
        _add_shift(run, one)
    for before, one in pairwise(of_dates):
        _add_rest(run, before, one)
    _add_absence(run, of_dates, planned, leave_minutes(events))
    return _cards(run)


def _from_the_future(punch: Punch) -> bool:
    """B3.5: more than 10 min after its receipt; stored and flagged, kept out of sums."""
    return punch.received is not None and punch.at > punch.received + FUTURE_AFTER_S


def _add_shift(run: _Derivation, one: Dated) -> None:
    set_paid_times(one, run.policy)
    units = units_of(one, run.policy)
    _add_units(run, one, units)
    for code, punch in one.shift.exceptions:
        run.day(_exception_date(run, one, punch.at)).exceptions.add(code)
    for code, instant in meal_exceptions(one, units, run.policy, run.step):
        run.day(_exception_date(run, one, instant)).exceptions.add(code)
    if one.shift.is_open:
        since = one.shift.opened or one.shift.pause_began
        assert since is not None
        run.day(_exception_date(run, one, since.at)).is_open = True
    _add_late_and_early(run, one)


def _exception_date(run: _Derivation, one: Dated, instant: int) -> date:
    """B6: under split the date of the punch, otherwise the shift's work date."""
    return one.date_of(instant, run.policy) if run.policy["assign"] == "split" else one.day


def _add_units(run: _Derivation, one: Dated, units: Sequence[Unit]) -> None:
    if not units:
        return
    places = _places(run, one, units)
    # How many minutes (seconds) there are of each sort.
    counts = Counter((*places[u.at // 60], u.kind, u.work_code, u.meal, u.is_net) for u in units)
    for (day, is_night, kind, work_code, meal, is_net), count in counts.items():
        sums, length = run.day(day), count * run.step
        if kind == GROSS:
            sums.gross_s += length
            if work_code is not None:  # B14: segments without a code are in no labor entry
                sums.labor_s[work_code] = sums.labor_s.get(work_code, 0) + length
        elif kind == PAID:
            sums.paid_break_s += length
        elif kind == UNPAID:
            sums.unpaid_break_s += length
        if meal:
            sums.meal_s += length
        if is_net and is_night:  # B9: net paid minutes inside the window
            sums.night_s += length


def _places(run: _Derivation, one: Dated, units: Sequence[Unit]) -> dict[int, tuple[date, bool]]:
    """For each minute of the shift its date and whether it is night; all boundaries lie on whole minutes."""
    night = _night_windows(run, one, units)
    boundaries = _day_starts(run, one, units)
    places: dict[int, tuple[date, bool]] = {}
    for minute in {unit.at // 60 for unit in units}:
        at = minute * 60
        day = one.day
        if run.policy["assign"] == "split":  # cut at each local boundary
            day = max(day for start, day in boundaries if start <= at)
        places[minute] = (day, any(start <= at < end for start, end in night))
    return places


def _around(units: Sequence[Unit], zone: str) -> list[date]:
    """Every date that could touch the units, and some more."""
    first, last = wall_date(units[0].at, zone), wall_date(units[-1].at, zone)
    return [first + timedelta(days=n) for n in range(-3, (last - first).days + 4)]


def _night_windows(run: _Derivation, one: Dated, units: Sequence[Unit]) -> list[tuple[int, int]]:
    """B9 and B14: [start, end) of each date in the shift's day zone, as instants."""
    night = run.policy["night"]
    if night is None:
        return []
    return [span_on(day, night["start"], night["end"], one.zone) for day in _around(units, one.zone)]


def _day_starts(run: _Derivation, one: Dated, units: Sequence[Unit]) -> list[tuple[int, date]]:
    return [(day_start(day, one.zone, run.policy["day_cut_min"]), day) for day in _around(units, one.zone)]


def _add_late_and_early(run: _Derivation, one: Dated) -> None:
    """B10 on raw (truncated) times; floored to minutes before they are compared (B14)."""
    shift, plan = one.shift, one.plan
    if plan is None:
        return
    if shift.first_in is not None:
        late = max(0, shift.first_in.at - plan.start) // 60
        if late > run.policy["late_grace_min"]:  # then the full delay
            run.day(one.day).late += late
            run.day(one.day).exceptions.add("LATE")
    # "closed": off the clock, at least one pair, and event time past the plan's end
    if shift.off_with_pair and run.is_past(plan.end):
        assert shift.last_out is not None
        early = max(0, plan.end - shift.last_out.at) // 60
        if early > run.policy["early_grace_min"]:
            run.day(one.day).early += early
            run.day(one.day).exceptions.add("EARLY_LEAVE")


def _add_rest(run: _Derivation, before: Dated, one: Dated) -> None:
    """B10: rest = first IN - last OUT of the shift just before, when that one is closed and of another work date."""
    if not before.shift.off_with_pair or before.day == one.day or one.shift.first_in is None:
        return
    assert before.shift.last_out is not None
    if one.shift.first_in.at - before.shift.last_out.at < run.policy["min_rest_min"] * 60:
        run.day(one.day).exceptions.add("SHORT_REST")


def _add_absence(
    run: _Derivation, of_dates: Sequence[Dated], planned: dict[date, list[Plan]], leave: dict[date, int]
) -> None:
    for day, minutes in leave.items():
        run.day(day).leave = minutes
    for day, of_day in planned.items():
        taken = [one.plan for one in of_dates]
        missed = [plan for plan in of_day if plan not in taken and run.is_past(plan.end)]
        absent = sum(plan.duty_min for plan in missed) - leave.get(day, 0)
        if absent > 0:
            run.day(day).absent = absent
            run.day(day).exceptions.add("ABSENT")


def _cards(run: _Derivation) -> dict[date, dict[str, Any]]:
    found = buckets({day: sums.worked for day, sums in run.days.items()}, run.policy)
    cards: dict[date, dict[str, Any]] = {}
    for day, sums in sorted(run.days.items()):
        card: dict[str, Any] = {
            "gross": sums.gross_s // 60,
            "paid_break": sums.paid_break_s // 60,
            "unpaid_break": sums.unpaid_break_s // 60,
            "meal_auto": sums.meal_auto,
            "worked": sums.worked,
            "night": min(sums.night_s // 60, sums.worked),
            "late": sums.late,
            "early": sums.early,
            "absent": sums.absent,
            "leave": sums.leave,
        }
        card.update({bucket: found[day][bucket] for bucket in BUCKETS})
        card = {name: minutes for name, minutes in card.items() if minutes != 0}
        labor = {code: seconds // 60 for code, seconds in sums.labor_s.items() if seconds >= 60}
        if labor:
            card["labor"] = labor
        if sums.exceptions:
            card["exceptions"] = sorted(sums.exceptions)
        if sums.is_open:
            card["status"] = "OPEN"
        if card:
            cards[day] = card
    return cards
