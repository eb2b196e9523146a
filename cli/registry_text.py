"""Registry records and their changes in words, for people, and as plain data, for machines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import orjson

from cli.registry_fields import facts_of
from cli.registry_histories import time_text
from cli.shift_text import day_text
from runtime.registry_writer import RecordChange
from schemas.registry import DevicePeriod, GroupPeriod, Period, SitePeriod
from schemas.registry_timecards import CalendarPeriod, DatedPeriod, PayGroupPeriod, PolicyPeriod, SchedulePeriod

MAX_LISTED = 50


def period_text(period: Period | DatedPeriod) -> str:
    if isinstance(period, DatedPeriod):
        text = _rules_text(period)
        text += f", from {period.valid_from}" if period.valid_from else ""
        return text + (f", until {period.valid_to}" if period.valid_to else "")
    if isinstance(period, GroupPeriod):
        text = period.name or "(no name)"
        text += f", under {period.parent}" if period.parent else ""
        text += f", devices {';'.join(period.devices)}" if period.devices else ""
    elif isinstance(period, SitePeriod):
        text = f"{period.name or '(no name)'}, zone {period.zone}"
    else:
        assert isinstance(period, DevicePeriod)
        text = f"site {period.site or '(none)'}, zone {period.zone}, clock {period.clock}, tenant {period.tenant}"
    if not isinstance(period, GroupPeriod):
        if period.ack_profile is not None:
            text += f", ack_profile {period.ack_profile}"
        text += "".join(f", {name} {_fact_text(value)}" for name, value in facts_of(period).items())
    if period.valid_from is not None:
        text += f", from {time_text(period.valid_from)}"
    if period.valid_to is not None:
        text += f", until {time_text(period.valid_to)}"
    return text


def _rules_text(period: DatedPeriod) -> str:
    if isinstance(period, PolicyPeriod):
        whom = [
            f"{name} {';'.join(getattr(period, name))}"
            for name in ("sites", "groups", "employees")
            if getattr(period, name)
        ]
        text = f"preset {period.preset or '(none)'}"
        text += f", settings {orjson.dumps(period.settings).decode()}" if period.settings else ""
        text += f", for {', '.join(whom) or 'everybody'}"
        return text + (f", tenant {period.tenant}" if period.tenant else "")
    if isinstance(period, CalendarPeriod):
        days = ", ".join(f"{day} {name}" for day, name in sorted(period.holidays.items()))
        return f"{days or 'no holidays'}, for {'sites ' + ';'.join(period.sites) if period.sites else 'all sites'}"
    if isinstance(period, SchedulePeriod):
        text = f"{len(period.days)} days from {period.anchor}: {' | '.join(map(day_text, period.days))}"
        return text + (", free on holidays" if period.free_on_holidays else "")
    assert isinstance(period, PayGroupPeriod)
    text = f"{period.name or '(no name)'}, {period.cycle}"
    text += "" if period.cycle == "half_month" else f" from {period.anchor}"
    text += ", needs approval" if period.needs_approval else ""
    text += f", company code {period.company_code}" if period.company_code else ""
    return text + (f", tenant {period.tenant}" if period.tenant else "")


def _fact_text(value: Any) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name}={_fact_text(one)}" for name, one in value.items()) + ")"
    if isinstance(value, list):
        return ";".join(value) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def change_lines(changes: Sequence[RecordChange], kept: int) -> Iterator[str]:
    """What changes, at most `MAX_LISTED` records of it, and the sums. kept: records that no file names."""
    differing = [change for change in changes if change.action != "same"]
    for change in differing[:MAX_LISTED]:
        yield from _lines(change)
    if len(differing) > MAX_LISTED:
        yield f"... and {len(differing) - MAX_LISTED} more (--json lists all)"
    counts = {action: sum(change.action == action for change in changes) for action in ("new", "changed", "same")}
    yield f"{counts['new']} new, {counts['changed']} changed, {counts['same']} as they are, {kept} in no file and kept"


def _lines(change: RecordChange) -> Iterator[str]:
    name = f"{change.record.kind} {change.record.id}"
    # Not sets: a period with a map of codes has no hash.
    old = change.previous.periods if change.previous else ()
    new = change.record.periods
    if change.previous is None:
        yield f"+ {name}"
    elif change.previous.source != change.record.source:
        yield f"~ {name} (was kept by a {change.previous.source}, from now on by an {change.record.source})"
    else:
        yield f"~ {name}"
    if change.previous:
        yield from (f"    - {period_text(period)}" for period in change.previous.periods if period not in new)
    yield from (f"    + {period_text(period)}" for period in change.record.periods if period not in old)


def change_data(changes: Sequence[RecordChange]) -> list[dict[str, Any]]:
    return [
        {
            "kind": change.record.kind,
            "id": change.record.id,
            "action": change.action,
            "periods": [asdict(period) for period in change.record.periods],
            "previous": [asdict(period) for period in change.previous.periods] if change.previous else [],
        }
        for change in changes
    ]
