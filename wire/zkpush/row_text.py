"""Rows back into the lines that a device would send, for copying people between devices: parse(serialise(x)) = x."""

import binascii
from collections.abc import Iterable
from typing import Final

from wire.zkpush.charset import UTF_8
from wire.zkpush.pairs import serialise_pairs
from wire.zkpush.rows import PictureRow, TemplateRow, UserRow

_Value = str | bytes | int | None
# How PIN, number and template are spelled for each tag; older firmware is said to mind the case (document 2.4.3).
_TEMPLATE_NAMES: Final = {
    "FP": ("PIN", "FID", "TMP"),
    "FACE": ("PIN", "FID", "TMP"),
    "FVEIN": ("Pin", "FID", "Tmp"),
    "BIODATA": ("Pin", "No", "Tmp"),
}


def row_pairs(row: UserRow | TemplateRow | PictureRow) -> list[tuple[str, str | bytes]]:
    """The row's fields in the document's spelling, template or picture last; numbers that were not sent are left out.

    What stands in `unread` and `extra` is written too, `repeated` not: those second values were never kept.
    """
    last: list[tuple[str, _Value]] = []
    if isinstance(row, UserRow):
        pairs = _user_pairs(row)
    elif isinstance(row, TemplateRow):
        pairs, last = _template_pairs(row)
    else:
        pairs, last = _picture_pairs(row)
    return [*_sent(pairs), *row.unread, *row.extra.items(), *_sent(last)]


def serialise_row(row: UserRow | TemplateRow | PictureRow, charset: str = UTF_8) -> bytes:
    """The line with its tag, without a line end. Raises FieldUnsendable (see `serialise_pairs`)."""
    tag = "USER" if isinstance(row, UserRow) else row.tag
    return tag.encode() + b" " + serialise_pairs(row_pairs(row), charset)


def _sent(pairs: Iterable[tuple[str, _Value]]) -> list[tuple[str, str | bytes]]:
    return [(key, str(value) if isinstance(value, int) else value) for key, value in pairs if value is not None]


def _user_pairs(row: UserRow) -> list[tuple[str, _Value]]:
    return [
        ("PIN", row.pin),
        ("Name", row.name),
        ("Pri", row.privilege),
        ("Passwd", row.password),
        ("Card", row.card),
        ("Grp", row.group),
        ("TZ", row.time_zones),
        ("Verify", row.verify),
    ]


def _template_pairs(row: TemplateRow) -> tuple[list[tuple[str, _Value]], list[tuple[str, _Value]]]:
    pin, number, template = _TEMPLATE_NAMES[row.tag]
    return [
        (pin, row.pin),
        (number, row.number),
        ("Index", row.sample_index),
        ("Size", row.said_size),
        ("Valid", row.valid),
        ("Duress", row.duress),
        ("Type", row.type),
        ("MajorVer", row.major_version),
        ("MinorVer", row.minor_version),
        ("Format", row.format),
    ], [(template, row.template)]


def _picture_pairs(row: PictureRow) -> tuple[list[tuple[str, _Value]], list[tuple[str, _Value]]]:
    return [
        ("PIN", row.pin),
        ("FileName", row.filename),
        ("Type", row.type),
        ("No", row.number),
        ("Index", row.sample_index),
        ("Size", row.said_size),
    ], [("Content", binascii.b2a_base64(row.content, newline=False))]
