"""`key=value` lines parted by tabs: the grammar of all uploads that name their fields (document 2.4.3; O3, O4, O8).

Keys are compared without regard to case; values keep blanks, commas and `=`.
"""

import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from wire.zkpush.charset import UTF_8, decode_text
from wire.zkpush.errors import Poison

# Where the document prints blanks for tabs, only a key that is known tells where the value before it ends.
_KNOWN_KEYS: Final = (
    b"PIN|Name|Pri|Passwd|Card|Grp|TZ|Verify|VerifyMode|ViceCard|StartDatetime|EndDatetime|FID|No|Index|Size|Valid|"
    b"Duress|Type|MajorVer|MinorVer|Format|TMP|FileName|Content|ErrCode|ErrMsg|DataOrigin|CmdId|Additional|Code|MSG|"
    b"TAG|UID|MIN|StartTime|IDNum|SNNum|DNNum|SN|CMD"
)
_KNOWN_KEY = re.compile(rb"(?<!\S)(?:" + _KNOWN_KEYS + rb") ?=", re.IGNORECASE)
_FOLDED: Final = {key: key.casefold() for key in _KNOWN_KEYS.decode().split("|")}  # a look-up is faster
_UNSENDABLE = re.compile(r"[\t\r\n\0]")
_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
_INTEGERS: Final = {str(number): number for number in range(256)}  # a look-up is faster than int() and as strict
_BLANK: Final = " \t\n\r\x0b\x0c"  # what bytes.strip takes: keys of text and keys of bytes are trimmed alike
_NO_KEYS: Final[frozenset[bytes]] = frozenset()


class FieldUnsendable(Poison, ValueError):
    """A field that no line can carry; the message names its key and the reason, never the value."""


class Pairs(NamedTuple):
    """The fields of one line.

    `fields` is by case-folded key, the first value where a key comes twice; such keys are named in `repeated`. `names`
    has the keys as sent. `blobs` holds the values that were asked for as bytes: views, so that a picture is not copied.
    `loose` are pieces without a key.
    """

    fields: dict[str, str]
    names: dict[str, str]
    blobs: dict[str, memoryview]
    loose: tuple[str, ...]
    repeated: tuple[str, ...]
    charset: str


def parse_pairs(
    body: bytes,
    start: int = 0,
    end: int | None = None,
    blob_keys: frozenset[bytes] = _NO_KEYS,
    separator: bytes = b"\t",
) -> Pairs:
    """The pairs of `body[start:end]`, without tag and line end; never raises.

    Values of `blob_keys` (lower case) stay bytes. A photo's head has line ends for `separator`.
    """
    end = len(body) if end is None else end
    blobs: dict[str, memoryview] = {}
    repeated: list[str] = []
    loose: list[str] = []
    if not blob_keys and body.find(separator, start, end) >= 0:
        raw = body[start:end]
    else:
        pieces: list[bytes] = []
        for piece_start, piece_end in _pieces(body, start, end, separator):
            equals = body.find(b"=", piece_start, piece_end) if blob_keys else -1
            key = body[piece_start:equals].strip().lower() if equals >= 0 else b""
            if key not in blob_keys:
                pieces.append(body[piece_start:piece_end])
            elif key.decode() in blobs:
                repeated.append(key.decode())
            else:
                blobs[key.decode()] = memoryview(body)[equals + 1 : piece_end]
        raw = separator.join(pieces)
    # One charset for the whole line (O8); the separator is one byte, and the same, in each of them.
    text, charset = decode_text(raw)
    fields: dict[str, str] = {}
    names: dict[str, str] = {}
    for piece in text.split(separator.decode()):
        name, equals_sign, value = piece.partition("=")
        folded = _FOLDED.get(name)
        if folded is None:
            name = name.strip(_BLANK)
            folded = name.casefold()
        if not equals_sign or not folded:
            if piece.strip():
                loose.append(piece)
        elif folded in fields:
            repeated.append(folded)
        else:
            fields[folded] = value
            names[folded] = name
    return Pairs(fields, names, blobs, tuple(loose), tuple(repeated), charset)


def serialise_pairs(pairs: Iterable[tuple[str, str | bytes]], charset: str = UTF_8) -> bytes:
    """`key=value` with tabs between, no line end; values that are bytes go as they are, a blank key writes no `=`.

    Raises FieldUnsendable when a value holds a tab, a line end or NUL, or the charset cannot write it.
    """
    pieces: list[bytes] = []
    for key, value in pairs:
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        if _UNSENDABLE.search(text) or _UNSENDABLE.search(key) or "=" in key:
            raise FieldUnsendable(f"field {key!r} holds a tab, line end or NUL; a line cannot carry these")
        try:
            raw = value if isinstance(value, bytes) else value.encode(charset)
            pieces.append(key.encode(charset) + b"=" + raw if key else raw)
        except UnicodeEncodeError:
            raise FieldUnsendable(f"field {key!r} has characters that {charset} cannot write") from None
    return b"\t".join(pieces)


def read_integer(text: str) -> int | None:
    """A whole number of at most nine digits, None for anything else."""
    number = _INTEGERS.get(text)
    if number is None:
        text = text.strip()
        number = int(text) if _INTEGER.fullmatch(text) else None
    return number


def decode_base64(data: bytes | memoryview) -> bytes | None:
    """The bytes, None when `data` is no base64; padding may be missing."""
    try:
        return binascii.a2b_base64(data, strict_mode=True)
    except binascii.Error:
        missing = -len(data) % 4
    if not missing or bytes(data[-1:]) == b"=":
        return None
    try:
        return binascii.a2b_base64(bytes(data) + b"=" * missing, strict_mode=True)
    except binascii.Error:
        return None


def _pieces(body: bytes, start: int, end: int, separator: bytes) -> Iterator[tuple[int, int]]:
    tab = body.find(separator, start, end)
    if tab < 0:
        starts = [match.start() for match in _KNOWN_KEY.finditer(body, start, end)]
        if not starts or body[start : starts[0]].strip():
            starts.insert(0, start)
        for piece, following in zip(starts, [*starts[1:], end], strict=True):
            # Blanks before the next key part the fields; those at the end of the line belong to the value.
            yield piece, following if following == end else piece + len(body[piece:following].rstrip(b" "))
        return
    while tab >= 0:
        yield start, tab
        start = tab + 1
        tab = body.find(separator, start, end)
    yield start, end
