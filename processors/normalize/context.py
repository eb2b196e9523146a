"""What the events of one raw record have in common, and their times. Sources: DESIGN 2.3, 5; spec/timecards.md B3."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from processors.normalize.records import PARSER_VERSION, DevicePeriods, RawUpload
from runtime.local_time import EARLIEST_LOCAL_MS, Clock, LocalInstant, resolve_batch
from schemas.device_events import DEVICE_EVENT_VERSION
from schemas.events import TimeFlag
from schemas.identity import EVIDENCE_SHIFT, SourceRank, content_hash, event_id, rank_base
from schemas.registry import DevicePeriod
from wire.zkpush.target import parse_target

QUARANTINE_LOCAL_MS: Final = 0
_DAY_MS: Final = 86_400_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class EventTime(NamedTuple):
    """A time of the device's clock as TimedDeviceEvent has it. `instant` is None when the text cannot be read.

    `second` is what identifies it: `YYYY-MM-DDTHH:MM:SS` on the device's clock, else the text.
    """

    text: str
    second: str
    instant: LocalInstant | None
    local_time: int
    happened_at: int
    utc_offset_s: int
    zone: str
    clock: str
    flags: tuple[str, ...]
    period: DevicePeriod | None

    @property
    def site(self) -> str:
        return self.period.site if self.period else ""

    def fields(self) -> dict[str, Any]:
        return {
            "local_time": self.local_time,
            "local_text": self.text,
            "happened_at": self.happened_at,
            "utc_offset_s": self.utc_offset_s,
            "zone": self.zone,
            "clock": self.clock,
            "time_flags": list(self.flags),
        }


class AssumedClock(NamedTuple):
    """How a clock runs at times that no period of its device covers, and the flags of such times. zone: IANA; clock:
    `zone` or `fixed:+HH:MM`."""

    zone: str
    clock: str = "zone"
    flags: tuple[str, ...] = (TimeFlag.ZONE_ASSUMED.value,)


class Context:
    """One raw record, what is known of its device, and the parameters of its request. `way`: how it came."""

    def __init__(
        self,
        upload: RawUpload,
        device: DevicePeriods,
        unknown_zone: str | AssumedClock,
        way: SourceRank = SourceRank.PUSH,
    ) -> None:
        self.upload = upload
        self.device = device
        self.way = way
        self._assumed = AssumedClock(unknown_zone) if isinstance(unknown_zone, str) else unknown_zone
        self.params = parse_target(f"?{clean(upload.headers.query)}").params
        self.table = clean(upload.headers.table).upper()
        self.received_at = upload.headers.received_at
        self._rank_base = rank_base(way, PARSER_VERSION, device.registry_version)

    @property
    def period_now(self) -> DevicePeriod | None:
        """What held at the receipt."""
        return self.device.at(self.received_at)

    def common(self, line: int, site: str) -> dict[str, Any]:
        """The fields of DeviceEvent, but for `event_id`, `rank` and `extra`."""
        headers, upload = self.upload.headers, self.upload
        return {
            "v": DEVICE_EVENT_VERSION,
            "tenant": headers.tenant,
            "device": headers.source,
            "site": site,
            "received_at": headers.received_at,
            "raw_topic": upload.topic,
            "raw_partition": upload.partition,
            "raw_offset": upload.offset,
            "raw_line": line,
            "request_id": clean(headers.request_id),
            "parser_version": PARSER_VERSION,
            "registry_version": self.device.registry_version,
        }

    def timed(self, line: int, time: EventTime, identity: Sequence[str], own: dict[str, Any]) -> dict[str, Any]:
        """All fields of a TimedDeviceEvent; `own` are those of its type, `identity` its kind and what tells it apart.

        The receipt is no part of what breaks a tie between copies, so copies that came at other times rank alike.
        """
        headers = self.upload.headers
        fields = time.fields()
        told = fields if time.instant else {"local_text": time.text}
        content = orjson.dumps([told, own])
        evidence = time.instant.evidence if time.instant else 0
        return {
            **self.common(line, time.site),
            **fields,
            **own,
            "event_id": event_id(headers.tenant, headers.source, *identity),
            "rank": self.rank(evidence, content),
        }

    def rank(self, evidence: int, content: bytes) -> int:
        return self._rank_base | evidence << EVIDENCE_SHIFT | content_hash(content)

    def times(self, texts: Sequence[str], receipt: int | None = None) -> list[EventTime]:
        """The times of one record, in the order in which the device sent them. receipt: when they came to whoever had
        them first, epoch ms; None is the receipt of the record."""
        if not texts:
            return []
        receipt = self.received_at if receipt is None else receipt
        periods, unknown = self.device.periods, self._assumed
        resolved = [resolve_batch(texts, _clock(period.zone, period.clock), receipt) for period in periods]
        assumed = resolve_batch(texts, _clock(unknown.zone, unknown.clock), receipt)
        times = []
        for index, text in enumerate(texts):
            for period, instants in zip(periods, resolved, strict=True):
                instant = instants[index]
                if period.covers(instant.utc_ms if instant else self.received_at):
                    times.append(self._time(text, instant, period, receipt))
                    break
            else:
                times.append(self._time(text, assumed[index], None, receipt))
        return times

    def _time(self, text: str, instant: LocalInstant | None, period: DevicePeriod | None, receipt: int) -> EventTime:
        zone, clock = (period.zone, period.clock) if period else (self._assumed.zone, self._assumed.clock)
        flags = () if period else self._assumed.flags
        if instant is None:
            flags = (*flags, TimeFlag.QUARANTINED.value)
            return EventTime(text, text, None, QUARANTINE_LOCAL_MS, self.received_at, 0, zone, clock, flags, period)
        flags = instant.flags + flags
        local_ms = instant.local_ms
        if is_quarantined(local_ms, receipt):
            local_ms = QUARANTINE_LOCAL_MS
            flags = (*flags, TimeFlag.QUARANTINED.value)
        second = local_second(text, instant.local_ms)
        return EventTime(text, second, instant, local_ms, instant.utc_ms, instant.offset_s, zone, clock, flags, period)


@lru_cache(maxsize=4096)
def _clock(zone: str, mode: str) -> Clock:
    return Clock.parse(zone, mode)


def is_quarantined(local_ms: int, received_at: int) -> bool:
    """Outside 2015-01-01 to received + 2 days: such times lie in one partition of ClickHouse (DESIGN 7)."""
    return not EARLIEST_LOCAL_MS <= local_ms <= received_at + 2 * _DAY_MS


def local_second(text: str, local_ms: int) -> str:
    """`YYYY-MM-DDTHH:MM:SS`, from the text itself where it has the usual form."""
    if len(text) == 19 and text[4] == "-":
        return f"{text[:10]}T{text[11:]}"
    return (_EPOCH + timedelta(milliseconds=local_ms)).strftime("%Y-%m-%dT%H:%M:%S")


def clean(text: str) -> str:
    """Text of a header as JSON can hold it: bytes that were no UTF-8 stand as lone surrogates in it."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
