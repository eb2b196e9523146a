"""raw.photos: pictures taken at a punch as `photos` events, pictures of users as `people` events.

The bytes go to the sealed store; the event has hash, size, whose, when, and the punch of the same PIN and second.
Sources: document 2.4.4; spec/zk-push.md O11 to O15.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from processors.normalize.context import Context
from processors.normalize.failures import dead_row
from processors.normalize.published import published, with_notes
from processors.normalize.records import DeadRow, Derived, OnFailure, Payload, Piece, UploadPart
from processors.normalize.tables import convert_table
from schemas.deadletters import Reason
from schemas.device_events import Photo, PhotoKind
from schemas.identity import normal_pin, punch_id
from wire.zkpush.photos import PhotoRow, parse_photo
from wire.zkpush.rows import LineError
from wire.zkpush.words import photo_type_word

_PEOPLE_TABLES = frozenset(("BIOPHOTO", "USERPIC"))


def convert_photos(context: Context, on_failure: OnFailure) -> Iterator[Piece]:
    """One picture of a punch, or the lines of a table of pictures."""
    if context.table in _PEOPLE_TABLES:
        yield from convert_table(context, on_failure)
        return
    body = context.upload.body
    try:
        yield _convert_photo(context, parse_photo(body, context.params))
    except Exception as failure:  # noqa: BLE001 - promise 4: one body's failure must not stop the others
        yield Piece(dead=[dead_row(failure, 0, body, on_failure)], upload=UploadPart())


def _convert_photo(context: Context, row: PhotoRow | LineError) -> Piece:
    if isinstance(row, LineError):
        return Piece(dead=[DeadRow(Reason(row.reason.value), 0, row.raw, row.detail)], upload=UploadPart())
    (time,) = context.times([row.time_text])
    pin = row.pin if row.passed else ""
    headers = context.upload.headers
    known_second = pin and time.instant is not None
    own: dict[str, Any] = {
        "kind": PhotoKind.ATTENDANCE if row.passed else PhotoKind.FAILED_CHECK,
        "pin": pin,
        "punch_id": punch_id(headers.tenant, headers.source, pin, time.second) if known_second else "",
        "real_time": row.real_time,
        "sha256": hashlib.sha256(row.content).hexdigest(),
        "size": len(row.content),
        "size_mismatch": row.size_mismatch,
        "extra": _extra(row),
    }
    # A name without a readable time identifies the photo by itself, with the picture.
    second = time.second if time.instant is not None else f"{row.name}+{own['sha256']}"
    fields = context.timed(0, time, ("photo", normal_pin(pin), second), own)
    piece = Piece([Derived("photos", Photo(**fields, stored=""), Payload("photo", row.pin, row.content))])
    piece.upload = UploadPart(rows=1)
    if time.instant is not None:
        piece.upload.saw(time.instant.utc_ms)
    return piece


def _extra(row: PhotoRow) -> dict[str, str]:
    extra = published(row.extra)
    if row.photo_type is not None:
        extra["photo_type"] = str(row.photo_type)
        extra["photo_type_word"] = photo_type_word(row.photo_type)
    if not row.passed and row.pin:
        extra["said_pin"] = row.pin  # of a check that failed: whom it was tried as, nobody's photo
    if not row.time_text:
        extra["name"] = row.name if len(row.name) <= 64 else ""
    return with_notes(extra, withheld=["id_number"] if row.id_number else [], charset=row.charset)
