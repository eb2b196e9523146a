"""A shift while it is derived: what the steps of B4 read and fill in, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from processors.timecards.engine.inputs import Plan, PunchInput, Terms
from processors.timecards.engine.zones import Zone, zone_of

OFF: Final = "off"  # off the clock
ON: Final = "on"
ON_BREAK: Final = "break"


@dataclass(slots=True, eq=False)
class Kept:
    """A punch that counts. at: epoch seconds as the policy's `seconds` has it; unmapped: its state has no meaning."""

    punch: PunchInput
    at: int
    direction: str
    terms: Terms
    unmapped: bool


@dataclass(slots=True, eq=False)
class Edge:
    """Where presence begins, pauses or ends. at: raw, paid: snapped or rounded; fixed: never to be moved."""

    punch: PunchInput
    at: int
    paid: int
    direction: str
    fixed: bool = False


@dataclass(slots=True, eq=False)
class Segment:
    """On the clock."""

    start: Edge
    end: Edge
    work_code: str


@dataclass(slots=True, eq=False)
class Break:
    """kind: BREAK, MEAL, or GAP between an OUT and the next opening punch. The paid part comes first."""

    kind: str
    start: Edge
    end: Edge
    paid_s: int = 0
    unpaid_s: int = 0


@dataclass(slots=True, eq=False)
class Finding:
    """What will be an exception; `at` is the instant of the punch on whose date it lies under assign=split."""

    code: str
    at: int
    punches: tuple[str, ...]


@dataclass(slots=True, eq=False)
class PlannedTime:
    """A plan with its instants (epoch seconds) and the day that it is planned for."""

    plan: Plan
    day: int
    start: int
    end: int

    @property
    def duty_s(self) -> int:
        return self.end - self.start - self.plan.rest * 60


@dataclass(slots=True, eq=False)
class Shift:
    """open: while ON the opening edge, while ON_BREAK the break's start. gap_from: the OUT that ended presence, until
    somebody opens again. is_open: still on the clock as far as event time knows (status OPEN). work_code: of the
    segment under way, or of the one before the break."""

    terms: Terms
    kept: list[Kept] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    state: str = OFF
    open: Edge | None = None
    gap_from: Edge | None = None
    last_out: Edge | None = None
    work_code: str = ""
    break_kind: str = ""
    day: int = 0
    planned: PlannedTime | None = None
    is_open: bool = False
    meal_s: int = 0
    meal_at_s: int = 0  # work elapsed before the deducted meal
    meal_after_min: int = 0  # the tier that asked for it

    @property
    def first_in(self) -> Edge | None:
        """Start of the first pair; without a pair the open IN (B14)."""
        if self.segments:
            return self.segments[0].start
        return self.open if self.state == ON else None

    @property
    def zone(self) -> Zone:
        """The day zone: home, or where the first IN was (where the first punch was, when there is none)."""
        if self.terms.policy.day_zone == "home":
            return zone_of(self.terms.zone)
        first = self.first_in
        return zone_of(first.punch.zone if first else self.kept[0].punch.zone)

    @property
    def gross_s(self) -> int:
        return sum([segment.end.paid - segment.start.paid for segment in self.segments])

    @property
    def paid_break_s(self) -> int:
        return sum([pause.paid_s for pause in self.breaks])

    @property
    def unpaid_break_s(self) -> int:
        return sum([pause.unpaid_s for pause in self.breaks])
