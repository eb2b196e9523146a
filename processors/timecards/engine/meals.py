"""Meals: what is deducted where none was punched, and whether those punched were long and early enough. Source: B8."""

from __future__ import annotations

from processors.timecards.engine.shift import Break, Finding, Shift
from schemas.policies import MealCheck


def deduct_meal(shift: Shift) -> None:
    """Sets the shift's meal by the highest tier that its gross and paid breaks exceed."""
    meal = shift.terms.policy.meal
    if meal is None:
        return
    time = shift.gross_s + shift.paid_break_s
    tier = max((tier for tier in meal.tiers if time > tier.after * 60), key=lambda tier: tier.after, default=None)
    if tier is None:
        return
    deduct = tier.min * 60 - (shift.unpaid_break_s if meal.credit_taken else 0)
    deduct = min(deduct, time - tier.after * 60 if meal.cap_at_threshold else time)
    if deduct > 0:
        shift.meal_s, shift.meal_after_min = deduct, tier.after
        shift.meal_at_s = min(tier.after * 60, time - deduct)


def check_meals(shift: Shift) -> None:
    """Adds what the policy's meal rules find, by raw times; an open shift is not tested."""
    rules = shift.terms.policy.meal_check
    if not rules or shift.is_open or not shift.segments:
        return
    worked = shift.gross_s // 60 + shift.paid_break_s // 60 - shift.meal_s // 60
    first = shift.segments[0].start
    breaks = [pause for pause in shift.breaks if pause.unpaid_s >= 60]
    for index, rule in enumerate(rules):
        if worked <= rule.if_over or (rule.waived and (rule.waive_le is None or worked <= rule.waive_le)):
            continue
        if index >= len(breaks):
            shift.findings.append(Finding("MEAL_MISSED", first.at, (first.punch.punch_id,)))
        else:
            _test(shift, rule, breaks[index], first.at)


def _test(shift: Shift, rule: MealCheck, pause: Break, first_at: int) -> None:
    punches = (pause.start.punch.punch_id, pause.end.punch.punch_id)
    if pause.end.at - pause.start.at < rule.min * 60:
        shift.findings.append(Finding("MEAL_SHORT", pause.start.at, punches))
    if pause.start.at - first_at > rule.by * 60:
        shift.findings.append(Finding("MEAL_LATE", pause.start.at, punches))
