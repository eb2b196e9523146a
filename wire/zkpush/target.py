"""Request targets of terminals: endpoint, parameters, serial, table (spec/zk-push.md 2.1, L9)."""

import re
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from wire.zkpush.charset import decode_text

# Letters, digits, "-" and "_": every serial seen is made of these. Nothing that means something in a path, a query,
# a header or a log line may pass, nor ":", which marks the sources that are no terminals (biotime:..., akuvox:...).
# 32 leaves room over the longest serial seen (20) and bounds keys. Case is folded: lookup must be case-tolerant.
SERIAL: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")

_PREFIX: Final = "/iclock/"
_PRINTABLE: Final = "".join(map(chr, range(0x21, 0x7F)))
_SLASHES = re.compile(r"//+")
_MAY_BE_SECRET = re.compile(r"key|pass|pwd|card|%")
_STAMP_TABLES: Final = (("stamp", "ATTLOG"), ("opstamp", "OPERLOG"), ("photostamp", "ATTPHOTO"))
# Communication keys under all their names (H14), and what a lookup asks with in somebody's name.
_KEY_PARAMETERS: Final = ("comkey", "pushcommkey", "pushcomkey", "key")
_SECRET_KEYS: Final = frozenset(
    ("comkey", "pushcommkey", "pushcomkey", "key", "password", "passwd", "pwd", "card", "cardno")
)


class Target(NamedTuple):
    """`name` is the endpoint in lower case ("cdata", "getrequest", "service/control", ...), "" outside /iclock/.

    `raw_query` is the query as received (secrets included: `redact_query`); `params` has keys in lower case, values
    form-decoded and trimmed, the first value where a key comes twice.
    """

    name: str
    raw_query: str
    params: dict[str, str]


def parse_target(raw: str) -> Target:
    """The parts of a request target, be it written in any case, with //, a trailing /, .aspx, %xx or as a whole URL.

    Never raises. `raw` is the target as the HTTP parser gives it (aiohttp: `request.raw_path`).
    """
    if not raw.isascii():
        raw = quote(raw.encode("utf-8", "surrogatepass"), safe=_PRINTABLE)
    path, _, query = raw.partition("?")
    return Target(_endpoint(path), query, _params(query))


def serial_of(params: dict[str, str]) -> str | None:
    """The terminal's serial in upper case, None when it is missing or not a `SERIAL`."""
    serial = params.get("sn")
    return serial.upper() if serial and SERIAL.fullmatch(serial) else None


def table_of(params: dict[str, str]) -> str | None:
    """The table that an upload is for, in upper case; old agents name none and give its stamp instead (L9)."""
    table = params.get("table")
    if table:
        return table.upper()
    for stamp, stamped in _STAMP_TABLES:
        if stamp in params:
            return stamped
    return None


def key_of(params: dict[str, str]) -> str:
    """The communication key that a request presents under whatever name (H14), empty without one. A secret."""
    return next((value for name in _KEY_PARAMETERS if (value := params.get(name))), "")


def redact_query(raw_query: str) -> tuple[str, bool]:
    """The query without the values of communication keys, passwords and card numbers; whether there were any."""
    lower = raw_query.lower()
    if not _MAY_BE_SECRET.search(lower):
        return raw_query, False
    redacted = False
    parts = raw_query.split("&")
    for index, part in enumerate(parts):
        key, _, value = part.partition("=")
        if value and _decode(key).strip().lower() in _SECRET_KEYS:
            parts[index] = f"{key}="
            redacted = True
    return ("&".join(parts), True) if redacted else (raw_query, False)


def _endpoint(path: str) -> str:
    if "%" in path:
        path = decode_text(unquote_to_bytes(path))[0]
    path = path.strip().lower()
    if path.startswith(("http://", "https://")):
        path = "/" + path.partition("://")[2].partition("/")[2]
    if "//" in path:
        path = _SLASHES.sub("/", path)
    if not path.startswith(_PREFIX):
        return ""
    return path[len(_PREFIX) :].rstrip("/").removesuffix(".aspx")


def _params(query: str) -> dict[str, str]:
    params: dict[str, str] = {}
    coded = "%" in query or "+" in query
    for part in query.split("&"):
        key, _, value = part.partition("=")
        if coded:
            key, value = _decode(key), _decode(value)
        key = key.strip().lower()
        if key and key not in params:
            params[key] = value.strip()
    return params


def _decode(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return decode_text(unquote_to_bytes(text))[0] if "%" in text else text
