"""Which commands may go with a poll: those that are free and whose turn it is, in order, as many as a device takes."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from ingest.commands.metrics import UNOFFERED, Unoffered
from ingest.throttle import Throttle
from runtime.command_texts import open_text
from runtime.command_view import CommandView, OpenCommand
from runtime.errors import KeyMissing
from runtime.keyring import KeyRing
from runtime.sealing import SealBroken
from wire.zkpush.commands import CATALOGUE, MAX_COUNT, pack
from wire.zkpush.commands.levers import is_lever

log = logging.getLogger(__name__)

_FRAME_BYTES: Final = len("C:999999999:\n")


@dataclass(frozen=True, slots=True)
class Offer:
    """A command with its opened line; request_id is that of the claim."""

    command: OpenCommand
    text: bytes
    request_id: str = ""

    @property
    def command_id(self) -> str:
        return self.command.state.requested.command_id


class Choice:
    def __init__(self, view: CommandView, keys: KeyRing) -> None:
        self._view = view
        self._keys = keys
        self._quiet = Throttle()

    def choose(self, serial: str, at: int, max_bytes: int) -> list[Offer]:
        """In order of request; at most 200 and `max_bytes`; one that must be last ends the answer (pack)."""
        found: dict[str, Offer] = {}
        size = 0
        for command in self._view.open_of(serial):
            if len(found) == MAX_COUNT or size > max_bytes:
                break
            if not self._view.may_go(command.state, at):
                continue
            if found and is_lever(command.state.requested.name):
                break
            text = self._open(command)
            if text is not None and is_lever(command.state.requested.name):
                return [Offer(command, text)]  # an answer of its own kind: it goes alone
            if text is not None:
                found[command.state.requested.command_id] = Offer(command, text)
                size += len(text) + _FRAME_BYTES
        packed = pack(
            [(command_id, offer.command.state.requested.name, offer.text) for command_id, offer in found.items()],
            max_bytes=max_bytes,
        )
        return [found[command_id] for command_id, _, _ in packed]

    def _open(self, command: OpenCommand) -> bytes | None:
        """None for one that this edge cannot send: it stays for one that can, and expires in the end."""
        requested = command.state.requested
        if requested.name not in CATALOGUE:
            UNOFFERED[Unoffered.UNREADABLE].inc()
            self._warn(f"command {requested.name!r} is of no name that this version knows")
            return None
        try:
            return open_text(self._keys, command)
        except KeyMissing as error:
            UNOFFERED[Unoffered.KEY_MISSING].inc()
            self._warn(str(error))
        except SealBroken as error:
            UNOFFERED[Unoffered.UNREADABLE].inc()
            self._warn(f"command {requested.command_id} of device {requested.device}: {error}")
        return None

    def _warn(self, message: str) -> None:
        if (kept_back := self._quiet.allow(message)) is not None:
            log.error("a command cannot be sent: %s; %d more like it since the last line", message, kept_back)
