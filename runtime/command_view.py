"""Every command that is under way, always at hand: a live view of the topic `commands`. Source: DESIGN 4.

The fold is schemas/command_state.py. Every process that needs it reads the whole topic (30 days) at its start, without
a consumer group. Memory: all open commands with their sealed texts (the desk bounds how many a device may have), and of
the ended ones the latest of each device and of all. An open one with a short text takes 0.7 KiB (tracemalloc, 20,000 of
them, 2026-11-21).
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from aiokafka import ConsumerRecord
from prometheus_client import Counter as MetricCounter
from prometheus_client import Gauge

from runtime.follower import Follower
from runtime.producer import RecordPosition
from runtime.sections import KafkaSettings
from schemas.codec import decode_event
from schemas.command_state import CommandState, CommandStatus, fold, wave_is_open
from schemas.commands import SEALED_HEADER, TEXT_HEADER, CommandEvent, CommandStep

log = logging.getLogger(__name__)

TOPIC: Final = "commands"
_LOGGED_UNREADABLE: Final = 100

UNREADABLE = MetricCounter("punchstream_commands_unreadable_total", "records of the topic commands that make no sense")
_KNOWN = Gauge("punchstream_commands_known", "commands that this process remembers, by status", ["status"])
KNOWN = {status: _KNOWN.labels(status) for status in CommandStatus}


@dataclass(frozen=True, slots=True)
class OpenCommand:
    """A command that may still be sent: its state, its line as sealed, and the id of the key."""

    state: CommandState
    text: bytes
    key_id: str


@dataclass(slots=True)
class _Device:
    """Commands of one device by id, in order of request; `texts` of those that are open or awaited."""

    states: dict[str, CommandState] = field(default_factory=dict)
    texts: dict[str, tuple[bytes, str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Batch:
    """Commands of one request, as (serial, id), and how many are confirmed: none of a wave before its turn."""

    commands: dict[tuple[str, str], None] = field(default_factory=dict)
    confirmed: int = 0


class CommandView:
    """Look-ups are answered from memory. `failed` says in words why following stopped; then the view is stale.

    An ended command beyond `ended_per_device` and `ended_in_all` is forgotten, the oldest first.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        *,
        client_id: str = "punchstream-commands",
        deadline_seconds: float = 60.0,
        ended_per_device: int = 200,
        ended_in_all: int = 50_000,
    ) -> None:
        self._follower = Follower(settings, TOPIC, self._apply, client_id=client_id, deadline_seconds=deadline_seconds)
        self._ended_per_device = ended_per_device
        self._ended_in_all = ended_in_all
        self._devices: dict[str, _Device] = {}
        self._busy: dict[str, _Device] = {}
        self._batches: dict[str, _Batch] = {}
        self._ended: dict[tuple[str, str], None] = {}
        self._counts: Counter[CommandStatus] = Counter()
        self._unreadable = 0

    @property
    def failed(self) -> str:
        return self._follower.failed

    async def start(self) -> None:
        """Returns when the view has reached the end that the topic had, then goes on. Raises ViewUnreadable."""
        await self._follower.start()
        log.info("the commands are read: %d open, %d records unreadable", len(self.open_commands()), self._unreadable)

    async def stop(self) -> None:
        await self._follower.stop()

    async def reached(self, position: RecordPosition) -> None:
        """Wait until the record there is folded. The caller sets the deadline. Raises ViewUnreadable."""
        await self._follower.reached(*position)

    async def reached_end(self, partition: int) -> None:
        """Wait until all that a partition holds now is folded. The caller sets the deadline. Raises ViewUnreadable."""
        await self._follower.reached_end(partition)

    def has_open(self, serial: str) -> bool:
        """Whether there is anything to do for the device: an open command, or a done one that awaits its return."""
        return serial in self._busy

    def open_of(self, serial: str) -> list[OpenCommand]:
        """In order of request."""
        return [command for command in self._with_text(serial) if command.state.is_open]

    def awaited_of(self, serial: str) -> list[OpenCommand]:
        """Done ones after which the device must be seen again, in order of request."""
        return [command for command in self._with_text(serial) if command.state.is_awaited]

    def of_device(self, serial: str) -> list[CommandState]:
        """Open ones and the ended ones that are remembered, in order of request."""
        device = self._devices.get(serial)
        return list(device.states.values()) if device else []

    def find(self, serial: str, command_id: str) -> CommandState | None:
        device = self._devices.get(serial)
        return device.states.get(command_id) if device else None

    def open_command(self, serial: str, command_id: str) -> OpenCommand | None:
        """One that is open or awaited, with its text."""
        device = self._busy.get(serial)
        text = device.texts.get(command_id) if device else None
        return OpenCommand(device.states[command_id], *text) if device and text else None

    def batch(self, batch_id: str) -> list[CommandState]:
        """All of one request that are remembered."""
        batch = self._batches.get(batch_id)
        return [self._devices[serial].states[command_id] for serial, command_id in batch.commands] if batch else []

    def may_go(self, state: CommandState, at: int) -> bool:
        """Whether the command may be handed out at `at` (epoch milliseconds): its turn in its rollout, and free."""
        return state.is_offerable(at) and wave_is_open(state.requested, self._batches[state.requested.batch].confirmed)

    def open_commands(self) -> list[CommandState]:
        """Of all devices."""
        return [
            device.states[key] for device in self._busy.values() for key in device.texts if device.states[key].is_open
        ]

    def counts(self) -> dict[CommandStatus, int]:
        return {status: self._counts[status] for status in CommandStatus}

    def forget_awaited(self, requested_before: int) -> None:
        """Stop waiting for the return of devices whose command was requested before then (epoch milliseconds)."""
        for serial in list(self._busy):
            for command in self.awaited_of(serial):
                if command.state.requested.at < requested_before:
                    self._settle(self._devices[serial], command.state)

    def _with_text(self, serial: str) -> list[OpenCommand]:
        device = self._busy.get(serial)
        if device is None:
            return []
        return [OpenCommand(device.states[key], text, key_id) for key, (text, key_id) in device.texts.items()]

    def _apply(self, record: ConsumerRecord[bytes, bytes]) -> None:
        try:
            event, headers = _read(record)
        except Exception as error:  # noqa: BLE001 - a pure function: whatever it raises, this one record is to blame
            UNREADABLE.inc()
            self._unreadable += 1
            if self._unreadable <= _LOGGED_UNREADABLE:
                log.error(
                    "record %d of partition %d of the commands is left out: %r", record.offset, record.partition, error
                )
            return
        device = self._devices.get(event.device)
        before = device.states.get(event.command_id) if device else None
        after = fold(before, event)
        if after is None or after is before:
            return
        if device is None:
            device = self._devices[event.device] = _Device()
        if before is None:
            self._begin(device, after, headers)
        self._count(before, after)
        device.states[event.command_id] = after
        if before is not None and before.confirmed_at is None and after.confirmed_at is not None:
            self._batches[after.requested.batch].confirmed += 1
        if not after.is_open and not after.is_awaited:
            self._settle(device, after)

    def _begin(self, device: _Device, state: CommandState, headers: dict[str, bytes]) -> None:
        requested = state.requested
        device.texts[requested.command_id] = (headers[TEXT_HEADER], headers[SEALED_HEADER].decode())
        self._busy[requested.device] = device
        batch = self._batches.setdefault(requested.batch, _Batch())
        batch.commands[requested.device, requested.command_id] = None

    def _settle(self, device: _Device, state: CommandState) -> None:
        """Nothing more is to be done for a command: its text goes, and the oldest ended ones make room for it."""
        serial, command_id = state.requested.device, state.requested.command_id
        if device.texts.pop(command_id, None) is None:
            return
        if not device.texts:
            del self._busy[serial]
        self._ended[serial, command_id] = None
        if len(device.states) - len(device.texts) > self._ended_per_device:
            self._forget(serial, next(key for key in device.states if key not in device.texts))
        while len(self._ended) > self._ended_in_all:
            self._forget(*next(iter(self._ended)))

    def _forget(self, serial: str, command_id: str) -> None:
        del self._ended[serial, command_id]
        device = self._devices[serial]
        state = device.states.pop(command_id)
        self._count(state, None)
        if not device.states:
            del self._devices[serial]
        batch = self._batches[state.requested.batch]
        del batch.commands[serial, command_id]
        if not batch.commands:
            del self._batches[state.requested.batch]

    def _count(self, before: CommandState | None, after: CommandState | None) -> None:
        for state, step in ((before, -1), (after, 1)):
            if state is not None:
                self._counts[state.status] += step
                KNOWN[state.status].set(self._counts[state.status])


def _read(record: ConsumerRecord[bytes, bytes]) -> tuple[CommandEvent, dict[str, bytes]]:
    """Raises ValueError: not an event, filed under another key, or requested without its text."""
    if record.value is None:
        raise ValueError("no value")
    event = decode_event(CommandEvent, record.value)
    if record.key != command_key(event.device, event.command_id):
        raise ValueError(f"the key says {record.key!r}, the value {event.device}+{event.command_id}")
    headers = dict(record.headers)
    if event.step is CommandStep.REQUESTED and not (headers.get(TEXT_HEADER) and headers.get(SEALED_HEADER)):
        raise ValueError("requested without its sealed text")
    return event, headers


def command_key(serial: str, command_id: str) -> bytes:
    return f"{serial}+{command_id}".encode()
