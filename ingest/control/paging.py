"""Lists in pages: a cursor is the key of the last entry of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import BaseModel

from ingest.control.models import Page
from ingest.control.requests import PageQuery

Entry = TypeVar("Entry", bound=BaseModel)


def page(found: Sequence[Entry], query: PageQuery, key: Callable[[Entry], str]) -> Page[Entry]:
    """Entries are in order of their keys."""
    rest = [entry for entry in found if key(entry) > query.cursor]
    items = rest[: query.limit]
    return Page[Entry](items=items, next=key(items[-1]) if len(rest) > len(items) else "")
