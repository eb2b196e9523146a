"""Bodies of `POST devicecmd`: what devices answer to commands (document 2.4.5, VI 1, 10; spec/zk-push.md D7 to D15).

A body holds one result or several, each on a line (`ID=1&Return=0&CMD=DATA`) or over several (`ID=1`, `SN=..`,
`Return=0`, ...), keys in any order. INFO adds option lines. `Content=` (GetFile, Shell) ends the body's text: all that
follows is the file, text or binary, byte for byte.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from wire.zkpush.charset import UTF_8, decode_text

MAX_ID_BYTES: Final = 64
MAX_SINGLE_ERRORS: Final = 1000
RETURN_PENDING: Final = -5000  # a master took the command for a sub-controller; the final answer follows (D10)

_BLANK: Final = b" \t\r\0\x0b\x0c"
_OWN_KEYS: Final = frozenset(("id", "sn", "return", "cmd", "filename"))
_NAMED = re.compile(r"[ \t]*[~A-Za-z_][~\w .-]{0,63}=", re.ASCII)
_PAIR_END = re.compile(r"&(?=[ \t]*[~A-Za-z_][~\w .-]{0,63}=)", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,10}", re.ASCII)  # sizes of files reach ten digits
_CONTENT_LINE = re.compile(rb"[ \t\0]*content=", re.IGNORECASE)
_CONTENT_JOINED = re.compile(rb"([^\n]*?)&[ \t]*content=", re.IGNORECASE)
_COUNT_KEYS: Final = ("attlogcount", "attlogsum")  # firmware says the one, the vendor's text the other (D15)


class ResultReason(StrEnum):
    """Why a piece of the body is no result; a closed set, the reason code of the dead letter."""

    NOT_A_RESULT = "not_a_result"
    ID_MISSING = "id_missing"
    ID_TOO_LONG = "id_too_long"


class ReturnDoubt(StrEnum):
    """Why `return_code` of a result is None; the result itself stands, since its id says whose answer it is."""

    RETURN_MISSING = "return_missing"
    RETURN_NOT_INTEGER = "return_not_integer"


class CommandResult(NamedTuple):
    """One answer. Match it by `id` alone, as text: `command_word` may be shortened or renamed (D12), and an id may be
    one that no server gave out (errata Z8). What a code means differs per command (errata Z2).

    `line` is the first one, from 1. `serial` is the SN in the body, that of a sub-controller where one answers, and
    may be empty. `fields` are the result's other pairs, keys in lower case; `options` the lines that follow it, names
    as sent; of a key that comes twice the first counts. `content` is a view on the body, None without `Content=`.
    `raw` is the result's text without the content.
    """

    line: int
    id: str
    return_code: int | None
    return_text: str
    doubt: ReturnDoubt | None
    command_word: str
    serial: str
    filename: str
    fields: dict[str, str]
    options: dict[str, str]
    content: memoryview | None
    charset: str
    raw: bytes

    def __repr__(self) -> str:
        return f"CommandResult(line={self.line}, id={self.id!r})"  # shell output and files are secrets (errata Z14)

    @property
    def is_pending(self) -> bool:
        """Whether another, final answer to the same id will follow."""
        return self.return_code == RETURN_PENDING

    @property
    def attlog_count(self) -> int | None:
        """Rows that VERIFY SUM counted on the device, None where the answer tells none."""
        pairs = {name.lower(): value for name, value in self.options.items()} | self.fields
        texts = [pairs[key] for key in _COUNT_KEYS if key in pairs]
        return int(texts[0]) if texts and _INTEGER.fullmatch(texts[0]) else None


class ResultError(NamedTuple):
    """Bytes that are no result, from `line` on; `detail` is for people and holds nothing of the bytes."""

    line: int
    reason: ResultReason
    raw: bytes
    detail: str

    def __repr__(self) -> str:
        return f"ResultError(line={self.line}, reason={self.reason.value})"


class ResultBatch(NamedTuple):
    """The results and errors of one body, each in the order of the lines."""

    results: list[CommandResult]
    errors: list[ResultError]


def parse_results(body: bytes) -> ResultBatch:
    """Every result of a body; what is none comes back as an error with its bytes. Never raises."""
    reader = _Reader(body)
    line, start, end = 0, 0, len(body)
    while start < end:
        line += 1
        # Looked for before the line is cut out: the rest of the body may be one line of many megabytes.
        content = _CONTENT_LINE.match(body, start)
        if content is not None:
            reader.finish(line, start, content.end())
            break
        joined = _CONTENT_JOINED.match(body, start)
        if joined is not None and reader.read_header(line, start, joined.end(1)):
            reader.finish(line, start, joined.end())
            break
        stop = body.find(b"\n", start)
        stop = end if stop < 0 else stop
        if body[start:stop].strip(_BLANK) and not reader.read_header(line, start, stop):
            reader.read_option(line, start, stop)
        start = stop + 1
    reader.close(None)
    return ResultBatch(reader.results, reader.errors_of_body())


class _Reader:
    """The result being read, and those that are done. Positions are offsets in the body."""

    def __init__(self, body: bytes) -> None:
        self.results: list[CommandResult] = []
        self._body = body
        self._errors: list[ResultError] = []
        self._rest: list[bytes] = []
        self._rest_from = 0
        self._line = 0  # 0: no result is open
        self._start = self._stop = 0
        self._own: dict[str, str] = {}
        self._fields: dict[str, str] = {}
        self._options: dict[str, str] = {}
        self._charset = UTF_8

    def read_header(self, line: int, start: int, stop: int) -> bool:
        """Whether the line has pairs of a result itself; if so they are taken, into a new result where one begins."""
        text, charset = decode_text(self._body[start:stop].strip(_BLANK))
        pairs = _pairs(text)
        keys = {key for key, _ in pairs}
        whole = keys >= {"id", "return"}
        if not pairs or (pairs[0][0] not in _OWN_KEYS and not whole):
            return False
        if self._line and (whole or not keys.isdisjoint(self._own)):
            self.close(None)
        self._extend(line, start, stop, charset)
        for key, value in pairs:
            (self._own if key in _OWN_KEYS else self._fields).setdefault(key, value)
        return True

    def read_option(self, line: int, start: int, stop: int) -> None:
        """A line that follows a result, `name=value`; an error where it is neither."""
        text, charset = decode_text(self._body[start:stop].strip(_BLANK))
        if not self._line or _NAMED.match(text) is None:
            detail = "no name=value" if self._line else "a line ahead of any ID="
            self._fail(line, ResultReason.NOT_A_RESULT, self._body[start:stop].rstrip(b"\r"), detail)
            return
        self._extend(line, start, stop, charset)
        name, _, value = text.partition("=")
        self._options.setdefault(name.strip(), value.strip())

    def finish(self, line: int, start: int, content_at: int) -> None:
        """The body's last result, whose content begins at `content_at`."""
        self._extend(line, start, content_at, UTF_8)
        self.close(memoryview(self._body)[content_at:])

    def close(self, content: memoryview | None) -> None:
        if not self._line:
            return
        own, raw = self._own, self._body[self._start : self._stop].rstrip(_BLANK + b"\n")
        identifier = own.get("id", "")
        if not identifier:
            whole = raw if content is None else self._body[self._start :]
            self._fail(self._line, ResultReason.ID_MISSING, whole, "a result without ID; nobody knows whose it is")
        elif len(identifier.encode()) > MAX_ID_BYTES:
            detail = f"ID of {len(identifier.encode())} bytes, at most {MAX_ID_BYTES} are kept"
            self._fail(self._line, ResultReason.ID_TOO_LONG, raw, detail)
        else:
            return_text = own.get("return", "")
            return_code = int(return_text) if _INTEGER.fullmatch(return_text) else None
            doubt = None
            if return_code is None:
                doubt = ReturnDoubt.RETURN_NOT_INTEGER if return_text else ReturnDoubt.RETURN_MISSING
            result = CommandResult(
                line=self._line,
                id=identifier,
                return_code=return_code,
                return_text=return_text,
                doubt=doubt,
                command_word=own.get("cmd", ""),
                serial=own.get("sn", ""),
                filename=own.get("filename", ""),
                fields=self._fields,
                options=self._options,
                content=content,
                charset=self._charset,
                raw=raw,
            )
            self.results.append(result)
        self._line, self._charset = 0, UTF_8
        self._own, self._fields, self._options = {}, {}, {}

    def errors_of_body(self) -> list[ResultError]:
        if self._rest:
            detail = f"{len(self._rest)} more pieces that are no results, from this line on, together"
            raw = b"\n".join(self._rest)
            self._errors.append(ResultError(self._rest_from, ResultReason.NOT_A_RESULT, raw, detail))
        return self._errors

    def _extend(self, line: int, start: int, stop: int, charset: str) -> None:
        if not self._line:
            self._line, self._start = line, start
        self._stop = stop
        if charset != UTF_8:
            self._charset = charset

    def _fail(self, line: int, reason: ResultReason, raw: bytes, detail: str) -> None:
        # A body of millions of bad lines must not become millions of dead letters.
        if len(self._errors) < MAX_SINGLE_ERRORS:
            self._errors.append(ResultError(line, reason, raw, detail))
        else:
            self._rest.append(raw)
            self._rest_from = self._rest_from or line


def _pairs(text: str) -> list[tuple[str, str]]:
    """Pairs of a line parted by "&", keys in lower case; a piece without a name belongs to the value before it."""
    if _NAMED.match(text) is None:
        return []
    parted = [piece.partition("=") for piece in _PAIR_END.split(text)]
    return [(name.strip().lower(), value.strip()) for name, _, value in parted]
