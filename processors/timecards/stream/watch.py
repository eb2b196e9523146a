"""Which weeks of whom wait for event time, in the headers and in the index. Pure."""

from __future__ import annotations

from datetime import date
from typing import Final

from processors.timecards.engine.zones import date_of
from processors.timecards.stream.context import Context
from processors.timecards.stream.dues import Dues
from processors.timecards.stream.event_time import NOWHERE
from processors.timecards.stream.facts import Facts
from processors.timecards.stream.header import Header
from processors.timecards.stream.hot_weeks import next_planned_week
from processors.timecards.stream.week import buckets_of_window, week_of_date, window_of
from processors.timecards.stream.working_copy import WorkingCopy

_DAY_MS: Final = 86_400_000


class Watch:
    def __init__(self, context: Context, dues: Dues) -> None:
        self._context = context
        self._dues = dues

    def load(self, owner: bytes, header: Header) -> None:
        """Into the index, by the home site alone: there are many, and what is taken too early is looked at closely."""
        tenant, _, employee = owner.decode().partition("+")
        facts = self._context.facts_of(tenant, employee, header)
        for week, due_ms in header.dues.items():
            home = self._context.times.of((facts.terms_on(week).site,))[1]
            if home == NOWHERE:
                self._dues.ready.append((owner, week))
            else:
                self._dues.put(owner, week, due_ms, home)

    def put(self, copy: WorkingCopy, week: date, due_ms: int, site: str) -> None:
        """site: the one that is the last to know."""
        if copy.header.dues.get(week) != due_ms:
            copy.change_header().dues[week] = due_ms
        self._dues.put(copy.owner, week, due_ms, site)

    def drop(self, copy: WorkingCopy, week: date) -> None:
        """A week that is settled for ever."""
        if week in copy.header.dues:
            del copy.change_header().dues[week]
        self._dues.drop(copy.owner, week)

    def ahead(self, copy: WorkingCopy, facts: Facts, settled: date) -> tuple[date, bool] | None:
        """The next week of a schedule and whether it has a plan, when none from `settled` on that comes up soon is
        waited for: absence must come without any input of theirs, also before a leave that was approved in advance."""
        if not facts.schedules or not facts.punches_count:
            return None
        soon = self.coming(facts)
        until = soon if settled <= soon else date.max
        if any(settled <= week <= until for week in copy.header.dues):
            return None
        week, is_planned = next_planned_week(facts, settled)
        if not copy.is_hot(buckets_of_window(facts, week)):
            return None
        if not is_planned:
            begins = window_of(facts, week).from_ms
            event_time, site = self._context.times.of((facts.terms_on(week).site,))
            if begins > event_time:
                self.put(copy, week, begins, site)  # to be looked at again then
        return week, is_planned

    def coming(self, facts: Facts) -> date:
        """The last week that must be waited for: the first one with a plan after the present one."""
        clock = self._context.clock
        if not clock:
            return date.min
        return next_planned_week(facts, week_of_date(facts, date_of(clock // _DAY_MS)))[0]
