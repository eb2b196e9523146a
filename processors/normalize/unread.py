"""Bodies of endpoints that no document describes (spec/zk-push.md E6): kept raw, rows where they are rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from processors.normalize.context import Context
from processors.normalize.records import DeadRow, OnFailure, Piece, UploadPart
from processors.normalize.tables import convert_table
from schemas.deadletters import Reason

# Keys of a session: they belong in no event, and the raw record is sealed.
RAW_ONLY: Final = frozenset(("EXCHANGE",))


def convert_unread(context: Context, on_failure: OnFailure) -> Iterator[Piece]:
    """Lines of `key=value` are records of `operations`; a body with none is one dead letter, whole."""
    if context.table in RAW_ONLY:
        yield Piece(upload=UploadPart())
        return
    pieces = list(convert_table(context, on_failure))
    if any(piece.events for piece in pieces):
        yield from pieces
    elif context.upload.body.strip():
        error = f"a body of endpoint {context.table[:40]} in no form that is known"
        yield Piece(dead=[DeadRow(Reason.UNKNOWN_FORMAT, 0, context.upload.body, error)], upload=UploadPart())
