"""What of a device's fields may be published: unknown ones are kept, secrets and templates are not. Source: DESIGN 2.7.

What is left out is named in `withheld`; its value stays in the sealed raw record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from wire.zkpush.charset import UTF_8
from wire.zkpush.options import is_secret_option
from wire.zkpush.rows import is_secret_field

_MAX_CHARACTERS: Final = 1024
_MAX_FIELDS: Final = 100
_NAME = re.compile(r"[\w~ .\-]{1,64}")
# Fields that no document names may be called anything: rather one too many than a secret.
_SECRET_NAME = re.compile(
    r"pass|pwd|card|tmp|templ|photo|picture|content|secret|idnum|snnum|dnnum|address|birthday|phone", re.IGNORECASE
)
# What templates and pictures look like, whatever their field is called.
_ENCODED = re.compile(r"[A-Za-z0-9+/=_\-]{64,}")
_SECRET_IN_TEXT = re.compile(r"(?:passw|pwd|card|key|tmp|template)\w*\s*[=:]", re.IGNORECASE)


def published(fields: Mapping[str, str]) -> dict[str, str]:
    """`fields` without those that may be secret or are too big, their names in `withheld`."""
    extra: dict[str, str] = {}
    withheld = []
    for name, value in fields.items():
        if len(extra) >= _MAX_FIELDS or not _NAME.fullmatch(name):
            withheld.append("*")
        elif value and (is_secret_name(name) or not is_publishable(value)):
            withheld.append(name)
        else:
            extra[name] = value
    return with_notes(extra, withheld=withheld)


def with_notes(
    extra: dict[str, str],
    *,
    withheld: Iterable[str] = (),
    unread: Iterable[tuple[str, str]] = (),
    repeated: Iterable[str] = (),
    charset: str = UTF_8,
) -> dict[str, str]:
    """`extra` with notes on the row: fields whose value is left out, was no number, came twice; its charset.

    The texts that were no numbers, and pieces without a name, may be anything, so they are named and not shown.
    """
    hidden = {*withheld, *(name or "*" for name, _ in unread), *filter(None, extra.get("withheld", "").split(","))}
    if hidden:
        extra["withheld"] = ",".join(sorted(hidden))
    names = sorted({name for name in repeated if _NAME.fullmatch(name)})
    if names:
        extra["repeated"] = ",".join(names)
    if charset != UTF_8:
        extra["charset"] = charset
    return extra


def is_secret_name(name: str) -> bool:
    return is_secret_field(name) or is_secret_option(name) or _SECRET_NAME.search(name) is not None


def is_publishable(text: str) -> bool:
    """Not so long, and nothing in it that looks like a template, a picture or a password."""
    return len(text) <= _MAX_CHARACTERS and _ENCODED.search(text) is None and _SECRET_IN_TEXT.search(text) is None
