"""What a pay period is, in lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.operator import time_text

if TYPE_CHECKING:
    from ingest.control.period_models import PeriodOutcome
    from schemas.payperiods import PayPeriod, Waiver


def state_line(period: PayPeriod) -> str:
    said = f" by {period.changed_by}" if period.changed_by else ""
    why = f": {period.reason}" if period.reason else ""
    return (
        f"{period.pay_group} {period.first} to {period.last}: {period.status} (version {period.version},"
        f" {time_text(period.changed_at)}{said}){why}"
    )


def outcome_lines(outcome: PeriodOutcome) -> list[str]:
    period = outcome.period
    lines = [state_line(period)]
    if period.manifest is not None:
        sums = period.manifest
        minutes = ", ".join(f"{name} {total}" for name, total in sums.minutes.items() if total)
        lines.append(f"  {sums.cards} cards of {sums.employees} people; minutes: {minutes or 'none'}")
        lines.append(f"  hash {sums.content_hash}")
        by = f"{period.acknowledged_by}, {time_text(period.acknowledged_at)}" if period.acknowledged_hash else "not yet"
        lines.append(f"  acknowledged by payroll: {by}")
    if period.retro:
        lines.append(f"  retro changes: {period.retro}, the last by registry version {period.retro_registry}")
    lines += [f"  waived: {waiver_text(waiver)}" for waiver in period.waivers]
    if outcome.partitions:
        lines.append(f"  last closing: {outcome.reported} of {outcome.partitions} partitions have reported")
    return lines


def waiver_text(waiver: Waiver) -> str:
    whose = " ".join(text for text in (waiver.employee, waiver.work_date, waiver.device) if text)
    return f"{waiver.code} {whose or 'everywhere'}, by {waiver.waived_by}: {waiver.reason}"
