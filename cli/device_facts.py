"""`NAME=VALUE` of `devices set` as facts of the registry, in the words of its files. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cli.errors import WordWrong
from cli.registry_fields import OPTION_KEYS, PREFIX, parse_fact, parse_options
from schemas.registry import DevicePeriod, HandshakeOptions

_WORDS: Final = ("site", "zone", "clock", "ack_profile")
_FACTS: Final = ("tags", "link", "charset", "transaction_capacity", "verify_map", "state_map", "direction")


def facts_from(words: Sequence[str], period: DevicePeriod | None) -> dict[str, Any]:
    """Fields of DevicePeriod; options are those that `period` has with the named ones changed. Raises WordWrong."""
    facts: dict[str, Any] = {}
    options: dict[str, str] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not text:
            raise WordWrong(f"{word[:80]!r} is not NAME=VALUE")
        try:
            if name in OPTION_KEYS:
                options[name] = text
            elif name in _FACTS:
                facts[name] = parse_fact(name, text)
            elif name in _WORDS:
                facts[name] = text
            else:
                raise ValueError(f"is none of {', '.join((*_WORDS, *_FACTS, *OPTION_KEYS))}")
        except ValueError as error:
            raise WordWrong(f"{name[:80]} {error}") from None
    if facts.get("ack_profile", "count") not in ("count", "plain"):
        raise WordWrong(f"ack_profile {facts['ack_profile'][:80]!r} is none of count, plain")
    if options:
        facts["options"] = _changed(period.options if period else HandshakeOptions(), options)
    return facts


def _changed(options: HandshakeOptions, texts: dict[str, str]) -> HandshakeOptions:
    from dataclasses import replace

    try:
        new = parse_options(texts)
    except ValueError as error:
        raise WordWrong(str(error)) from None
    return replace(options, **{key.removeprefix(PREFIX): getattr(new, key.removeprefix(PREFIX)) for key in texts})
