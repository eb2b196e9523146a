"""A date of one employee while it is derived: what its shifts, plans and leave add up to, in seconds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from processors.timecards.engine.effective_terms import terms_on
from processors.timecards.engine.exceptions import CardException, card_exception
from processors.timecards.engine.inputs import Terms
from processors.timecards.engine.labor import Labor
from processors.timecards.engine.shift import PlannedTime, Shift
from processors.timecards.engine.split import Part
from processors.timecards.engine.zones import date_of


@dataclass(slots=True, eq=False)
class Day:
    """shifts: whose work date this is (under assign=split: that start here). minutes: of metrics and leave."""

    day: int
    terms: Terms
    shifts: list[Shift] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    plans: list[PlannedTime] = field(default_factory=list)
    overlays: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    minimums: dict[str, int] = field(default_factory=dict)
    labor: Labor = field(default_factory=Labor)
    exceptions: list[CardException] = field(default_factory=list)
    is_open: bool = False
    late: int = 0
    early: int = 0
    absent: int = 0
    leave: int = 0

    def find(self, code: str, punches: tuple[str, ...], *, always_blocking: bool = False, detail: str = "") -> None:
        self.exceptions.append(
            card_exception(code, date_of(self.day), punches, always_blocking=always_blocking, detail=detail)
        )


class Days(dict[int, Day]):
    """Days by number, made when first asked for."""

    def __init__(self, terms: tuple[Terms, ...]) -> None:
        super().__init__()
        self._terms = terms

    def __missing__(self, day: int) -> Day:
        self[day] = Day(day, terms_on(self._terms, day))
        return self[day]
