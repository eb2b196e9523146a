"""One line of an upload to its typed row: OPLOG by position, everything else by key (document 2.4.3; O2 to O9)."""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from wire.zkpush.attlog import MAX_PIN_BYTES
from wire.zkpush.charset import decode_text
from wire.zkpush.pairs import Pairs, decode_base64, parse_pairs, read_integer
from wire.zkpush.rows import ErrorRow, GenericRow, LineReason, OperationRow, PictureRow, Row, TemplateRow, UserRow

_TIME_IN_BLANKS = re.compile(r"(?<!\S)\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d(?!\S)", re.ASCII)
_MAX_OPERANDS: Final = 4
_TEMPLATE_KEYS: Final = frozenset((b"tmp", b"template"))
_PICTURE_KEYS: Final = frozenset((b"content",))


class Refusal(NamedTuple):
    """Why a line is no row; `detail` is for people and holds nothing personal."""

    reason: LineReason
    detail: str


def parse_row(tag: str, body: bytes, line: int, start: int, end: int) -> Row | Refusal:
    """The row of `body[start:end]`, what follows the tag word of line `line`; never raises.

    `tag` is in upper case; one that nobody named makes a GenericRow.
    """
    return _PARSERS.get(tag, _generic)(tag, body, line, start, end)


def _operation(tag: str, body: bytes, line: int, start: int, end: int) -> Row | Refusal:
    text, charset = decode_text(body[start:end])
    columns = text.split("\t")
    if len(columns) == 1:
        # The document prints blanks where tabs are meant; only the time tells the columns apart.
        time = _TIME_IN_BLANKS.search(text)
        columns = (
            text.split() if time is None else [*text[: time.start()].split(), time[0], *text[time.end() :].split()]
        )
    code = read_integer(columns[0]) if columns else None
    if code is None:
        return Refusal(LineReason.OPERATION_CODE_UNREADABLE, "the first column, the operation code, is no whole number")
    columns += [""] * (3 - len(columns))
    operands, tail = columns[3 : 3 + _MAX_OPERANDS], columns[3 + _MAX_OPERANDS :]
    raw = body[body.rfind(b"\n", 0, start) + 1 : end]
    return OperationRow(line, code, columns[1].strip(), columns[2].strip(), tuple(operands), tuple(tail), charset, raw)


class _Fields:
    """Takes known fields out of a line's pairs; what is left is extra."""

    __slots__ = ("charset", "fields", "names", "repeated", "unread")

    def __init__(self, pairs: Pairs) -> None:
        self.fields, self.names, self.charset = pairs.fields, pairs.names, pairs.charset
        self.unread: tuple[tuple[str, str], ...] = tuple(("", piece) for piece in pairs.loose)
        self.repeated = pairs.repeated

    def text(self, key: str, alias: str = "") -> str:
        """The value of `key`, else of `alias`; when both were sent, the alias counts as repeated. "" when neither."""
        value = self.fields.pop(key, None)
        if alias and alias in self.fields:
            other = self.fields.pop(alias)
            if value is None:
                value = other
            else:
                self.repeated = (*self.repeated, alias)
        return value or ""

    def integer(self, key: str, alias: str = "") -> int | None:
        text = self.text(key, alias)
        if not text:
            return None
        number = read_integer(text)
        if number is None and text.strip():
            self.unread = (*self.unread, (key, text))
        return number

    def extra(self) -> dict[str, str]:
        names = self.names
        return {names[key]: value for key, value in self.fields.items()}


def _pin(pin: str) -> str | Refusal:
    pin = pin.strip()
    if not pin:
        return Refusal(LineReason.PIN_MISSING, "no PIN")
    if len(pin) > MAX_PIN_BYTES // 4 and len(pin.encode()) > MAX_PIN_BYTES:
        return Refusal(LineReason.PIN_TOO_LONG, f"PIN of {len(pin.encode())} bytes, at most {MAX_PIN_BYTES} are kept")
    return pin


def _user(tag: str, body: bytes, line: int, start: int, end: int) -> Row | Refusal:
    take = _Fields(parse_pairs(body, start, end))
    pin = _pin(take.text("pin"))
    if not isinstance(pin, str):
        return pin
    name, password, card = take.text("name"), take.text("passwd"), take.text("card").strip()
    group, time_zones = take.text("grp"), take.text("tz")
    privilege, verify = take.integer("pri"), take.integer("verify", "verifymode")
    return UserRow(
        line, pin, name, privilege, password, card, group, time_zones, verify,
        take.unread, take.repeated, take.extra(), take.charset,
    )  # fmt: skip


def _template(tag: str, body: bytes, line: int, start: int, end: int) -> Row | Refusal:
    pairs = parse_pairs(body, start, end, _TEMPLATE_KEYS)
    take = _Fields(pairs)
    pin = _pin(take.text("pin"))
    if not isinstance(pin, str):
        return pin
    number, index = take.integer("no", "fid"), take.integer("index")
    valid, duress = take.integer("valid"), take.integer("duress")
    kind, major, minor = take.integer("type"), take.integer("majorver"), take.integer("minorver")
    format_, size = take.integer("format"), take.integer("size")
    template = bytes(_blob(pairs.blobs, take, "tmp", "template"))
    return TemplateRow(
        line, tag, pin, number, index, valid, duress, kind, major, minor, format_, size, template,
        take.unread, take.repeated, take.extra(), take.charset,
    )  # fmt: skip


def _picture(tag: str, body: bytes, line: int, start: int, end: int) -> Row | Refusal:
    pairs = parse_pairs(body, start, end, _PICTURE_KEYS)
    take = _Fields(pairs)
    pin = _pin(take.text("pin"))
    if not isinstance(pin, str):
        return pin
    content = decode_base64(_blob(pairs.blobs, take, "content"))
    if content is None:
        return Refusal(LineReason.CONTENT_UNREADABLE, "Content is no base64")
    filename, kind, number = take.text("filename"), take.integer("type"), take.integer("no")
    index, size = take.integer("index"), take.integer("size")
    return PictureRow(
        line, tag, pin, filename, kind, number, index, size, content,
        take.unread, take.repeated, take.extra(), take.charset,
    )  # fmt: skip


def _blob(blobs: Mapping[str, memoryview], take: _Fields, *keys: str) -> memoryview:
    sent = [key for key in keys if key in blobs]
    take.repeated = (*take.repeated, *sent[1:])
    return blobs[sent[0]] if sent else memoryview(b"")


def _error(tag: str, body: bytes, line: int, start: int, end: int) -> Row | Refusal:
    take = _Fields(parse_pairs(body, start, end))
    if not take.fields:
        return Refusal(LineReason.NOT_A_ROW, "no key=value in it")
    code, message, origin = take.text("errcode"), take.text("errmsg"), take.text("dataorigin")
    command, additional = take.text("cmdid"), take.text("additional")
    return ErrorRow(
        line, code, message, origin, command, additional, take.unread, take.repeated, take.extra(), take.charset
    )


def _generic(tag: str, body: bytes, line: int, start: int, end: int) -> Row | Refusal:
    if body.find(b"=", start, end) < 0:  # told apart cheaply: a hostile body has millions of such lines
        return Refusal(LineReason.NOT_A_ROW, "no key=value in it")
    take = _Fields(parse_pairs(body, start, end))
    if not take.fields:
        return Refusal(LineReason.NOT_A_ROW, "no key=value in it")
    return GenericRow(line, tag, take.extra(), take.unread, take.repeated, take.charset)


_PARSERS: Final[Mapping[str, Callable[[str, bytes, int, int, int], Row | Refusal]]] = {
    "OPLOG": _operation,
    "USER": _user,
    "FP": _template,
    "FACE": _template,
    "FVEIN": _template,
    "BIODATA": _template,
    "USERPIC": _picture,
    "BIOPHOTO": _picture,
    "ERRORLOG": _error,
}
KNOWN_TAGS: Final = frozenset(_PARSERS)
