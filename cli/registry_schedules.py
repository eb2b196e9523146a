"""Schedules in registry files: cycles of days, each with its shifts. Pure. Source: schemas/registry_timecards.py.

`days` is a list, one entry a day: a text or mapping is one shift, a list is several, null or `free` is none.
`week` is the short form of seven days from Monday: `{mon-fri: 08:00-16:30/30, sat: [06:00-10:00, 14:00-18:00]}`.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from cli.registry_histories import HistoryReader
from cli.registry_policies import ALLOWED, ID
from cli.registry_rows import Row
from cli.shift_text import MAX_SHIFTS_OF_A_DAY, checked, overlapping, parse_shift, shift_text
from cli.yaml_values import NULL, ValueWrong, items, pairs, plain_value, text_of
from schemas.registry_timecards import ScheduledShift, SchedulePeriod, ScheduleRecord

FREE: Final = "free"
MAX_DAYS: Final = 366
_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHIFT_KEYS: Final = ("start", "end", "rest", "name")

Day = tuple[ScheduledShift, ...]


class ScheduleReader(HistoryReader):
    def schedules(self, rows: list[Row]) -> list[ScheduleRecord]:
        histories = self.histories(rows, "id", ID, ALLOWED, self._schedule, str)
        return [ScheduleRecord(id_, periods) for id_, periods in histories.items()]

    def _schedule(self, row: Row) -> SchedulePeriod:
        valid_from, valid_to = self.dates(row)
        plain = SchedulePeriod()
        anchor = self.date(row, "anchor") or plain.anchor
        days: tuple[Day, ...] = ()
        try:
            days = self._days(row)
        except ValueWrong as error:
            self.wrong_at(row, error.line, str(error))
        else:
            if "anchor" in row.values and "week" in row.nodes:
                self.wrong(row, "anchor is for days: a week begins on Monday", "anchor")
            if trouble := overlapping(days, begins_anew=True):
                self.wrong(row, f"schedule {row.values.get('id', '')}: {trouble}", "days")
        return SchedulePeriod(
            valid_from=valid_from, valid_to=valid_to, anchor=anchor, days=days,
            free_on_holidays=self.truth(row, "free_on_holidays"),
        )  # fmt: skip

    def _days(self, row: Row) -> tuple[Day, ...]:
        days, week = row.nodes.get("days"), row.nodes.get("week")
        if days is not None and week is not None:
            raise ValueWrong(week, "a schedule has days or week, not both")
        if week is not None:
            return _week(week)
        found = items(days, "days") if days is not None else []
        if not 0 < len(found) <= MAX_DAYS:
            self.wrong(row, f"days is missing: a cycle of 1 to {MAX_DAYS} days, or give week", "days")
            return ()
        return tuple(_day(node) for node in found)


def schedule_entry(period: SchedulePeriod) -> dict[str, Any]:
    """What differs from its default, as a file has it."""
    plain = SchedulePeriod()
    entry: dict[str, Any] = {} if period.anchor == plain.anchor else {"anchor": period.anchor.isoformat()}
    entry["days"] = [[shift_text(shift) for shift in day] for day in period.days]
    return {**entry, "free_on_holidays": True} if period.free_on_holidays else entry


def _week(node: yaml.Node) -> tuple[Day, ...]:
    week: dict[int, Day] = {}
    for name, value in pairs(node, "week"):
        for number in _numbers(node, name):
            if number in week:
                raise ValueWrong(value, f"week: {_WEEK[number]} stands twice")
            week[number] = _day(value)
    return tuple(week.get(number, ()) for number in range(len(_WEEK)))


def _numbers(node: yaml.Node, name: str) -> range:
    """Of `mon` or `mon-fri`."""
    first, dash, last = (part.strip().lower() for part in name.partition("-"))
    last = last if dash else first
    if first not in _WEEK or last not in _WEEK or _WEEK.index(first) > _WEEK.index(last):
        raise ValueWrong(
            node, f"week: {name[:80]!r} is no day or days such as mon, mon-fri (mon to sun, in this order)"
        )
    return range(_WEEK.index(first), _WEEK.index(last) + 1)


def _day(node: yaml.Node) -> Day:
    if isinstance(node, yaml.ScalarNode) and (node.tag == NULL or node.value == FREE):
        return ()
    shifts = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if len(shifts) > MAX_SHIFTS_OF_A_DAY:
        raise ValueWrong(node, f"a day has at most {MAX_SHIFTS_OF_A_DAY} shifts")
    return tuple(_shift(shift) for shift in shifts)


def _shift(node: yaml.Node) -> ScheduledShift:
    try:
        if not isinstance(node, yaml.MappingNode):
            return parse_shift(text_of(node, "a shift"))
        given = plain_value(node)
        if unknown := sorted(set(given) - set(_SHIFT_KEYS)):
            raise ValueWrong(node, f"unknown key {unknown[0][:80]!r} in a shift (known: {', '.join(_SHIFT_KEYS)})")
        rest = given.get("rest", 0)
        if isinstance(rest, bool) or not isinstance(rest, int):
            raise ValueWrong(node, f"rest {rest!r} is no whole number of minutes")
        texts = {name: str(given.get(name) or "").strip() for name in ("start", "end", "name")}
        return checked(ScheduledShift(rest=rest, **texts))
    except ValueWrong:
        raise
    except ValueError as error:
        raise ValueWrong(node, str(error)) from None
