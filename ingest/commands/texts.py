"""The lines of commands, sealed with the tenant's key for one command of one device. Source: DESIGN 2.7."""

from __future__ import annotations

import logging

from ingest.throttle import Throttle
from runtime.command_view import TOPIC, OpenCommand
from runtime.errors import KeyMissing
from runtime.keyring import KeyRing
from runtime.sealing import SealBroken
from schemas.commands import SEALED_HEADER, TEXT_HEADER
from schemas.headers import Header

logger = logging.getLogger(__name__)
_quiet = Throttle()


def seal_text(keys: KeyRing, tenant: str, serial: str, command_id: str, text: bytes) -> list[Header]:
    """The headers of `requested`. Raises KeyMissing."""
    sealer = keys.sealer(tenant)
    sealed = sealer.seal(text, _context(serial, command_id))
    return [(TEXT_HEADER, bytes(sealed)), (SEALED_HEADER, sealer.key_id.encode())]


def open_text(keys: KeyRing, command: OpenCommand) -> bytes:
    """The line as it goes to the device. Raises KeyMissing, SealBroken."""
    requested = command.state.requested
    return keys.opener(command.key_id).open(command.text, _context(requested.device, requested.command_id))


def line_of(keys: KeyRing, command: OpenCommand) -> str:
    """The line to be looked into, empty where it cannot be opened."""
    try:
        return open_text(keys, command).decode("utf-8", "replace")
    except (KeyMissing, SealBroken) as error:
        if (kept_back := _quiet.allow(type(error).__name__)) is not None:
            logger.error("a command cannot be read back: %s; %d more like it since the last line", error, kept_back)
        return ""


def _context(serial: str, command_id: str) -> bytes:
    return f"{TOPIC}+{serial}+{command_id}".encode()
