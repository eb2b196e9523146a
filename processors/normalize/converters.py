"""Which converter reads which raw topic, and within raw.operations which table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from processors.normalize.access import ACCESS_TABLES, convert_access
from processors.normalize.body_agent import Convert
from processors.normalize.context import Context
from processors.normalize.devices import convert_device
from processors.normalize.photos import convert_photos
from processors.normalize.records import OnFailure, Piece
from processors.normalize.results import convert_results
from processors.normalize.tables import convert_table
from processors.normalize.unread import RAW_ONLY, convert_unread

# Endpoints whose bodies no document describes: rows where they are `key=value` lines, else one dead letter.
_UNNAMED: Final = frozenset(("EDATA", "EVENT", "RTDATA", "SERVICE/CONTROL"))


def convert_operations(context: Context, on_failure: OnFailure) -> Iterator[Piece]:
    """Uploads of every table but ATTLOG, ATTPHOTO and options, and bodies of endpoints that nobody serves."""
    table = context.table
    if table in ACCESS_TABLES:
        yield from convert_access(context, on_failure)
    elif table in RAW_ONLY or table in _UNNAMED:
        yield from convert_unread(context, on_failure)
    else:
        yield from convert_table(context, on_failure)


CONVERTERS: Final[dict[str, Convert]] = {
    "raw.operations": convert_operations,
    "raw.device": convert_device,
    "raw.results": convert_results,
    "raw.photos": convert_photos,
}
