"""What surrounds the rows of an answer: `data`, `results` or a bare array, code, count, next. Source: spec A1."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from wire.biotime.errors import AnswerFault, Fault
from wire.biotime.values import Json, int_of, text_of

_SAID_LIMIT: Final = 120  # characters of a server's own words that go into a message
_FIELD_LIMIT: Final = 10
_MAYBE_LONE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_FAULT_OF: Final = {
    400: Fault.REFUSED,
    401: Fault.UNAUTHORISED,
    403: Fault.FORBIDDEN,
    404: Fault.MISSING,
    405: Fault.MISSING,
    429: Fault.BUSY,
}


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as polled. `count`: all rows of the list as the server says, now; `next_query`: the query of its `next`,
    never its host, which is the server's own idea of itself; `past_end`: a 404 after the last page, no rows."""

    rows: tuple[Json, ...]
    count: int | None = None
    next_query: dict[str, str] | None = None
    past_end: bool = False


def parse_page(status: int, content_type: str, body: bytes) -> Page:
    """One page of a list. Raises AnswerFault.

    A 404 in JSON is the end of the list: a caller that asked for the first page knows better (the route is missing). A
    404 in HTML is not: it may come from what stands before a server that restarts.
    """
    try:
        found = _decoded(status, content_type, body)
    except AnswerFault as error:
        if error.fault is Fault.ABSENT:
            return Page((), past_end=True)
        raise
    if isinstance(found, list):
        return Page(_rows(found))  # its length is the page's: how many there are is not said
    return Page(_rows(_list_of(found)), _count(found.get("count")), _next_query(found.get("next")))


def parse_object(status: int, content_type: str, body: bytes) -> Json:
    """An answer that is one object. Raises AnswerFault."""
    found = _decoded(status, content_type, body)
    if isinstance(found, list):
        raise AnswerFault(Fault.PAGE, f"HTTP {status}: an array where one object was expected")
    return found


def parse_done(status: int, content_type: str, body: bytes) -> Json:
    """The answer to a write. Raises AnswerFault.

    No document has the body of a delete or a device command: {} for anything that is neither an object nor HTML.
    """
    try:
        found = _decoded(status, content_type, body)
    except AnswerFault as error:
        if error.fault is Fault.PAGE and not _is_html(content_type, body):
            return {}
        raise
    return found if isinstance(found, dict) else {}


def _decoded(status: int, content_type: str, body: bytes) -> Json | list[Any]:
    """The JSON of an answer that succeeded, by HTTP and by its own words."""
    found = _json_or_none(body)
    if not 200 <= status < 300:
        fault = _FAULT_OF.get(status, Fault.REFUSED if 400 <= status < 500 else Fault.ERROR)
        if status == 404 and found is not None:
            fault = Fault.ABSENT
        raise AnswerFault(fault, f"HTTP {status}{_said(found)}")
    if found is None:
        what = "HTML" if _is_html(content_type, body) else "no JSON"
        raise AnswerFault(Fault.PAGE, f"HTTP {status} with {what} ({len(body)} bytes)")
    if isinstance(found, dict):
        _check_code(status, found)
    return found


def _check_code(status: int, found: Json) -> None:
    """Raises AnswerFault where HTTP says 200 and the JSON does not: `code` other than 0, `status_code` not 2xx."""
    code = found.get("code")
    # An object of the server may have a field `code` of its own; the envelope's comes with `msg` or rows.
    if code not in (None, "", 0, "0") and ("msg" in found or "data" in found or "results" in found):
        raise AnswerFault(Fault.ERROR, f"HTTP {status} with code {_short(text_of(code))}{_said(found)}")
    mobile = found.get("status_code")
    if mobile is not None:
        number = int_of(mobile)
        if number is None or not 200 <= number < 300:
            fault = _FAULT_OF.get(number or 0, Fault.ERROR)
            raise AnswerFault(fault, f"HTTP {status} with status_code {_short(text_of(mobile))}{_said(found)}")


def _list_of(found: Json) -> list[Any]:
    """`data`, else `results`; where an answer has both, the one with rows (the documents' empty sample has both)."""
    lists = [found[name] for name in ("data", "results") if isinstance(found.get(name), list)]
    if not lists:
        raise AnswerFault(Fault.PAGE, "JSON without a list: neither data nor results nor a bare array")
    return next((rows for rows in lists if rows), lists[0])


def _rows(found: list[Any]) -> tuple[Json, ...]:
    for number, row in enumerate(found, 1):
        if not isinstance(row, dict):
            raise AnswerFault(Fault.PAGE, f"row {number} of the page is {type(row).__name__}, not a JSON object")
    return tuple(found)


def _count(value: object) -> int | None:
    found = None if isinstance(value, bool) else int_of(value)
    return found if found is not None and found >= 0 else None


def _next_query(value: object) -> dict[str, str] | None:
    """None when there is no next page. An empty dictionary: there is one, and it is not said where."""
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        query = urlsplit(value.strip()).query
        return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=50))
    except ValueError:
        raise AnswerFault(Fault.PAGE, "`next` is not a URL") from None


def _is_html(content_type: str, body: bytes) -> bool:
    return "html" in content_type.lower() or body.lstrip()[:1] == b"<"


def _json_or_none(body: bytes) -> Json | list[Any] | None:
    try:
        found = json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant, parse_int=_int_or_text)
        if _MAYBE_LONE.search(body):
            found = _whole_characters(found)
    except (ValueError, RecursionError):  # bad UTF-8 and numbers of thousands of digits are ValueErrors as well
        return None
    return found if isinstance(found, (dict, list)) else None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _int_or_text(digits: str) -> int | str:
    """What no 64-bit reader takes stays as the text that it was: the row could not be written again otherwise."""
    if len(digits) > 20:
        return digits
    number = int(digits)
    return number if -(1 << 63) <= number < 1 << 63 else digits


def _whole_characters(value: Any) -> Any:
    """Halves of surrogate pairs become U+FFFD: they are no character, and UTF-8 cannot carry them."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole_characters(item) for item in value]
    if isinstance(value, dict):
        return {_whole_characters(name): _whole_characters(item) for name, item in value.items()}
    return value


def _said(found: Json | list[Any] | None) -> str:
    """Which fields a refusal names, and its `detail` or `msg`. Never a field's own text: it may repeat the value."""
    if not isinstance(found, dict) or not found:
        return ""
    words = next((text_of(found[name]) for name in ("detail", "msg") if text_of(found.get(name))), "")
    names = [name for name, value in found.items() if isinstance(value, list) and name not in ("data", "results")]
    parts = [_short(words)] if words else []
    if names:
        parts.append("fields " + ", ".join(_short(name) for name in names[:_FIELD_LIMIT]))
    return ": " + "; ".join(parts) if parts else ""


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _SAID_LIMIT else plain[:_SAID_LIMIT] + "..."
