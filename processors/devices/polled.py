"""What is heard of a device from a source that is polled: presence, watermark, sample. Sources: DESIGN 5;
spec/connectors.md F23.

A source is there while its worker says that it is read. A terminal behind a server is there when the server saw it a
short while before the poll: judged at each poll and kept until the next, since a server that cannot be asked says
nothing of its terminals. One that its server has not named for a day is gone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from processors.devices.facts import DeviceFacts
from processors.devices.numbers import count_of
from processors.devices.source import SourceState, with_report
from schemas.devices import DeviceInput, InputKind

# A terminal asks its server every few seconds to minutes; transfer_interval (minutes) is the longest that it may wait.
_LEAST_ACTIVE_MS: Final = 600_000
_INTERVALS_MISSED: Final = 3
_MOST_INTERVAL_MIN: Final = 1440
_NAMED_MS: Final = 86_400_000
_MAX_SAMPLE: Final = 64
_MAX_TEXT: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """by: the source; heard_at: when it was last told whether it is there; online, since: what was told. Times are
    epoch ms."""

    by: str = ""
    heard_at: int | None = None
    online: bool = False
    since: int = 0
    last_activity: int | None = None
    utc_offset_s: int | None = None
    tz_conflict: bool = False
    watermark: int | None = None
    sample: dict[str, str] = field(default_factory=dict)
    sampled_at: int | None = None
    source: SourceState = field(default_factory=SourceState)


class Word(NamedTuple):
    """Whether it is there, by what was heard of it; since: epoch ms; by: the source that says so."""

    online: bool
    since: int
    by: str


def with_input(polled: Polled, event: DeviceInput) -> Polled:
    match event.kind:
        case InputKind.SOURCE:
            return _with_source(polled, event)
        case InputKind.TERMINAL:
            return _with_terminal(polled, event)
        case InputKind.SAMPLE:
            shown = list(event.options.items())[:_MAX_SAMPLE]
            sample = {name[:_MAX_TEXT]: value[:_MAX_TEXT] for name, value in shown}
            return replace(polled, by=polled.by or event.via, sample=sample, sampled_at=event.at)
        case InputKind.WATERMARK if event.watermark is not None:
            # Each one is sound by itself, whoever found it: the greatest holds, and it never goes back.
            told = [at for at in (polled.watermark, event.watermark) if at is not None]
            return replace(polled, by=polled.by or event.via, watermark=max(told))
    return polled


def word_of(polled: Polled, clock: int, facts: DeviceFacts) -> Word | None:
    """None where no source says anything of its presence."""
    if polled.heard_at is None:
        return None
    good_for = facts.offline_after_ms if polled.source.status is not None else _NAMED_MS
    deadline = polled.heard_at + good_for
    if polled.online and clock >= deadline:
        return Word(False, deadline, polled.by)
    return Word(polled.online, polled.since, polled.by)


def _with_source(polled: Polled, event: DeviceInput) -> Polled:
    source = with_report(polled.source, event)
    return replace(
        polled, by=event.via, heard_at=event.at, online=source.is_read, since=source.since or event.at, source=source
    )


def _with_terminal(polled: Polled, event: DeviceInput) -> Polled:
    seen_at = event.seen_at
    interval = min(count_of(event.options.get("transfer_interval")) or 0, _MOST_INTERVAL_MIN)
    active_ms = max(_LEAST_ACTIVE_MS, _INTERVALS_MISSED * interval * 60_000)
    online = seen_at is not None and event.at - seen_at < active_ms
    if polled.by != event.via and polled.online and not online:
        return polled  # it moved to another server, and the old one still lists it
    since = polled.since
    if online != polled.online or polled.heard_at is None:
        since = event.at if seen_at is None else min(event.at, seen_at if online else seen_at + active_ms)
    return replace(
        polled,
        by=event.via,
        heard_at=event.at,
        online=online,
        since=since,
        last_activity=seen_at if seen_at is not None else polled.last_activity,
        utc_offset_s=event.utc_offset_s,
        tz_conflict=event.tz_conflict,
    )
