"""The texts of commands, sealed with the tenant's key for one command of one device. Source: DESIGN 2.7."""

from __future__ import annotations

from runtime.command_view import TOPIC, OpenCommand
from runtime.keyring import KeyRing
from schemas.commands import SEALED_HEADER, TEXT_HEADER
from schemas.headers import Header


def seal_text(keys: KeyRing, tenant: str, serial: str, command_id: str, text: bytes) -> list[Header]:
    """The headers of `requested`. Raises KeyMissing."""
    sealer = keys.sealer(tenant)
    sealed = sealer.seal(text, _context(serial, command_id))
    return [(TEXT_HEADER, bytes(sealed)), (SEALED_HEADER, sealer.key_id.encode())]


def open_text(keys: KeyRing, command: OpenCommand) -> bytes:
    """The text as it goes to the device. Raises KeyMissing, SealBroken."""
    requested = command.state.requested
    return keys.opener(command.key_id).open(command.text, _context(requested.device, requested.command_id))


def _context(serial: str, command_id: str) -> bytes:
    return f"{TOPIC}+{serial}+{command_id}".encode()
