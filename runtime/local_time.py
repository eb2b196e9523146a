"""From a device's wall clock to an instant: the one implementation of spec/timecards.md B3 (DESIGN 5).

Pure: the receipt time is an argument. Durations must be differences of `utc_ms`, never of `local_ms`.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.events import TimeFlag
from schemas.identity import TimeEvidence

# As plain text and numbers: they are written for every punch.
AMBIGUOUS_LOCAL_TIME: Final = TimeFlag.AMBIGUOUS_LOCAL_TIME.value  # it occurred twice, nothing tells which: the earlier
NONEXISTENT_LOCAL_TIME: Final = TimeFlag.NONEXISTENT_LOCAL_TIME.value  # skipped: the offset before the gap is used
FUTURE_PUNCH: Final = TimeFlag.FUTURE_PUNCH.value  # more than 10 minutes after its receipt
PAST_PUNCH: Final = TimeFlag.PAST_PUNCH.value  # before 2015-01-01 on the device's clock
EVIDENCE_DEFAULT: Final = TimeEvidence.DEFAULT.value
EVIDENCE_BATCH_ORDER: Final = TimeEvidence.BATCH_ORDER.value
EVIDENCE_REAL_TIME: Final = TimeEvidence.REAL_TIME.value

_FUTURE_AFTER_MS: Final = 600_000
_NOT_LATER_THAN_MS: Final = 120_000  # a candidate may be this much later than the receipt: clocks differ
_REAL_TIME_MS: Final = 300_000
EARLIEST_LOCAL_MS: Final = 1_420_070_400_000  # 2015-01-01T00:00:00 as if UTC
_YEARS: Final = range(1970, 2100)
_MAX_HOURS: Final = 1024  # cached hours of one clock: six weeks of round-the-clock punches, about 0.3 MB

_HOUR = re.compile(r"(\d{4})([-/])(\d\d)\2(\d\d)[ T](\d\d)", re.ASCII)
_EPOCH = re.compile(r"\d{10}", re.ASCII)
_MODE = re.compile(r"fixed:([+-])(\d\d):([0-5]\d)", re.ASCII)
# ":MM:SS" to milliseconds: one look-up checks separators, digits and ranges.
_REST: Final = {f":{m:02d}:{s:02d}": (m * 60 + s) * 1000 for m in range(60) for s in range(60)}


class ClockError(ValueError):
    """A zone or clock mode that does not exist; the message says which and what is allowed."""


class LocalInstant(NamedTuple):
    """A punch time. `local_ms` is the device's wall time in epoch ms as if it were UTC, `utc_ms` the instant,
    `offset_s` the difference east of UTC. `evidence` says how sure the instant is: 2 the receipt settles it (within
    300 s, or one pass of a repeated hour had not come yet) or the device sent an instant, 1 the order of its batch
    does, 0 neither. `flags` are the first four of schemas.events.TimeFlag, in that order.
    """

    local_ms: int
    utc_ms: int
    offset_s: int
    evidence: int
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """How a device's clock runs: by the rules of an IANA zone, or at a fixed offset (seconds east of UTC)."""

    zone: str
    fixed_offset_s: int | None = None

    @classmethod
    def parse(cls, zone: str, mode: str) -> "Clock":
        """From the registry's words: `mode` is "zone" or "fixed:+05:30". Raises `ClockError`."""
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ClockError(f"zone {zone!r} is no IANA time zone such as Europe/Berlin") from error
        if mode == "zone":
            return cls(zone)
        fixed = _MODE.fullmatch(mode)
        if fixed is None:
            raise ClockError(f"clock mode {mode!r} is neither 'zone' nor 'fixed:+hh:mm'")
        seconds = int(fixed[2]) * 3600 + int(fixed[3]) * 60
        if seconds > 14 * 3600:
            raise ClockError(f"clock mode {mode!r}: no place is more than 14 hours off UTC")
        return cls(zone, -seconds if fixed[1] == "-" else seconds)


class _Hour(NamedTuple):
    """An hour of wall time in which one offset holds throughout."""

    local_ms: int
    utc_ms: int
    offset_s: int
    flags: tuple[str, ...]


class _Fold(NamedTuple):
    """A wall time that occurred twice; `transition_s` tells which change of the clocks repeated it."""

    place: int
    local_ms: int
    offsets: tuple[int, int]
    transition_s: int


def resolve_batch(texts: Sequence[str], clock: Clock, received_ms: int) -> list[LocalInstant | None]:
    """The instants of one upload's times, in the order in which the device sent them; None where unreadable.

    Reads `YYYY-MM-DD HH:MM:SS` (also with T, also with /) of the years 1970 to 2099 and ten digits of epoch seconds.
    `received_ms` is the receipt in epoch ms. Never raises on any text.
    """
    hours = _hours_of(clock)
    future = received_ms + _FUTURE_AFTER_MS
    real_time_from = received_ms - _REAL_TIME_MS
    real_time_to = received_ms + _REAL_TIME_MS
    resolved: list[LocalInstant | None] = []
    folds: list[_Fold] = []
    for text in texts:
        hour = hours.get(text[:13])
        rest = _REST.get(text[13:])
        if hour is None or rest is None:
            resolved.append(_resolve_slowly(text, len(resolved), clock, received_ms, folds))
            continue
        utc_ms = hour.utc_ms + rest
        if utc_ms > future:
            resolved.append(_instant(hour.local_ms + rest, hour.offset_s, received_ms))
            continue
        evidence = EVIDENCE_REAL_TIME if real_time_from <= utc_ms <= real_time_to else EVIDENCE_DEFAULT
        resolved.append(LocalInstant(hour.local_ms + rest, utc_ms, hour.offset_s, evidence, hour.flags))
    if folds:
        _resolve_folds(folds, received_ms, resolved)
    return resolved


@lru_cache(maxsize=64)
def _hours_of(clock: Clock) -> dict[str, _Hour]:
    """The clock's cache of plain hours by the first 13 characters of a text."""
    return {}


def _resolve_slowly(text: str, index: int, clock: Clock, received_ms: int, folds: list[_Fold]) -> LocalInstant | None:
    """A text that is not in a cached plain hour; a repeated time is put into `folds` and given a place (None)."""
    text = text.strip()
    if _EPOCH.fullmatch(text):
        return _from_epoch(int(text), clock, received_ms)
    parts = _HOUR.match(text)
    rest = _REST.get(text[13:])
    if parts is None or rest is None:
        return None
    try:
        wall = datetime(int(parts[1]), int(parts[3]), int(parts[4]), int(parts[5]), tzinfo=UTC)
    except ValueError:
        return None
    if wall.year not in _YEARS:
        return None
    hour_ms = int(wall.timestamp()) * 1000
    local_ms = hour_ms + rest
    if clock.fixed_offset_s is not None:
        _remember(clock, text[:13], hour_ms, clock.fixed_offset_s)
        return _instant(local_ms, clock.fixed_offset_s, received_ms)
    zone = ZoneInfo(clock.zone)
    first, second = wall_offsets(wall + timedelta(milliseconds=rest), zone)
    if first == second:
        if (first, first) == wall_offsets(wall, zone) == wall_offsets(wall + timedelta(seconds=3599), zone):
            _remember(clock, text[:13], hour_ms, first)
        return _instant(local_ms, first, received_ms)
    if first < second:  # skipped: `first` is the offset before the gap (PEP 495)
        return _instant(local_ms, first, received_ms, flag=NONEXISTENT_LOCAL_TIME)
    folds.append(_Fold(index, local_ms, (first, second), _transition_s(zone, hour_ms // 1000, first, second)))
    return None


def _resolve_folds(folds: list[_Fold], received_ms: int, resolved: list[LocalInstant | None]) -> None:
    """B3.3: the receipt decides, else the batch's order, else the earlier instant, flagged."""
    step_at = {transition: _backward_step(folds, transition) for transition in {fold.transition_s for fold in folds}}
    for position, fold in enumerate(folds):
        possible = [o for o in fold.offsets if fold.local_ms - o * 1000 <= received_ms + _NOT_LATER_THAN_MS]
        near = [o for o in possible if abs(fold.local_ms - o * 1000 - received_ms) <= _REAL_TIME_MS]
        step = step_at[fold.transition_s]
        flag = None
        if len(possible) == 1:
            offset, evidence = possible[0], EVIDENCE_REAL_TIME
        elif len(near) == 1:
            offset, evidence = near[0], EVIDENCE_REAL_TIME
        elif possible and step is not None:
            offset, evidence = fold.offsets[position >= step], EVIDENCE_BATCH_ORDER
        else:
            offset, evidence, flag = fold.offsets[0], EVIDENCE_DEFAULT, AMBIGUOUS_LOCAL_TIME
        resolved[fold.place] = _instant(fold.local_ms, offset, received_ms, flag=flag, evidence=evidence)


def _backward_step(folds: list[_Fold], transition_s: int) -> int | None:
    """The position in `folds` from which on rows are of the second pass, None when the order proves nothing.

    Only a step between two rows that both lie in the repeated time counts. Two such steps contradict each other: the
    batch is not in the device's order.
    """
    positions = [position for position, fold in enumerate(folds) if fold.transition_s == transition_s]
    steps = [after for before, after in pairwise(positions) if folds[after].local_ms < folds[before].local_ms]
    return steps[0] if len(steps) == 1 else None


def _from_epoch(seconds: int, clock: Clock, received_ms: int) -> LocalInstant | None:
    """An instant that the device sent as such: nothing is ambiguous about it."""
    fixed = clock.fixed_offset_s
    offset = _offset_at(seconds, ZoneInfo(clock.zone)) if fixed is None else fixed
    if datetime.fromtimestamp(seconds + offset, tz=UTC).year not in _YEARS:
        return None
    return _instant((seconds + offset) * 1000, offset, received_ms, evidence=EVIDENCE_REAL_TIME)


def _instant(
    local_ms: int, offset_s: int, received_ms: int, *, flag: str | None = None, evidence: int | None = None
) -> LocalInstant:
    utc_ms = local_ms - offset_s * 1000
    flags: tuple[str, ...] = (flag,) if flag else ()
    if utc_ms > received_ms + _FUTURE_AFTER_MS:
        flags += (FUTURE_PUNCH,)
    if local_ms < EARLIEST_LOCAL_MS:
        flags += (PAST_PUNCH,)
    if evidence is None:
        evidence = EVIDENCE_REAL_TIME if abs(utc_ms - received_ms) <= _REAL_TIME_MS else EVIDENCE_DEFAULT
    return LocalInstant(local_ms, utc_ms, offset_s, evidence, flags)


def _remember(clock: Clock, prefix: str, hour_ms: int, offset_s: int) -> None:
    hours = _hours_of(clock)
    if len(hours) >= _MAX_HOURS:
        hours.clear()
    flags = (PAST_PUNCH,) if hour_ms < EARLIEST_LOCAL_MS else ()
    hours[prefix] = _Hour(hour_ms, hour_ms - offset_s * 1000, offset_s, flags)


def wall_offsets(wall: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """The offsets of a wall time's two readings (PEP 495): equal, or larger first in a fold, smaller first in a gap."""
    local = wall.replace(tzinfo=zone)
    return _seconds(local.utcoffset()), _seconds(local.replace(fold=1).utcoffset())


@lru_cache(maxsize=1024)
def _transition_s(zone: ZoneInfo, hour_s: int, first: int, second: int) -> int:
    """The instant (epoch s) at which the offset fell from `first` to `second` and repeated times of this wall hour."""
    instants = range(hour_s - first, hour_s + 3600 - second)
    return instants[bisect_left(instants, True, key=lambda s: _offset_at(s, zone) == second)]


def _offset_at(instant_s: int, zone: ZoneInfo) -> int:
    return _seconds(datetime.fromtimestamp(instant_s, tz=zone).utcoffset())


def _seconds(offset: timedelta | None) -> int:
    assert offset is not None  # every IANA zone has one
    return int(offset.total_seconds())
