"""One punch of a row whose time was readable, whatever the row was: a door event, a row of a server's or station's log.

Attendance bodies do not pass here: convert.py, where speed decides.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from processors.normalize.context import Context, EventTime, clean
from processors.normalize.records import PARSER_VERSION
from schemas.events import Punch
from schemas.identity import SourceRank


class PunchRow(NamedTuple):
    """What the row itself says; fields as in schemas/events.py Punch. not_attendance: the reason, empty for none."""

    pin: str
    state: int | None
    verify: int | None
    verify_word: str
    extra: dict[str, str]
    unverified: bool = False
    work_code: str = ""
    not_attendance: str = ""
    source_ref: str = ""


def build_punch(context: Context, line: int, time: EventTime, event_id: str, row: PunchRow, site: str) -> Punch:
    """The receipt is no part of what breaks a tie between copies, so copies that came at other times rank alike."""
    assert time.instant is not None
    headers, upload = context.upload.headers, context.upload
    own: dict[str, Any] = {
        "pin": row.pin,
        "local_time": time.local_time,
        "local_text": time.text,
        "punch_at": time.happened_at,
        "utc_offset_s": time.utc_offset_s,
        "time_flags": list(time.flags),
        "state": row.state,
        "verify": row.verify,
        "verify_word": row.verify_word,
        "unverified": row.unverified,
        "work_code": row.work_code,
        "job_codes": [],
        "tip_codes": [],
        "is_attendance": not row.not_attendance,
        "not_attendance_reason": row.not_attendance,
        "extra": row.extra,
    }
    return Punch(
        v=1,
        event_id=event_id,
        rank=context.rank(time.instant.evidence, orjson.dumps(own)),
        tenant=headers.tenant,
        device=headers.source,
        site=site,
        zone=time.zone,
        clock=time.clock,
        source="poll" if context.way is SourceRank.POLL else "push",
        source_ref=row.source_ref,
        received_at=headers.received_at,
        raw_topic=upload.topic,
        raw_partition=upload.partition,
        raw_offset=upload.offset,
        raw_line=line,
        request_id=clean(headers.request_id),
        parser_version=PARSER_VERSION,
        registry_version=context.device.registry_version,
        **own,
    )
