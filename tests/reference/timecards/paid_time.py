"""Snap and rounding (B7), paid and unpaid breaks, auto meal (B8): a shift as one list of minutes (or seconds)."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.reference.timecards.dates import Dated
from tests.reference.timecards.inputs import Policy
from tests.reference.timecards.pairing import Kept, Pause, Shift

GROSS, PAID, UNPAID = "gross", "paid", "unpaid"


@dataclass(slots=True)
class Unit:
    """One minute (one second under keep) of a shift, from `at` on."""

    at: int
    kind: str
    work_code: str | None = None
    meal: bool = False  # cut away by the auto meal

    @property
    def is_net(self) -> bool:
        return self.kind != UNPAID and not self.meal


def set_paid_times(one: Dated, policy: Policy) -> None:
    """B7: `paid_at` of every punch of the shift."""
    shift = one.shift
    first_in = shift.first_in  # B14: everywhere the start of the first pair; without a pair the open IN
    last_out = _last_out(shift)
    edges = {id(edge) for edge in _edges(shift)}
    for number, punch in enumerate(shift.punches):
        wanted = punch.at
        snapped = False
        if punch is first_in or punch is last_out:
            wanted, snapped = _snapped(punch, one, policy, is_in=punch is first_in)
        # An ignored punch bounds nothing itself: it stays where it was pressed.
        if not snapped and id(punch) in edges:
            wanted = _rounded(punch, policy, is_first=punch is first_in, is_last=punch is last_out)
        # B14: never passes the neighbouring punch of its shift; it stops there.
        if number > 0:
            before = shift.punches[number - 1]
            wanted = max(wanted, before.at, before.paid_at)
        if number + 1 < len(shift.punches):
            wanted = min(wanted, shift.punches[number + 1].at)
        punch.paid_at = wanted


def _edges(shift: Shift) -> list[Kept]:
    """The punches that begin or end something."""
    edges = [edge for segment in shift.segments for edge in (segment.opened, segment.closed)]
    edges += [edge for pause in shift.pauses for edge in (pause.began, pause.ended)]
    return edges + [edge for edge in (shift.opened, shift.pause_began, shift.gap_began) if edge is not None]


def _last_out(shift: Shift) -> Kept | None:
    """The OUT that closed the last pair, when the shift ended with it (B14: none while on the clock or on break)."""
    if shift.off_with_pair and shift.segments[-1].closed is shift.last_out:
        return shift.last_out
    return None


def _snapped(punch: Kept, one: Dated, policy: Policy, *, is_in: bool) -> tuple[int, bool]:
    snap, plan = policy["snap"], one.plan
    if snap is None or plan is None:
        return punch.at, False
    target = plan.start if is_in else plan.end
    early, late = ("in_early", "in_late") if is_in else ("out_early", "out_late")
    inside = target - snap[early] * 60 <= punch.at <= target + snap[late] * 60
    return (target, True) if inside else (punch.at, False)


def _rounded(punch: Kept, policy: Policy, *, is_first: bool, is_last: bool) -> int:
    if is_first:  # B14: the start of the first pair, whatever punch opened it
        return _to_quantum(punch, policy["round_in"])
    if is_last:
        return _to_quantum(punch, policy["round_out"])
    if policy["round_scope"] != "all" or punch.transfer:  # B14: a transfer instant is never rounded
        return punch.at
    if punch.orphan:  # not mid-shift: nothing has begun
        return punch.at
    if punch.resolved == "IN":  # mid-shift
        return _to_quantum(punch, policy["round_in"])
    if punch.resolved == "OUT":
        return _to_quantum(punch, policy["round_out"])
    return punch.at  # explicit break punches never


def _to_quantum(punch: Kept, rule: dict[str, Any] | None) -> int:
    """On the local wall clock of the punch: r = minutes of the hour mod q."""
    if rule is None:
        return punch.at
    quantum = int(rule["q"]) * 60
    r = (punch.at + punch.punch.offset) % quantum
    down, up = punch.at - r, punch.at - r + quantum
    if rule["mode"] == "down":
        return down
    if rule["mode"] == "up":
        return punch.at if r == 0 else up
    split = rule.get("split")
    if split is None:
        split = (rule["q"] + 1) // 2  # ceil(q/2)
    return down if r < split * 60 else up


def units_of(one: Dated, policy: Policy) -> list[Unit]:
    """B8: the shift's paid timeline in order, the auto meal marked on it."""
    step = 60 if policy["seconds"] == "truncate" else 1
    units: list[Unit] = []
    for segment in one.shift.segments:
        for at in range(segment.opened.paid_at, segment.closed.paid_at, step):
            units.append(Unit(at, GROSS, segment.work_code))
    for pause in one.shift.pauses:
        paid = paid_seconds(pause, policy)
        for at in range(pause.began.paid_at, pause.ended.paid_at, step):
            units.append(Unit(at, PAID if at < pause.began.paid_at + paid else UNPAID))
    units.sort(key=lambda unit: unit.at)
    _cut_meal(units, policy, step)
    return units


def paid_seconds(pause: Pause, policy: Policy) -> int:
    """How much of a break is paid, from its start on."""
    length = pause.ended.paid_at - pause.began.paid_at
    if pause.kind == "MEAL" or (pause.kind == "GAP" and not policy["paid_gap"]):
        return 0
    limit = policy["paid_break_max_min"] * 60
    if length <= limit:
        return int(length)
    return int(limit) if policy["paid_break_excess"] == "excess_unpaid" else 0


def _cut_meal(units: list[Unit], policy: Policy, step: int) -> None:
    meal = policy["meal"]
    if meal is None:
        return
    work = [unit for unit in units if unit.kind != UNPAID]  # gross + paid breaks
    time = len(work) * step
    reached = [tier for tier in meal["tiers"] if time > tier["after"] * 60]  # strict
    if not reached:
        return
    tier = max(reached, key=lambda tier: tier["after"])
    deduct = tier["min"] * 60
    if meal.get("credit_taken", True):
        deduct = max(0, deduct - (len(units) - len(work)) * step)
    if meal.get("cap_at_threshold", False):
        deduct = min(deduct, time - tier["after"] * 60)
    deduct = min(deduct, time)
    cut_at = min(tier["after"] * 60, time - deduct)
    for unit in work[cut_at // step : (cut_at + deduct) // step]:
        unit.meal = True


def meal_exceptions(one: Dated, units: list[Unit], policy: Policy, step: int) -> list[tuple[str, int]]:
    """B8 meal_check: codes with the instant whose date they get under split; on raw times, not while OPEN."""
    shift = one.shift
    if shift.is_open or not shift.segments:
        return []
    # B14: worked is gross + paid_break - meal_auto of floored numbers
    of_kind = Counter(unit.kind for unit in units)
    meal = sum(unit.meal for unit in units)
    worked = of_kind[GROSS] * step // 60 + of_kind[PAID] * step // 60 - meal * step // 60
    first_in = shift.segments[0].opened.at
    # B14: every break or gap with an unpaid minute (a whole one, under keep, too), in order, by its whole raw length
    tested = [p for p in shift.pauses if p.ended.paid_at - p.began.paid_at - paid_seconds(p, policy) >= 60]
    found: list[tuple[str, int]] = []
    for number, rule in enumerate(policy["meal_check"]):
        if worked <= rule["if_over"]:
            continue
        if rule.get("waived", False) and worked <= rule.get("waive_le", worked):
            continue
        if number >= len(tested):
            found.append(("MEAL_MISSED", first_in))
            continue
        pause = tested[number]
        if pause.ended.at - pause.began.at < rule["min"] * 60:
            found.append(("MEAL_SHORT", pause.began.at))
        if pause.began.at - first_in > rule["by"] * 60:
            found.append(("MEAL_LATE", pause.began.at))
    return found
