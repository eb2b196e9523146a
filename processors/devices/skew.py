"""How far a device's clock is off, and the switch of the TimeZone form that a wrong zone asks for (errata Z4).

A sample is newest row minus receipt of an upload that is real time, or so small that it may be. One sample proves
nothing: an old row looks like a slow clock. But the lag of a backlog shrinks while it drains, and that of a wrong clock
stays. So the skew is known when 3 of the last 5 samples, each at least 30 s after the one before, agree within 15 s; it
is their median. One odd row, or one odd upload, changes nothing.

A device sets its clock at the handshake (spec/zk-push.md H10), so samples start anew there. A skew of a multiple of a
quarter of an hour (zones are), half an hour at least, within a day of the handshake means that it read the zone
otherwise than it was meant: the form is switched, once in its life.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

from processors.devices.facts import DeviceFacts
from schemas.devices import DeviceInput, InputKind
from schemas.registry import TimeZoneForm

SWITCHED = "time_zone_form_switched"
OFF = "clock_off"
OFF_S = 60  # a station's clock that is further off is worth an alert (spec/connectors.md B-3.6)
_SAMPLES = 5
_AGREEING = 3
_APART_MS = 30_000
_WITHIN_MS = 15_000
_FEW_ROWS = 3
_QUARTER_S = 900
_LEAST_WRONG_ZONE_S = 1800
_ABOUT_S = 45
_AFTER_HANDSHAKE_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Sample:
    """at: receipt, epoch ms; lag: the device's time minus ours, ms."""

    at: int
    lag: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """seconds: the device's clock minus ours, as known at `seen_at`; form and switched_at: schemas/devices.py."""

    samples: tuple[Sample, ...] = ()
    handshake_at: int | None = None
    seconds: int | None = None
    seen_at: int | None = None
    form: TimeZoneForm = "integer"
    switched_at: int | None = None


def with_input(skew: Skew, event: DeviceInput, facts: DeviceFacts) -> Skew:
    """A polled source measures the clocks of stations itself; rows of a server say nothing of a terminal's clock."""
    if event.skew_s is not None:
        return replace(skew, seconds=round(event.skew_s), seen_at=event.at)
    if event.via:
        return skew
    if event.kind is InputKind.HANDSHAKE:
        return replace(skew, samples=(), handshake_at=event.at)
    if event.kind is not InputKind.UPLOAD or event.newest_at is None:
        return skew
    if not event.real_time and not 1 <= event.rows <= _FEW_ROWS:
        return skew
    if skew.samples and event.at - skew.samples[-1].at < _APART_MS:
        return skew
    samples = (*skew.samples, Sample(event.at, event.newest_at - event.at))[-_SAMPLES:]
    lag = _agreed_lag(samples)
    if lag is None:
        return replace(skew, samples=samples)
    skew = replace(skew, samples=samples, seconds=round(lag / 1000), seen_at=event.at)
    return _switched(skew, event.at) if _is_wrong_zone(skew, event.at, facts) else skew


def _agreed_lag(samples: tuple[Sample, ...]) -> float | None:
    """The median of the greatest group that agrees, None where no group is large enough."""
    lags = sorted(sample.lag for sample in samples)
    groups = [[lag for lag in lags if 0 <= lag - first <= _WITHIN_MS] for first in lags]
    largest = max(groups, key=len, default=[])
    return median(largest) if len(largest) >= _AGREEING else None


def _is_wrong_zone(skew: Skew, at: int, facts: DeviceFacts) -> bool:
    if skew.seconds is None or skew.handshake_at is None or skew.switched_at is not None:
        return False
    if facts.time_zone_form is not None or at - skew.handshake_at > _AFTER_HANDSHAKE_MS:
        return False
    off = abs(skew.seconds)
    beyond = off % _QUARTER_S
    return off >= _LEAST_WRONG_ZONE_S - _ABOUT_S and min(beyond, _QUARTER_S - beyond) <= _ABOUT_S


def _switched(skew: Skew, at: int) -> Skew:
    return replace(skew, form="hh_mm" if skew.form == "integer" else "integer", switched_at=at, samples=())
