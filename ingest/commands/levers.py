"""Commands that a handshake fulfils: shake hands again, upload in full once more (wire/zkpush/commands/levers.py)."""

from __future__ import annotations

import logging
from dataclasses import replace

from ingest.commands.texts import line_of
from ingest.throttle import Throttle
from runtime.command_log import CommandLog, next_step
from runtime.command_view import CommandView, OpenCommand
from runtime.errors import BufferFull, DeliveryFailed
from runtime.keyring import KeyRing
from schemas.commands import CommandOutcome, CommandStep
from wire.zkpush.commands.levers import is_lever, resend_tables

log = logging.getLogger(__name__)


class Levers:
    """`by` is `edge:<id>`."""

    def __init__(self, *, view: CommandView, log: CommandLog, keys: KeyRing, by: str) -> None:
        self._view = view
        self._log = log
        self._keys = keys
        self._by = by
        self._quiet = Throttle()

    def resend_tables(self, serial: str) -> frozenset[str]:
        """The tables that an operator wants in full, until `told`."""
        return frozenset().union(*(resend_tables(line_of(self._keys, command)) for command in self._open(serial)))

    def told(self, serial: str, at: int) -> None:
        """The device has its options of `at` (epoch ms).

        What Kafka does not take is done again with the next handshake: rows that come twice have one id.
        """
        for command in self._open(serial):
            requested = command.state.requested
            done = next_step(requested, CommandStep.ANSWERED, at=at, by=self._by)
            try:
                if command.state.sends == 0:  # it shook hands by itself; nothing is answered that nobody claimed
                    self._log.append(next_step(requested, CommandStep.CLAIMED, at=at, by=self._by))
                self._log.append(replace(done, outcome=CommandOutcome.DONE, meaning="the device shook hands"))
            except (BufferFull, DeliveryFailed) as error:
                if (kept_back := self._quiet.allow("told")) is not None:
                    log.warning("a handshake is not recorded as done: %r; %d more like it", error, kept_back)

    def _open(self, serial: str) -> list[OpenCommand]:
        if not self._view.has_open(serial):
            return []
        return [command for command in self._view.open_of(serial) if is_lever(command.state.requested.name)]
