"""A door event that is attendance as a punch. Sources: spec/zk-push.md E2, C59; DESIGN 2.3."""

from __future__ import annotations

from typing import Final

from processors.normalize.context import Context, EventTime
from processors.normalize.published import published, with_notes
from processors.normalize.punches import PunchRow, build_punch
from processors.normalize.verify import verify_meaning
from schemas.events import Punch
from schemas.identity import punch_id
from wire.zkpush.access import DoorEventRow
from wire.zkpush.pairs import read_integer

# Where doors and attendance mean the same by it; a door's 2 is "neither", attendance's 2 a meal.
_STATES: Final = (0, 1)


def punch_of(context: Context, row: DoorEventRow, time: EventTime) -> Punch:
    """`time` was readable. The in/out state is the punch's state where both dialects agree, else in `extra`."""
    headers = context.upload.headers
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
    said = PunchRow(
        pin=row.pin,
        state=row.in_out if row.in_out in _STATES else None,
        verify=read_integer(row.verify),
        verify_word=meaning.word,
        unverified=meaning.unverified,
        extra=with_notes(extra, charset=row.charset),
    )
    event_id = punch_id(headers.tenant, headers.source, row.pin, time.second)
    return build_punch(context, row.line, time, event_id, said, time.site)
