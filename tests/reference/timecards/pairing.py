"""Grouping and pairing (B5): from kept punches in order to shifts with segments, breaks and exceptions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.reference.timecards.inputs import Policy, Punch

OFF, ON, BREAK = "off", "on", "break"
BREAK_STARTS = ("BREAK_OUT", "MEAL_OUT")
BREAK_ENDS = ("BREAK_IN", "MEAL_IN")


@dataclass
class Kept:
    """A punch that is no duplicate: `at` is what counts from here on (truncated), `resolved` its direction by state."""

    punch: Punch
    at: int
    resolved: str = ""
    transfer: bool = False
    orphan: bool = False  # an OUT before anything began
    paid_at: int = 0  # after snap and rounding

    @property
    def zone(self) -> str:
        return self.punch.zone


@dataclass
class Segment:
    """One stretch on the clock."""

    opened: Kept
    closed: Kept
    work_code: str | None


@dataclass
class Pause:
    """One break inside a shift: kind BREAK, MEAL or GAP (OUT to the next opening)."""

    kind: str
    began: Kept
    ended: Kept


@dataclass
class Shift:
    """One group of punches after pairing; `state` and `open_at` are how it ends."""

    punches: list[Kept] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    exceptions: list[tuple[str, Kept]] = field(default_factory=list)
    state: str = OFF
    opened: Kept | None = None  # while on: the punch that put the employee on the clock
    work_code: str | None = None  # of the open segment; while on break the one before it
    pause_began: Kept | None = None  # while on break
    gap_began: Kept | None = None  # the OUT that a GAP runs from, until the next opening
    has_out: bool = False
    last_out: Kept | None = None  # the OUT that ended presence (B14)
    is_open: bool = False  # not ended yet in event time

    @property
    def first_in(self) -> Kept | None:
        """B14: the start of the first pair; without a pair the open IN."""
        return self.segments[0].opened if self.segments else self.opened

    @property
    def anchor(self) -> Kept:
        """B6: first IN, else the first punch."""
        return self.first_in or self.punches[0]

    @property
    def off_with_pair(self) -> bool:
        return self.state == OFF and bool(self.segments)


def shifts_of(punches: Sequence[Punch], policy: Policy, date_of: Callable[[int], object]) -> list[Shift]:
    """B5: the kept punches of an employee as shifts in order; `date_of` is the attendance date in the home zone."""
    unit = 60 if policy["seconds"] == "truncate" else 1
    kept = [Kept(punch, punch.at - punch.at % unit) for punch in punches]
    if policy["grouping"] == "day":  # the attendance date changes: a new shift, parity restarts
        by_date: dict[object, list[Kept]] = {}
        for one in kept:
            by_date.setdefault(date_of(one.at), []).append(one)
        pair = _first_last if policy["span"] == "first_last" else _pair_day
        return [pair(of_date, policy) for of_date in by_date.values()]
    shifts: list[Shift] = []
    for one in kept:
        if not shifts or _starts_new_shift(shifts[-1], one, policy):
            shifts.append(Shift())
        if not _take(shifts[-1], one, policy):
            shifts.append(Shift())
            _take(shifts[-1], one, policy)
    return shifts


def _pair_day(of_date: list[Kept], policy: Policy) -> Shift:
    shift = Shift()
    for one in of_date:
        _take(shift, one, policy)
    return shift


def _starts_new_shift(shift: Shift, one: Kept, policy: Policy) -> bool:
    """B5, grouping gap."""
    if shift.state == OFF:  # previous punch: any kept one, ignored ones included (B14)
        return bool(one.at - shift.punches[-1].at >= policy["new_shift_gap_min"] * 60)
    since = shift.opened if shift.state == ON else shift.pause_began
    assert since is not None
    return bool(one.at - since.at > policy["max_open_min"] * 60)


def _take(shift: Shift, one: Kept, policy: Policy) -> bool:
    """The table of B5 for one punch; false: a repeated IN that starts a new shift, nothing was changed."""
    resolved = one.punch.direction
    if resolved == "UNKNOWN":  # IN when off, OUT when on, BREAK_IN when on break
        resolved = {OFF: "IN", ON: "OUT", BREAK: "BREAK_IN"}[shift.state]
    if shift.state == ON and resolved == "IN" and _repeated_in(shift, one, policy) == "new shift":
        return False
    one.resolved = resolved
    shift.punches.append(one)
    if one.punch.unmapped:
        shift.exceptions.append(("UNMAPPED_STATE", one))
    {OFF: _while_off, ON: _while_on, BREAK: _while_on_break}[shift.state](shift, one, policy)
    return True


def _while_off(shift: Shift, one: Kept, policy: Policy) -> None:
    if one.resolved == "OUT":
        shift.exceptions.append(("DOUBLE_OUT" if shift.has_out else "MISSING_IN", one))
        if not shift.has_out:  # B14: an orphan OUT counts as "the shift has an OUT", its gap to the opening is a GAP;
            shift.has_out = True  # a DOUBLE_OUT does not move the start of the gap
            shift.gap_began = one
            one.orphan = True
    elif one.resolved in BREAK_STARTS:  # B14: raises MISSING_IN and starts nothing
        shift.exceptions.append(("MISSING_IN", one))
    else:  # IN, or a BREAK/MEAL in, which opens as well
        if one.resolved in BREAK_ENDS:
            shift.exceptions.append(("MISSING_BREAK_OUT", one))
        if shift.gap_began is not None:
            shift.pauses.append(Pause("GAP", shift.gap_began, one))
        _open(shift, one, one.punch.work_code)


def _while_on(shift: Shift, one: Kept, policy: Policy) -> None:
    if one.resolved == "IN":
        action = _repeated_in(shift, one, policy)
        if action == "transfer":  # closes and reopens at that instant
            one.transfer = True
            _close(shift, one)
            _open(shift, one, one.punch.work_code)
        elif action == "ignore":
            shift.exceptions.append(("DOUBLE_IN", one))
        else:  # for the open IN; reopen at p. The time before is not invented.
            assert shift.opened is not None
            shift.exceptions.append(("MISSING_OUT", shift.opened))
            _open(shift, one, one.punch.work_code)
    elif one.resolved == "OUT":
        _close(shift, one)
        _go_off(shift, one)
    elif one.resolved in BREAK_STARTS:
        _close(shift, one)
        shift.state, shift.opened, shift.pause_began = BREAK, None, one
    else:
        shift.exceptions.append(("MISSING_BREAK_OUT", one))


def _while_on_break(shift: Shift, one: Kept, policy: Policy) -> None:
    assert shift.pause_began is not None
    if one.resolved == "OUT":  # off; the time since the break's start counts for nothing
        shift.exceptions.append(("MISSING_BREAK_IN", shift.pause_began))
        _go_off(shift, one)
    elif one.resolved in BREAK_STARTS:
        shift.exceptions.append(("DOUBLE_OUT", one))
    else:  # IN or BREAK/MEAL in end the break; B14: the punch that starts a break decides its kind
        kind = "MEAL" if shift.pause_began.resolved == "MEAL_OUT" else "BREAK"
        shift.pauses.append(Pause(kind, shift.pause_began, one))
        # B14: a break end without a code keeps the code before the break
        _open(shift, one, one.punch.work_code if one.punch.work_code is not None else shift.work_code)


def _repeated_in(shift: Shift, one: Kept, policy: Policy) -> str:
    """IN while on the clock: transfer is tested before grace and keep_first, then the new shift (B5, B14)."""
    assert shift.opened is not None
    code = one.punch.work_code
    if policy["transfer"] and code is not None and code != shift.work_code:
        return "transfer"
    since = one.at - shift.opened.at
    if since <= policy["repeat_in_grace_min"] * 60 or policy["repeat_in"] == "keep_first":
        return "ignore"
    # B14: with grouping=day a repeated IN never starts a new shift
    if policy["grouping"] == "gap" and since >= policy["new_shift_gap_min"] * 60:
        return "new shift"
    return "reopen"


def _open(shift: Shift, one: Kept, work_code: str | None) -> None:
    shift.state, shift.opened, shift.work_code = ON, one, work_code
    shift.pause_began = shift.gap_began = None


def _close(shift: Shift, one: Kept) -> None:
    assert shift.opened is not None
    shift.segments.append(Segment(shift.opened, one, shift.work_code))


def _go_off(shift: Shift, one: Kept) -> None:
    shift.state, shift.opened, shift.pause_began = OFF, None, None
    shift.has_out = True
    shift.gap_began = shift.last_out = one


def _first_last(of_date: list[Kept], policy: Policy) -> Shift:
    """B5 first_last: alternate = first and last punch; state = first IN, last OUT, UNKNOWN being either (B14)."""
    shift = Shift(punches=of_date)
    shift.exceptions = [("UNMAPPED_STATE", one) for one in of_date if one.punch.unmapped]
    ins = [n for n, one in enumerate(of_date) if one.punch.direction in ("IN", "UNKNOWN")]
    outs = [n for n, one in enumerate(of_date) if one.punch.direction in ("OUT", "UNKNOWN")]
    if not ins:
        shift.exceptions.append(("MISSING_IN", of_date[-1]))
        return shift
    first = of_date[ins[0]]
    first.resolved = "IN"
    _open(shift, first, first.punch.work_code)
    if outs and outs[-1] > ins[0]:  # an OUT before the first IN is ignored
        last = of_date[outs[-1]]
        last.resolved = "OUT"
        _close(shift, last)
        _go_off(shift, last)
    return shift


def end_shifts(shifts: Sequence[Shift], policy: Policy, event_time: int | None) -> None:
    """B5: shifts that end on the clock or on break, once event time passed open + max_open_min or a later one began."""
    for number, shift in enumerate(shifts):
        if shift.state == OFF:
            continue
        since = shift.opened if shift.state == ON else shift.pause_began
        assert since is not None
        limit = since.at + policy["max_open_min"] * 60
        if number + 1 < len(shifts) or event_time is None or event_time > limit:
            shift.exceptions.append(("MISSING_OUT" if shift.state == ON else "MISSING_BREAK_IN", since))
        else:
            shift.is_open = True
