"""A door event that is attendance as a punch. Sources: spec/zk-push.md E2, C59; DESIGN 2.3."""

from __future__ import annotations

from typing import Any, Final

import orjson

from processors.normalize.context import Context, EventTime
from processors.normalize.published import published, with_notes
from processors.normalize.records import PARSER_VERSION
from processors.normalize.verify import verify_meaning
from schemas.events import Punch
from schemas.identity import punch_id
from wire.zkpush.access import DoorEventRow
from wire.zkpush.pairs import read_integer

# Where doors and attendance mean the same by it; a door's 2 is "neither", attendance's 2 a meal.
_STATES: Final = (0, 1)


def punch_of(context: Context, row: DoorEventRow, time: EventTime) -> Punch:
    """`time` was readable. The in/out state is the punch's state where both dialects agree, else in `extra`."""
    assert time.instant is not None
    headers, upload = context.upload.headers, context.upload
    meaning = verify_meaning(row.verify, time.period)
    named = {
        "event": "" if row.event is None else str(row.event),
        "door": row.door,
        "index": row.index_text,
        "in_out": "" if row.in_out is None or row.in_out in _STATES else str(row.in_out),
        "verify_type": row.verify if read_integer(row.verify) is None else "",
        "mask": row.mask,
        "temperature": row.temperature,
    }
    extra = published({name: value for name, value in named.items() if value})
    event_id = punch_id(headers.tenant, headers.source, row.pin, time.second)
    own: dict[str, Any] = {
        "pin": row.pin,
        "local_time": time.local_time,
        "local_text": time.text,
        "punch_at": time.happened_at,
        "utc_offset_s": time.utc_offset_s,
        "time_flags": list(time.flags),
        "state": row.in_out if row.in_out in _STATES else None,
        "verify": read_integer(row.verify),
        "verify_word": meaning.word,
        "unverified": meaning.unverified,
        "work_code": "",
        "job_codes": [],
        "tip_codes": [],
        "is_attendance": True,
        "not_attendance_reason": "",
        "extra": with_notes(extra, charset=row.charset),
    }
    return Punch(
        v=1,
        event_id=event_id,
        rank=context.rank(time.instant.evidence, orjson.dumps(own)),
        tenant=headers.tenant,
        device=headers.source,
        site=time.site,
        zone=time.zone,
        clock=time.clock,
        source="push",
        source_ref="",
        received_at=headers.received_at,
        raw_topic=upload.topic,
        raw_partition=upload.partition,
        raw_offset=upload.offset,
        raw_line=row.line,
        request_id=context.common(row.line, "")["request_id"],
        parser_version=PARSER_VERSION,
        registry_version=context.device.registry_version,
        **own,
    )
