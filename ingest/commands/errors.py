"""What asking for a command can end with; the edge's answers to devices have ingest/errors.py."""

from __future__ import annotations


class CommandFault(Exception):
    """Root of this package's errors."""


class Poison(CommandFault):
    """Asking again in the same way gives the same."""


class Retriable(CommandFault):
    """The same call may work later."""


class CommandRefused(Poison):
    """Nothing was requested or changed; the message says why and what to do, and holds no secret."""


class CommandNotStored(Retriable):
    """Kafka did not take it, or its own view does not follow: look whether it is there before asking again."""
