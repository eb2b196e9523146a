"""Uploads of raw.operations and raw.photos that are lines of a table: OPERLOG with its mixed lines, and every table of
its own. Each line becomes events of `operations` or `people`, or a dead letter. Sources: document 2.4.3; errata Z6.
"""

from __future__ import annotations

from collections.abc import Iterator

from processors.normalize.context import Context, EventTime
from processors.normalize.failures import dead_row
from processors.normalize.operations import of_error, of_generic, of_operation
from processors.normalize.people import of_picture, of_template, of_user
from processors.normalize.records import DeadRow, Derived, OnFailure, Piece, UploadPart
from schemas.deadletters import Reason
from wire.zkpush.operlog import parse_table
from wire.zkpush.packed import packed_body
from wire.zkpush.rows import ErrorRow, OperationRow, PictureRow, Row, TemplateRow, UserRow

_PIECE_ROWS = 200


def convert_table(context: Context, on_failure: OnFailure) -> Iterator[Piece]:
    """The lines of one body, in their order, at most `_PIECE_ROWS` at a time. Packed bodies are one dead letter."""
    body = context.upload.body
    packed = packed_body(body, context.params)
    if packed is not None:
        yield Piece(dead=[DeadRow(Reason(packed.reason.value), 0, body, packed.detail)], upload=UploadPart())
        return
    if body[:64].lstrip().upper().startswith(b"CHECK LOG:"):
        form = DeadRow(Reason.PUSH_1_0_CHECK_LOG, 0, body, "PUSH 1.0 form (CHECK LOG)")
        yield Piece(dead=[form], upload=UploadPart())
        return
    batch = parse_table(context.table, body)
    dead = [DeadRow(Reason(error.reason.value), error.line, error.raw, error.detail) for error in batch.errors]
    yield Piece(dead=dead, upload=UploadPart())
    raws = body.split(b"\n")
    # One clock pass over all: what an hour that came twice means is told by the order of the rows.
    times = context.times([row.time_text if isinstance(row, OperationRow) else "" for row in batch.rows])
    for start in range(0, len(batch.rows), _PIECE_ROWS):
        piece = Piece(upload=UploadPart())
        for row, time in zip(batch.rows[start : start + _PIECE_ROWS], times[start : start + _PIECE_ROWS], strict=True):
            raw = raws[row.line - 1].rstrip(b"\r\0")
            try:
                _add(piece, _events_of(context, row, time, raw))
            except Exception as failure:  # noqa: BLE001 - promise 4: one row's failure must not stop the others
                piece.dead.append(dead_row(failure, row.line, raw, on_failure))
            else:
                _count(piece, time)
        yield piece


def _events_of(context: Context, row: Row, time: EventTime, raw: bytes) -> list[Derived | DeadRow]:
    if isinstance(row, OperationRow):
        return [*of_operation(context, row, time)]
    if isinstance(row, UserRow):
        return [of_user(context, row, raw)]
    if isinstance(row, TemplateRow):
        return [of_template(context, row, raw)]
    if isinstance(row, PictureRow):
        return [of_picture(context, row, raw)]
    if isinstance(row, ErrorRow):
        return [*of_error(context, row, time)]
    return [*of_generic(context, row, time)]


def _add(piece: Piece, found: list[Derived | DeadRow]) -> None:
    for one in found:
        if isinstance(one, DeadRow):
            piece.dead.append(one)
        else:
            piece.events.append(one)


def _count(piece: Piece, time: EventTime) -> None:
    assert piece.upload is not None
    piece.upload.rows += 1
    if time.instant is not None:
        piece.upload.saw(time.instant.utc_ms)
