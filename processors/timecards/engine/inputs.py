"""What a card depends on, all of it: the arguments of `derive`. Source: spec/timecards.md B1.

Identities are settled before: every punch here belongs to the employee.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from schemas.corrections import Correction
from schemas.identity import normal_pin
from schemas.policies import Policy

if TYPE_CHECKING:
    from schemas.events import Punch


@dataclass(frozen=True, slots=True)
class PunchInput:
    """One punch, the winner among the copies of its id.

    at_ms: exact instant, epoch ms; offset_s: of its wall clock from UTC; zone: IANA zone of the place; direction:
    forced by the reader ("IN"), else empty; manual: added or edited by a correction; received_ms: None when not known.
    """

    punch_id: str
    at_ms: int
    offset_s: int
    zone: str
    state: int | None = None
    direction: str = ""
    serial: str = ""
    pin: str = ""
    site: str = ""
    work_code: str = ""
    job_codes: tuple[str, ...] = ()
    tips: tuple[str, ...] = ()
    received_ms: int | None = None
    is_attendance: bool = True
    time_flags: tuple[str, ...] = ()
    unverified: bool = False
    possibly_manual: bool = False
    manual: bool = False

    @classmethod
    def of(cls, punch: Punch) -> PunchInput:
        """From the topic `punches`."""
        return cls(
            punch.event_id, punch.punch_at, punch.utc_offset_s, punch.zone, punch.state, "", punch.device,
            normal_pin(punch.pin), punch.site, _code(punch.work_code), tuple(map(_code, punch.job_codes)),
            tuple(punch.tip_codes),
            punch.received_at, punch.is_attendance, tuple(str(flag) for flag in punch.time_flags), punch.unverified,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the employee from `valid_from` to `valid_to` (exclusive; None: without end), dates at home.

    zone: the home zone; holidays: the calendar of the home site, added to the policy's own.
    """

    policy: Policy
    zone: str
    valid_from: date | None = None
    valid_to: date | None = None
    holidays: frozenset[date] = frozenset()
    policy_version: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A planned shift, wall times "HH:MM" of the home zone; end <= start is the next day; rest: unpaid minutes."""

    date: date
    start: str
    end: str
    rest: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """Approved leave of a date, minutes."""

    leave_id: str
    date: date
    minutes: int


@dataclass(frozen=True, slots=True)
class DeviceStateMap:
    """What a device's state codes mean from one instant to another (epoch ms, exclusive end; None: without end)."""

    directions: Mapping[str, str]
    from_ms: int | None = None
    to_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything about one employee. Order within the sequences does not matter.

    event_time_ms: up to when everything is surely known; None: for ever, everything is closed. silent: serials that
    stopped blocking event time after max_wait, with the instant (epoch ms) up to which they told everything.
    surplus: dates with punches beyond what state holds, and how many. overtime_allowed: errata B6. known: False when no
    record says who this is.
    """

    employee: str
    terms: tuple[Terms, ...]
    punches: tuple[PunchInput, ...] = ()
    corrections: tuple[Correction, ...] = ()
    plans: tuple[Plan, ...] = ()
    leaves: tuple[Leave, ...] = ()
    event_time_ms: int | None = None
    tenant: str = ""
    state_maps: Mapping[str, tuple[DeviceStateMap, ...]] = field(default_factory=dict)
    silent: Mapping[str, int] = field(default_factory=dict)
    surplus: Mapping[date, int] = field(default_factory=dict)
    overtime_allowed: bool = True
    known: bool = True


def _code(text: str) -> str:
    """A terminal writes 0 where no code was chosen."""
    return "" if text == "0" else text
