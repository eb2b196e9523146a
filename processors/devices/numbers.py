"""Numbers as devices write them."""

from __future__ import annotations

import re

_COUNT = re.compile(r"\s*\+?\d{1,9}\s*", re.ASCII)


def count_of(text: str | None) -> int | None:
    """A count; None for what is no number and for the negative ones that mean "not supported"."""
    return int(text) if text is not None and _COUNT.fullmatch(text) else None
