"""Facts of the registry that are more than a word, as the text of a cell: lists, maps, handshake options. Pure.

In CSV a list is `a;b`, a map `16=1;17=2`, and each handshake option has a column `options.<name>`. YAML may write lists
and mappings as such; they become the same text. A lone `;` is the empty list, since nothing means "not said".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final, get_args

from ingest.control.errors import RequestInvalid
from ingest.control.selection import check_options
from schemas.registry import (
    Admission,
    DeviceCharset,
    DevicePeriod,
    Direction,
    HandshakeOptions,
    Link,
    SitePeriod,
    TimeZoneForm,
)
from wire.zkpush.target import SERIAL

PREFIX: Final = "options."
OPTIONS: Final = tuple(field.name for field in fields(HandshakeOptions))
OPTION_KEYS: Final = tuple(PREFIX + name for name in OPTIONS)
LISTS: Final = frozenset(
    ("tags", "key_digests", "devices", *(PREFIX + name for name in ("trans_times", "trans_words")))
)
MAPS: Final = frozenset(("verify_map", "state_map"))
# Beside those that every row has; in the order in which an export writes them.
DEVICE_FACTS: Final = (
    *("admission", "tags", "link", "charset", "transaction_capacity", "replaces", "key_digests"),
    *("verify_map", "state_map", "direction"),
)
EMPTY: Final = ";"

_WORD = re.compile(r"[A-Za-z0-9._-]{1,64}")
_DIGEST = re.compile(r"[A-Za-z0-9._-]{1,80}:[0-9a-f]{64}")
_CODE = re.compile(r"[0-9]{1,9}")
_CHOICES: Final = {
    "admission": Admission, "link": Link, "charset": DeviceCharset, "time_zone_form": TimeZoneForm,
    "direction": Direction,
}  # fmt: skip
_TRUTH: Final = {"true": True, "false": False}
_MOST: Final = 2**31 - 1


def parse_fact(name: str, text: str) -> Any:
    """The value of one of DEVICE_FACTS. Raises ValueError, to stand behind the name."""
    if name in _CHOICES:
        return _choice(name, text)
    if name == "transaction_capacity":
        return _integer(text, 1)
    if name == "replaces":
        if not SERIAL.fullmatch(text):
            raise ValueError(f"{text[:80]!r} is no serial")
        return text.upper()
    if name in MAPS:
        return _map(text)
    pattern, what = (_WORD, "tags of letters, digits, '.', '_', '-'") if name == "tags" else (_DIGEST, "digests")
    found = _list(text)
    if not all(pattern.fullmatch(one) for one in found):
        raise ValueError(f"{text[:80]!r} is no list of {what}, parted by ';'")
    return found


def parse_options(texts: Mapping[str, str]) -> HandshakeOptions:
    """From the texts under OPTION_KEYS; others are passed over. Raises ValueError naming the option."""
    given: dict[str, Any] = {}
    for name in OPTIONS:
        text = texts.get(PREFIX + name)
        if text is None:
            continue
        try:
            given[name] = _option(name, text)
        except ValueError as error:
            raise ValueError(f"{PREFIX}{name} {error}") from None
    options = HandshakeOptions(**given)
    try:
        check_options(options)
    except RequestInvalid as error:
        raise ValueError(str(error)) from None
    return options


def facts_of(period: SitePeriod | DevicePeriod) -> dict[str, Any]:
    """What differs from its default, as a YAML file has it."""
    plain = type(period)()
    names = DEVICE_FACTS if isinstance(period, DevicePeriod) else ()
    found = {name: _plain(getattr(period, name)) for name in names if getattr(period, name) != getattr(plain, name)}
    options = {name: _plain(value) for name in OPTIONS if (value := getattr(period.options, name)) is not None}
    return {**found, "options": options} if options else found


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _option(name: str, text: str) -> Any:
    if name in _CHOICES:
        return _choice(name, text)
    if PREFIX + name in LISTS:
        return _list(text)
    if name == "realtime":
        if text.lower() not in _TRUTH:
            raise ValueError(f"{text[:80]!r} is neither true nor false")
        return _TRUTH[text.lower()]
    return _integer(text, 0)


def _choice(name: str, text: str) -> str:
    allowed = [choice for choice in get_args(_CHOICES[name]) if choice]  # nothing is said by leaving it out
    if text not in allowed:
        raise ValueError(f"{text[:80]!r} is none of {', '.join(allowed)}")
    return text


def _integer(text: str, low: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 11 and low <= int(text) <= _MOST):
        raise ValueError(f"{text[:80]!r} is no whole number from {low} to {_MOST}")
    return int(text)


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _map(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for pair in _list(text):
        code, equals, meant = (part.strip() for part in pair.partition("="))
        if not (equals and _CODE.fullmatch(code) and _CODE.fullmatch(meant)):
            raise ValueError(f"{pair[:80]!r} is no code and what it means, such as 16=1")
        if code in found:
            raise ValueError(f"names the code {code} twice")
        found[code] = int(meant)
    return found
