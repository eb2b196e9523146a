"""OPERLOG bodies with their mixed lines, and the same lines in tables of their own (document 2.4.3; O1, O10, O16).

Nothing is dropped: a line is a row or an error, in the order in which they came (a log row precedes its data).
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from wire.zkpush.attlog import MAX_SINGLE_ERRORS
from wire.zkpush.charset import decode_text
from wire.zkpush.packed import packed_body
from wire.zkpush.row_lines import KNOWN_TAGS, Refusal, parse_row
from wire.zkpush.rows import LineError, LineReason, Row

_LINE_START = re.compile(rb"[ \t\r\0\x0b\x0c]*")  # matched on a line, its end tells a blank one
# Blanks or one tab end the tag word: a further tab is a blank first column of OPLOG, not to be skipped.
_TAG = re.compile(rb"([A-Za-z_][^\s=]{0,31})(?: ++(?!=)|\t|$)")
# The same rows under the names of their tables.
_TAGS: Final = {"USERINFO": "USER", "FINGERTMP": "FP", "FACETMP": "FACE"}


class TableBatch(NamedTuple):
    """The rows and errors of one body, each in the order of the lines."""

    rows: list[Row]
    errors: list[LineError]


def parse_table(table: str, body: bytes) -> TableBatch:
    """Every line of a body as a row or an error; never raises, whatever the bytes.

    `table` in any case: OPERLOG, a table of its own (with or without the tag word in its lines), or one that nobody
    named. Not for ATTLOG, ATTPHOTO and options, which have parsers of their own.
    """
    packed = packed_body(body, {})
    if packed is not None:
        return TableBatch([], [packed])
    table = table.strip().upper()
    own_tag = "" if table == "OPERLOG" else _TAGS.get(table, table)
    rows: list[Row] = []
    errors: list[LineError] = []
    # A body of millions of bad lines must not become millions of dead letters.
    rest: list[bytes] = []
    rest_from = 0
    for line, start, first, end in _lines(body):
        row = _parse_line(own_tag, body, line, start, first, end)
        if not isinstance(row, LineError):
            rows.append(row)
        elif len(errors) < MAX_SINGLE_ERRORS:
            errors.append(row)
        else:
            rest.append(row.raw)
            rest_from = rest_from or line
    if rest:
        detail = f"{len(rest)} more lines that are no rows, from this one on, together"
        errors.append(LineError(rest_from, LineReason.NOT_A_ROW, b"\n".join(rest), detail))
    return TableBatch(rows, errors)


def line_of(body: bytes, line: int) -> bytes:
    """The bytes of a row's line without its end, for whoever must keep them; b"" when there is no such line.

    Rows do not hold theirs, so that a picture is not kept twice.
    """
    return next((body[start:end] for number, start, _, end in _lines(body) if number == line), b"")


def _lines(body: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Number from 1, start, first byte that is not blank, and end (without line end and final NUL) of each line that
    is not blank."""
    start = line = 0
    while start < len(body):
        line += 1
        found = body.find(b"\n", start)
        following = end = len(body) if found < 0 else found
        blank = _LINE_START.match(body, start, end)
        if blank and blank.end() < end:
            if body[end - 1] == 0x0D:  # the usual case apart: the next one copies the line, perhaps a picture
                end -= 1
            if body[end - 1] in b"\r\0":
                end = start + len(body[start:end].rstrip(b"\r\0"))
            yield line, start, blank.end(), end
        start = following + 1


def _parse_line(own_tag: str, body: bytes, line: int, start: int, first: int, end: int) -> Row | LineError:
    tag = own_tag
    found = _TAG.match(body, first, end)
    if found:
        word = decode_text(found[1])[0].upper()
        tag = _TAGS.get(word, word)
        first = found.end()
    row = parse_row(tag, body, line, first, end)
    if not isinstance(row, Refusal):
        return row
    # A word that nobody named may be anything, a person's name too: it is not repeated.
    return LineError(line, row.reason, body[start:end], f"{tag if tag in KNOWN_TAGS else 'line'}: {row.detail}")
