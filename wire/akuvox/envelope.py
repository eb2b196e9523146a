"""What is asked and what comes back: `{target, action, data}` and `{retcode, action, message, data}`.

Source: the document, "HTTP API Reply"; spec/connectors.md A5, A09.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from wire.akuvox.errors import AnswerUnreadable

Json = dict[str, Any]

BAD_PARAMETER: Final = -100
MAX_MESSAGE: Final = 120
_UNSUPPORTED = re.compile(r"unsup+ort|not\s+support|no\s+han\w{2,4}ers", re.IGNORECASE)  # they write "hanlders"
_CODE_LIKE = re.compile(r"\b(?=\w*\d)\w{4,}\b")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_NUMBER: Final = 18  # digits: what is longer does not fit 64 bits everywhere and is kept as text


class Verdict(Enum):
    OK = auto()
    NOT_SUPPORTED = auto()  # this model or firmware does not have the call
    REFUSED = auto()  # a parameter is wrong, or the web session is over
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """retcode: below 0 an error, 0 and above success. action is unreliable. replaced: some bytes were no UTF-8 and are
    U+FFFD now; trailing: characters after the JSON. data may hold secrets, so it is not shown."""

    retcode: int
    action: str
    message: str = field(repr=False)
    data: Any = field(repr=False)
    replaced: bool = False
    trailing: int = 0


def request_body(target: str, action: str, data: Mapping[str, Any] | None = None) -> bytes:
    """The envelope of a POST. A bare body is answered with "unsupport action" by some stations."""
    envelope: Json = {"target": target, "action": action}
    if data is not None:
        envelope["data"] = dict(data)
    return json.dumps(envelope).encode()


def parse_answer(body: bytes) -> Answer:
    """The first JSON value of an answer; what follows it is tolerated.

    Raises AnswerUnreadable: empty, HTML, broken JSON, no object, no retcode.
    """
    text = body.decode("utf-8-sig", errors="replace").lstrip()
    if not text:
        raise AnswerUnreadable("the answer is empty")
    try:
        value, end = _DECODER.raw_decode(text)
        clean, mended = _without_surrogates(value) if "\\u" in text else (value, False)
    except (ValueError, RecursionError):
        what = "a web page" if text.startswith("<") else "no JSON"
        raise AnswerUnreadable(f"the answer of {len(body)} bytes is {what}") from None
    if not isinstance(clean, dict):
        raise AnswerUnreadable(f"the answer is a JSON {type(clean).__name__}, an object was expected")
    retcode = whole_number(clean.get("retcode"))
    if retcode is None:
        raise AnswerUnreadable("the answer has no retcode that is a number")
    return Answer(
        retcode=retcode,
        action=str(clean.get("action", "")),
        message=str(clean.get("message", "")),
        data=clean.get("data"),
        replaced=mended or ("\ufffd" in text[:end] and not _is_utf8(body)),
        trailing=len(text[end:].strip()),
    )


def verdict(answer: Answer) -> Verdict:
    """What a retcode and its message mean (A09)."""
    if answer.retcode >= 0:
        return Verdict.OK
    if _UNSUPPORTED.search(answer.message):
        return Verdict.NOT_SUPPORTED
    return Verdict.REFUSED if answer.retcode == BAD_PARAMETER else Verdict.FAILED


def safe_message(message: str) -> str:
    """A station's message, fit for errors and logs: short, printable, anything like a code masked."""
    return _CODE_LIKE.sub("***", _UNPRINTABLE.sub(" ", message)).strip()[:MAX_MESSAGE]


def whole_number(value: object) -> int | None:
    """An integer, also when sent as text; None for anything else. True is no number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,18}\s*", value, re.ASCII):
        return int(value)
    return None


def _number(text: str) -> int | str:
    return int(text) if len(text) <= _LONGEST_NUMBER else text


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


_DECODER: Final = json.JSONDecoder(parse_int=_number, parse_constant=_no_constant)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _without_surrogates(value: Any) -> tuple[Any, bool]:
    r"""Half a surrogate pair (`\ud800` alone) is valid JSON and can be written nowhere."""
    if isinstance(value, str):
        return _SURROGATE.subn("\ufffd", value)[0], bool(_SURROGATE.search(value))
    if isinstance(value, list):
        pieces = [_without_surrogates(piece) for piece in value]
        return [piece for piece, _ in pieces], any(mended for _, mended in pieces)
    if isinstance(value, dict):
        names, mended_name = _without_surrogates(list(value))
        values, mended_value = _without_surrogates(list(value.values()))
        return dict(zip(names, values, strict=True)), mended_name or mended_value
    return value, False
