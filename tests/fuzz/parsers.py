"""Checks of the request repair and of every parser: what must hold for any bytes."""

from __future__ import annotations

import random
from typing import Final
from zlib import crc32

from wire.zkpush.access import AccessError, event_of_transaction, parse_door_log, parse_tabledata
from wire.zkpush.attlog import count_rows, parse_attlog
from wire.zkpush.charset import decode_text
from wire.zkpush.errors import RequestRefused
from wire.zkpush.info import parse_info
from wire.zkpush.operlog import line_of, parse_table
from wire.zkpush.options import is_secret_option, parse_options
from wire.zkpush.pairs import FieldUnsendable
from wire.zkpush.photos import parse_photo
from wire.zkpush.request_bytes import RequestNormalizer
from wire.zkpush.results import parse_results
from wire.zkpush.row_text import serialise_row
from wire.zkpush.rows import PictureRow, TemplateRow, UserRow
from wire.zkpush.target import key_of, parse_target, redact_query, serial_of, table_of
from wire.zkpush.words import operation_alert, read_verify_map

# Good lines around the damaged one. Their PINs and ids occur in no seed.
FIRST, LAST = "777000111", "777000222"
_TABLES: Final = (
    "OPERLOG",
    "USERINFO",
    "FINGERTMP",
    "FACETMP",
    "BIODATA",
    "BIOPHOTO",
    "ERRORLOG",
    "WORKCODE",
    "IDCARD",
)


def request(data: bytes) -> None:
    """Any cut into segments gives the same bytes, or the same refusal behind the same good requests."""
    rng = random.Random(crc32(data))
    whole = _fed([data])
    cuts = sorted(rng.randint(0, len(data)) for _ in range(rng.choice((1, 2, 7))))
    pieces = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    assert _fed(pieces) == whole, "cut into segments it is repaired to something else"


def _fed(pieces: list[bytes]) -> tuple[bytes, str]:
    normalizer, out = RequestNormalizer(), b""
    for piece in pieces:
        try:
            out += normalizer.feed(piece)
        except RequestRefused as refused:
            return out + refused.before, type(refused).__name__
    return out, ""


def target(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    found = parse_target(text)
    serial = serial_of(found.params)
    assert serial is None or (serial.isascii() and len(serial) <= 32)
    (table_of(found.params) or "").encode("utf-8", "surrogateescape")
    shown, _ = redact_query(found.raw_query)
    shown.encode("utf-8", "surrogateescape")
    assert not key_of(parse_target(f"?{shown}").params), "a communication key is left in the query"


def attlog(data: bytes) -> None:
    body = _between(f"{FIRST}\t2026-03-01 09:00:00\t0\t1\t0", data, f"{LAST}\t2026-03-01 09:00:01\t0\t1\t0")
    batch = parse_attlog(body)
    pins = [row.pin for row in batch.rows]
    assert pins[:1] == [FIRST], "the good line ahead is lost"
    assert pins[-1:] == [LAST], "the good line behind is lost"
    lines = [row.line for row in batch.rows] + [error.line for error in batch.errors]
    assert len(lines) == count_rows(body) or len(batch.errors) > 1000, "a line is neither row nor error"
    parse_attlog(data)


def table(data: bytes) -> None:
    name = _TABLES[crc32(data) % len(_TABLES)]
    body = _between(f"USER PIN={FIRST}\tName=A", data, f"USER PIN={LAST}\tName=B")
    batch = parse_table(name, body)
    pins = [row.pin for row in batch.rows if isinstance(row, UserRow)]
    assert pins[:1] == [FIRST], "the good line ahead is lost"
    assert pins[-1:] == [LAST], "the good line behind is lost"
    assert len(batch.rows) + len(batch.errors) == count_rows(body) or len(batch.errors) > 1000
    for row in batch.rows[:20]:
        repr(row)
        line_of(body, row.line)
        if isinstance(row, TemplateRow | PictureRow):
            assert row.size_mismatch in (True, False)
        if isinstance(row, UserRow | TemplateRow | PictureRow):
            try:
                serialise_row(row, row.charset)
            except FieldUnsendable:
                continue
        if isinstance(row, UserRow):
            assert row.card_readings is not None
    parse_table(name, data)


def photo(data: bytes) -> None:
    head, _, body = data.partition(b"\n")
    found = parse_photo(body, parse_target(f"?{decode_text(head)[0]}").params)
    repr(found)
    parse_photo(data, {})


def options(data: bytes) -> None:
    batch = parse_options(_between(f"Option{FIRST}=1", data, f"Option{LAST}=2"))
    assert batch.options.get(f"Option{FIRST}") == "1"
    assert batch.options.get(f"Option{LAST}") == "2"
    for name in batch.options:
        is_secret_option(name)
    for text in parse_options(data).options.values():
        read_verify_map(text)


def results(data: bytes) -> None:
    first, last = f"ID={FIRST}&Return=0&CMD=DATA", f"ID={LAST}&Return=0&CMD=DATA"
    batch = parse_results(_between(first, data, last))
    ids = [result.id for result in batch.results]
    assert ids[:1] == [FIRST], "the good result ahead is lost"
    if b"content" not in data.lower():  # behind Content= everything is the file
        assert ids[-1:] == [LAST], "the good result behind is lost"
    for result in parse_results(data).results[:20]:
        assert result.attlog_count is None or isinstance(result.attlog_count, int)
        repr(result)


def door_log(data: bytes) -> None:
    body = _between(f"time=2026-03-01 09:00:00\tpin={FIRST}\tevent=0", data, f"time=x\tpin={LAST}\tevent=0")
    pins = [row.pin for row in parse_door_log(body, {}).events]
    assert pins[:1] == [FIRST], "the good line ahead is lost"
    assert pins[-1:] == [LAST], "the good line behind is lost"
    head, _, rest = data.partition(b"\n")
    params = parse_target(f"?{decode_text(head)[0]}").params
    for row in parse_tabledata(rest, params).rows[:50]:
        found = event_of_transaction(row)
        assert isinstance(found, AccessError) or found.line == row.line


def words(data: bytes) -> None:
    text = decode_text(data)[0]
    parse_info(text)
    read_verify_map(text)
    operation_alert(3, text.split("\t"))


def _between(first: str, data: bytes, last: str) -> bytes:
    return first.encode() + b"\n" + data + b"\n" + last.encode() + b"\n"
