"""ATTLOG bodies: attendance rows in every shape that terminals send (document 2.4.1, 2.4.2; spec/zk-push.md 2.3).

Nothing is dropped: a line is a row or an error, both with their bytes. Times stay text; whether one can be read is
for the normalizer to say, who knows the device's zone.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from wire.zkpush.charset import UTF_8, decode_text

MAX_PIN_BYTES: Final = 64
MAX_SINGLE_ERRORS: Final = 1000

_BLANK: Final = b" \t\r\0\x0b\x0c"
_TIME_LENGTH: Final = 19
# The document prints blanks where tabs are meant (L3). Only the time tells where the PIN ends.
_TIME_IN_BLANKS = re.compile(r"(?:^|(?<= ))\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d(?= |$)", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_INTEGERS: Final = {str(number): number for number in range(256)}  # a look-up is faster than int() and as strict
_WITH_JOB_CODES: Final = range(13, 17)  # 7 columns, 6 job codes, up to 3 tips


class RowReason(StrEnum):
    """Why a line, or a whole body, is no attendance row; a closed set, the reason code of the dead letter."""

    NOT_A_ROW = "not_a_row"
    PIN_MISSING = "pin_missing"
    PIN_TOO_LONG = "pin_too_long"
    COMPRESSED_LZO = "compressed_lzo"
    COMPRESSED_GZIP = "compressed_gzip"
    PUSH_1_0_CHECK_LOG = "push_1_0_check_log"


class AttlogRow(NamedTuple):
    """One row. `line` counts from 1 over all lines of the body; `raw` is the line without its end.

    `pin` is text, trimmed, case and zeros kept. `state` and `verify` are None when missing or no integer; what stood
    there instead is in `unread` as (column, text). `job_codes` and `tip_codes` are filled for the document's 13 to 16
    columns only; in any other shape the columns past the seventh are `tail`, whose meaning depends on the device.
    """

    line: int
    pin: str
    time_text: str
    state: int | None
    verify: int | None
    work_code: str
    reserved: tuple[str, ...]
    job_codes: tuple[str, ...]
    tip_codes: tuple[str, ...]
    tail: tuple[str, ...]
    unread: tuple[tuple[str, str], ...]
    charset: str
    raw: bytes


class RowError(NamedTuple):
    """A line that is no row, or with `line` 0 a whole body; `detail` is for people and holds nothing personal."""

    line: int
    reason: RowReason
    raw: bytes
    detail: str


class AttlogBatch(NamedTuple):
    """The rows and errors of one body, each in the order of the lines."""

    rows: list[AttlogRow]
    errors: list[RowError]


def count_rows(body: bytes) -> int:
    """Rows received, readable or not: lines that are not blank. The n of the answer `OK: n`."""
    return len([1 for line in body.split(b"\n") if line.strip(_BLANK)])


def parse_attlog(body: bytes) -> AttlogBatch:
    """Every line of a body as a row or an error; never raises, whatever the bytes."""
    refused = _unreadable_body(body)
    if refused is not None:
        return AttlogBatch([], [refused])
    rows: list[AttlogRow] = []
    errors: list[RowError] = []
    raws = body.split(b"\n")
    try:
        # A line end is one byte in every charset that occurs, so decoding at once splits into the same lines.
        texts: list[str] | None = body.decode(UTF_8).split("\n")
    except UnicodeDecodeError:
        texts = None
    charset = UTF_8
    # A body of millions of bad lines must not become millions of dead letters.
    rest: list[bytes] = []
    rest_from = 0
    for line, raw in enumerate(raws, 1):
        if not raw.strip(_BLANK):
            continue
        if raw[-1] == 0x0D:
            raw = raw.rstrip(b"\r")
        if texts is not None:
            text = texts[line - 1].rstrip("\r")
        else:
            text, charset = decode_text(raw)
        row = _parse_row(line, text, charset, raw)
        if isinstance(row, AttlogRow):
            rows.append(row)
        elif len(errors) < MAX_SINGLE_ERRORS:
            errors.append(row)
        else:
            rest.append(row.raw)
            rest_from = rest_from or line
    if rest:
        detail = f"{len(rest)} more lines that are no rows, from this one on, together"
        errors.append(RowError(rest_from, RowReason.NOT_A_ROW, b"\n".join(rest), detail))
    return AttlogBatch(rows, errors)


def _parse_row(line: int, text: str, charset: str, raw: bytes) -> AttlogRow | RowError:
    columns = text.split("\t")
    count = len(columns)
    if count < 2 or len(columns[1]) != _TIME_LENGTH:
        columns = _split_blanks(columns)
        count = len(columns)
        if count < 2:
            return RowError(line, RowReason.NOT_A_ROW, raw, "one column; PIN and time, parted by a tab, are needed")
    pin = columns[0].strip()
    if not pin:
        return RowError(line, RowReason.PIN_MISSING, raw, f"{count} columns, the first is blank")
    if len(pin) > MAX_PIN_BYTES // 4 and len(pin.encode()) > MAX_PIN_BYTES:
        return RowError(
            line, RowReason.PIN_TOO_LONG, raw, f"PIN of {len(pin.encode())} bytes, at most {MAX_PIN_BYTES} are kept"
        )
    state = verify = None
    unread: tuple[tuple[str, str], ...] = ()
    if count > 2:
        state = _INTEGERS.get(columns[2])
        if state is None:
            state, unread = _read_integer("state", columns[2], unread)
    if count > 3:
        verify = _INTEGERS.get(columns[3])
        if verify is None:
            verify, unread = _read_integer("verify", columns[3], unread)
    job_codes: tuple[str, ...] = ()
    tip_codes: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    if count > 7:
        # A trailing tab makes 17 pieces of the document's longest form.
        if count in _WITH_JOB_CODES or (count == 17 and not columns[16]):
            job_codes, tip_codes, tail = tuple(columns[7:13]), tuple(columns[13:16]), tuple(columns[16:])
        else:
            tail = tuple(columns[7:])
    return AttlogRow(
        line,
        pin,
        columns[1].strip(),
        state,
        verify,
        columns[4].strip() if count > 4 else "",
        tuple(columns[5:7]),
        job_codes,
        tip_codes,
        tail,
        unread,
        charset,
        raw,
    )


def _split_blanks(columns: list[str]) -> list[str]:
    """Columns of a row whose PIN and time are parted by blanks; the columns as they are when that is not so."""
    time = _TIME_IN_BLANKS.search(columns[0])
    if time is None:
        return columns
    first = columns[0]
    return [first[: time.start()], time[0], *first[time.end() :].split(), *columns[1:]]


def _read_integer(
    column: str, text: str, unread: tuple[tuple[str, str], ...]
) -> tuple[int | None, tuple[tuple[str, str], ...]]:
    text = text.strip()
    if _INTEGER.fullmatch(text):
        return int(text), unread
    return None, (*unread, (column, text)) if text else unread


def _unreadable_body(body: bytes) -> RowError | None:
    """Forms that hold no rows as text; the whole body goes to the dead letters (T14, T15, L12)."""
    if body.startswith(b"LZO1"):
        return RowError(0, RowReason.COMPRESSED_LZO, body, "LZO-compressed body: Encrypt must be 0 in the handshake")
    if body.startswith(b"\x1f\x8b"):
        return RowError(0, RowReason.COMPRESSED_GZIP, body, "gzip-compressed body (tgz)")
    if body[:32].lstrip(_BLANK + b"\n").upper().startswith(b"CHECK LOG:"):
        return RowError(0, RowReason.PUSH_1_0_CHECK_LOG, body, "PUSH 1.0 form (CHECK LOG)")
    return None
