"""ATTPHOTO bodies: the picture that a device took of somebody at its door (document 2.4.4; O11 to O15).

Text lines, one NUL, then the file. Legacy routes put the lines into the query; newer firmware may send base64.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from wire.zkpush.attlog import MAX_PIN_BYTES
from wire.zkpush.charset import UTF_8
from wire.zkpush.packed import packed_body
from wire.zkpush.pairs import decode_base64, parse_pairs, read_integer
from wire.zkpush.rows import LineError, LineReason

_HEAD_LINE = re.compile(rb"\s*[A-Za-z][A-Za-z0-9_]{0,31} ?=")
_NAME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:-(.*))?", re.ASCII | re.DOTALL)
_TYPED = re.compile(r"([0-9])-([^-]*)-([^-]*)", re.ASCII)  # what follows the time in time-type-user-idnum
_SUFFIX = re.compile(r"\.(?:jpe?g|png|bmp)$", re.IGNORECASE)
_BASE64_PICTURES: Final = (b"/9j/", b"iVBORw0KGgo")  # how a JPEG and a PNG begin in base64
_BASE64_KEYS: Final = frozenset((b"content", b"attphotobase64"))
_COMMANDS: Final = {"realupload": True, "uploadphoto": False}
_PASSED_TYPES: Final = frozenset((0, 3))  # attendance passed; person matches the identity card


class PhotoRow(NamedTuple):
    """One picture. `name` is the PIN field as sent, of which the following are read.

    `time_text` is device-local `YYYY-MM-DD HH:MM:SS` as in ATTLOG (not judged), "" when the name has no time. `pin` is
    "" and `passed` False when the check failed; `photo_type` only in names of the form time-type-user-idnum (words.py),
    whose `id_number` is personal. `real_time` is None when CMD says neither. `content` is a view on the body (its bytes
    are not copied), or on the decoded bytes when it came as base64; `size_mismatch` flags and refuses nothing.
    """

    name: str
    time_text: str
    pin: str
    photo_type: int | None
    id_number: str
    passed: bool
    real_time: bool | None
    serial: str
    said_size: int | None
    size_mismatch: bool
    content: memoryview
    was_base64: bool
    extra: dict[str, str]
    charset: str

    def __repr__(self) -> str:
        return f"PhotoRow(size={len(self.content)})"


def parse_photo(body: bytes, params: Mapping[str, str]) -> PhotoRow | LineError:
    """The picture of an ATTPHOTO body (cdata or fdata), or why there is none; never raises.

    `params` are those of the target: PIN, size and CMD may stand there instead (O13); the body's come first.
    """
    packed = packed_body(body, params)
    if packed is not None:
        return packed
    fields, names, encoded, content, charset = _cut(body)
    said = {key: fields.pop(key, "").strip() or params.get(key, "").strip() for key in ("pin", "sn", "size", "cmd")}
    if not said["pin"]:
        return LineError(0, LineReason.PIN_MISSING, body, "photo without a PIN field in body or query")
    size = read_integer(said["size"])
    sizes = {len(content)}
    was_base64 = encoded or bytes(content[:11]).startswith(_BASE64_PICTURES)
    if was_base64:
        decoded = decode_base64(content)
        if decoded is None:  # perhaps only its line ends are in the way
            decoded = decode_base64(bytes(content).translate(None, b" \t\r\n\0"))
        if decoded is not None:
            content = memoryview(decoded)
            sizes.add(len(content))
        elif encoded:
            return LineError(0, LineReason.CONTENT_UNREADABLE, body, "the picture's text is no base64")
        else:
            was_base64 = False
    if not content:
        return LineError(0, LineReason.PICTURE_MISSING, body, "photo without a picture after the NUL")
    name = said["pin"]
    time_text, pin, photo_type, id_number = _read_name(name)
    if len(pin.encode()) > MAX_PIN_BYTES:
        return LineError(0, LineReason.PIN_TOO_LONG, body, f"PIN of {len(pin.encode())} bytes in the photo's name")
    return PhotoRow(
        name=name,
        time_text=time_text,
        pin=pin,
        photo_type=photo_type,
        id_number=id_number,
        passed=bool(pin) and (photo_type is None or photo_type in _PASSED_TYPES),
        real_time=_COMMANDS.get(said["cmd"].lower()),
        serial=said["sn"],
        said_size=size,
        size_mismatch=size is not None and size not in sizes,
        content=content,
        was_base64=was_base64,
        extra={names[key]: value.strip() for key, value in fields.items()},
        charset=charset,
    )


def _cut(body: bytes) -> tuple[dict[str, str], dict[str, str], bool, memoryview, str]:
    """Head fields, their names as sent, whether the picture is base64 inside the head, the picture, the charset."""
    view = memoryview(body)
    if not _HEAD_LINE.match(body):
        return {}, {}, False, view, UTF_8
    # The first NUL only: the picture may hold NULs and line ends itself (O11).
    nul = body.find(b"\0")
    head_end = nul if nul >= 0 else len(body)
    # Head lines are pairs parted by line ends; a picture inside the head stays bytes, and is not copied with it.
    pairs = parse_pairs(body, 0, head_end, _BASE64_KEYS, separator=b"\n")
    for blob in pairs.blobs.values():
        return pairs.fields, pairs.names, True, blob, pairs.charset
    return pairs.fields, pairs.names, False, view[head_end + 1 :], pairs.charset


def _read_name(name: str) -> tuple[str, str, int | None, str]:
    """Time text, PIN, photo type and identity number of `YYYYMMDDHHMMSS[-user][.jpg]` or `time-type-user-idnum.jpg`."""
    found = _NAME.fullmatch(_SUFFIX.sub("", name))
    if not found:
        return "", "", None, ""
    year, month, day, hour, minute, second, user = found.groups()
    time_text = f"{year}-{month}-{day} {hour}:{minute}:{second}"
    typed = _TYPED.fullmatch(user or "")
    if typed:
        return time_text, typed[2].strip(), int(typed[1]), typed[3].strip()
    return time_text, (user or "").strip(), None, ""
