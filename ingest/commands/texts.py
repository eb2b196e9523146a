"""The lines of commands as devices got them, to be looked into."""

from __future__ import annotations

import logging

from ingest.throttle import Throttle
from runtime.command_texts import open_text
from runtime.command_view import OpenCommand
from runtime.errors import KeyMissing
from runtime.keyring import KeyRing
from runtime.sealing import SealBroken

logger = logging.getLogger(__name__)
_quiet = Throttle()


def line_of(keys: KeyRing, command: OpenCommand) -> str:
    """The line to be looked into, empty where it cannot be opened."""
    try:
        return open_text(keys, command).decode("utf-8", "replace")
    except (KeyMissing, SealBroken) as error:
        if (kept_back := _quiet.allow(type(error).__name__)) is not None:
            logger.error("a command cannot be read back: %s; %d more like it since the last line", error, kept_back)
        return ""
