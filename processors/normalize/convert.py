"""One raw attendance upload to punches and dead letters: a pure function. Sources: DESIGN 2.3, 2.4, 5; zk-push.md 2.3.

Speed decides the shape here: what all rows of an upload share is encoded once, and a row's JSON is put together from
that and its own fields, never from a dict of everything (budget: 20 microseconds a punch in all).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

import orjson

from processors.normalize.context import QUARANTINE_LOCAL_MS, is_quarantined, local_second
from processors.normalize.failures import dead_row
from processors.normalize.records import PARSER_VERSION, DeadRow, DevicePeriods, OnFailure, RawUpload, UploadPart
from processors.normalize.verify import VerifyMeaning, verify_meaning
from runtime.local_time import Clock, LocalInstant, resolve_batch
from schemas.deadletters import Reason
from schemas.events import PUNCH_VERSION, TimeFlag
from schemas.identity import EVIDENCE_SHIFT, PunchIdentity, SourceRank, content_hash, normal_pin, rank_base
from schemas.registry import DevicePeriod
from wire.zkpush.attlog import AttlogRow, parse_attlog
from wire.zkpush.charset import UTF_8

_PIECE_ROWS = 2000
_HOUR_MS = 3_600_000
_PUNCH_TOPIC = "raw.attendance"
_BADGE, _UNREGISTERED = 3, "255"
_local_ms, _utc_ms = itemgetter(0), itemgetter(1)


class PunchRecord(NamedTuple):
    """One record for the `punches` topic."""

    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Converted:
    punches: list[PunchRecord]
    dead: list[DeadRow]
    upload: UploadPart = field(default_factory=UploadPart)


class _Facts(NamedTuple):
    """A period of the device with what its punches have in common: their instants, the shared part of their JSON, what
    their verify codes mean."""

    period: DevicePeriod | None
    instants: Sequence[LocalInstant | None]
    shared: bytes
    flags: tuple[str, ...]
    meanings: dict[int | None, VerifyMeaning]


def convert_attendance(
    upload: RawUpload, device: DevicePeriods, unknown_zone: str, on_row_failure: OnFailure
) -> Iterator[Converted]:
    """Punches and dead letters of one upload, in the order of its rows, at most `_PIECE_ROWS` rows at a time.

    In pieces, because what a body of 16 MiB becomes is fifty times as large. `unknown_zone` (IANA) serves for times
    that no period of the device covers; they are flagged ZONE_ASSUMED. A row on which this code itself fails becomes a
    dead letter INTERNAL_ERROR, and `on_row_failure` hears of it first (it may raise, to stop a bad deploy).
    """
    batch = parse_attlog(upload.body)
    if batch.errors:
        yield Converted(
            [], [DeadRow(Reason(error.reason.value), error.line, error.raw, error.detail) for error in batch.errors]
        )
    facts = _facts(upload, device, unknown_zone, [row.time_text for row in batch.rows])
    identity = PunchIdentity(upload.headers.tenant, upload.headers.source)
    base = rank_base(SourceRank.PUSH, PARSER_VERSION, device.registry_version)
    for start in range(0, len(batch.rows), _PIECE_ROWS):
        piece = Converted([], [])
        seen: list[LocalInstant] = []
        for index, row in enumerate(batch.rows[start : start + _PIECE_ROWS], start):
            try:
                fact = facts[0] if len(facts) == 1 else _fact_of(facts, index)
                instant = fact.instants[index]
                if instant is None:
                    error = f"time {row.time_text[:60]!r}"
                    piece.dead.append(DeadRow(Reason.TIME_UNREADABLE, row.line, row.raw, error))
                else:
                    piece.punches.append(_punch(row, instant, fact, identity, base, upload.headers.received_at))
                    seen.append(instant)
            except Exception as failure:  # noqa: BLE001 - promise 4: one row's failure must not stop the others
                piece.dead.append(dead_row(failure, row.line, row.raw, on_row_failure))
        if seen:
            instants = list(map(_utc_ms, seen))
            part = piece.upload
            part.rows, part.newest_at, part.oldest_at = len(seen), max(instants), min(instants)
            hours = part.hours
            for local_ms in map(_local_ms, seen):
                hour = local_ms // _HOUR_MS
                hours[hour] = hours.get(hour, 0) + 1
        yield piece


def _punch(
    row: AttlogRow, instant: LocalInstant, fact: _Facts, identity: PunchIdentity, base: int, received_at: int
) -> PunchRecord:
    local_ms = instant.local_ms
    flags = instant.flags + fact.flags
    stored_local_ms = local_ms
    if is_quarantined(local_ms, received_at):
        stored_local_ms = QUARANTINE_LOCAL_MS
        flags = (*flags, TimeFlag.QUARANTINED.value)
    text = row.time_text
    event_id = identity.punch_id(row.pin, local_second(text, local_ms))
    why_not = _why_no_attendance(row)
    meaning = fact.meanings.get(row.verify) or fact.meanings.setdefault(
        row.verify, verify_meaning(row.verify, fact.period)
    )
    content = orjson.dumps(
        {
            "event_id": event_id,
            "pin": row.pin,
            "local_time": stored_local_ms,
            "local_text": text,
            "punch_at": instant.utc_ms,
            "utc_offset_s": instant.offset_s,
            "time_flags": flags,
            "state": row.state,
            "verify": row.verify,
            "verify_word": meaning.word,
            "unverified": meaning.unverified,
            "work_code": row.work_code,
            "job_codes": row.job_codes,
            "tip_codes": row.tip_codes,
            "is_attendance": not why_not,
            "not_attendance_reason": why_not,
            "extra": _extra(row),
        }
    )
    rank = base | instant.evidence << EVIDENCE_SHIFT | content_hash(content)
    value = b'%b%b,"rank":%d,"raw_line":%d}' % (fact.shared, content[1:-1], rank, row.line)
    return PunchRecord(event_id.encode(), value)


def _why_no_attendance(row: AttlogRow) -> str:
    """Rows that are events but nobody's punch (spec/zk-push.md L10)."""
    if normal_pin(row.pin) == "0":
        return "no_user"
    if row.verify == _BADGE and row.pin == row.work_code and _UNREGISTERED in row.reserved:
        return "unregistered_card"
    return ""


_NO_EXTRA: dict[str, str] = {}


def _extra(row: AttlogRow) -> dict[str, str]:
    if not (row.tail or row.unread or any(row.reserved)) and row.charset == UTF_8:
        return _NO_EXTRA
    extra = {f"reserved{number}": value for number, value in enumerate(row.reserved, 1) if value}
    extra.update({f"tail{number}": value for number, value in enumerate(row.tail, 1)})
    extra.update({f"{column}_text": text for column, text in row.unread})
    if row.charset != UTF_8:
        extra["charset"] = row.charset
    return extra


def _facts(upload: RawUpload, device: DevicePeriods, unknown_zone: str, texts: list[str]) -> list[_Facts]:
    """One entry per period of the device, and at the end the one for times that no period covers, where needed."""
    facts = []
    for period in device.periods:
        instants = resolve_batch(texts, Clock.parse(period.zone, period.clock), upload.headers.received_at)
        facts.append(_Facts(period, instants, _shared(upload, device, period.site, period.zone, period.clock), (), {}))
    if len(facts) == 1 and device.periods[0].valid_from is None and device.periods[0].valid_to is None:
        return facts
    instants = resolve_batch(texts, Clock.parse(unknown_zone, "zone"), upload.headers.received_at)
    shared = _shared(upload, device, "", unknown_zone, "zone")
    facts.append(_Facts(None, instants, shared, (TimeFlag.ZONE_ASSUMED.value,), {}))
    return facts


def _fact_of(facts: list[_Facts], index: int) -> _Facts:
    """The period that held when this row was punched."""
    for fact in facts[:-1]:
        instant = fact.instants[index]
        if instant is not None and fact.period is not None and fact.period.covers(instant.utc_ms):
            return fact
    return facts[-1]


def _shared(upload: RawUpload, device: DevicePeriods, site: str, zone: str, clock: str) -> bytes:
    headers = upload.headers
    fields = {
        "v": PUNCH_VERSION,
        "tenant": headers.tenant,
        "device": headers.source,
        "site": site,
        "zone": zone,
        "clock": clock,
        "source": "push",
        "source_ref": "",
        "received_at": headers.received_at,
        "raw_topic": _PUNCH_TOPIC,
        "raw_partition": upload.partition,
        "raw_offset": upload.offset,
        "request_id": headers.request_id,
        "parser_version": PARSER_VERSION,
        "registry_version": device.registry_version,
    }
    return orjson.dumps(fields)[:-1] + b","
