"""Errors of the stream of cards."""

from __future__ import annotations

from processors.errors import Fatal


class CardStateUnreadable(Fatal):
    """A stored value that this version cannot read: skipping it would lose somebody's hours."""


class NotRestored(Fatal):
    """The archive does not have days that state says are there: going on without them would lose somebody's hours."""
