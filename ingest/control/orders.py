"""Commands as operators ask for them: to whom, how far they are, what came back. docs/control-api.md.

What a command is, and everything about sending it, is ingest/commands.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ingest.audit import audit_event, write_audit
from ingest.commands.desk import DEFAULT_LIFE_SECONDS, CommandDesk
from ingest.commands.orders import BatchResult
from ingest.commands.source_orders import SourceDesk
from ingest.commands.sources import source_key_of
from ingest.control.caller import Caller
from ingest.control.device_list import DeviceList
from ingest.control.errors import NotNow, NotThere, RequestInvalid
from ingest.control.models import Batch, Command, Ordered, command_of
from ingest.control.records import Records
from ingest.control.source_list import SourceList
from runtime.command_view import CommandView
from runtime.errors import BufferFull, DeliveryFailed
from runtime.keyring import KeyRing
from runtime.objects import ObjectStore
from runtime.producer import Producer
from runtime.raw_bodies import fetch_raw, open_raw
from schemas.command_state import CommandState, CommandStatus
from schemas.headers import RawHeaders
from wire.source_catalogue import SOURCE_COMMANDS
from wire.zkpush.results import parse_results

_RESULTS: Final = "raw.results"


@dataclass(frozen=True, slots=True)
class Targets:
    """To whom: serials, all served devices of a site, or all with a tag; exactly one of the three. Polled servers and
    stations are among the serials by their keys, never together with devices."""

    serials: tuple[str, ...] = ()
    site: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a file or shell command brought, as the device sent it; filename as the device says it, or empty."""

    content: bytes
    filename: str


class OrderDesk:
    """`producer` has `audit` prepared; `commands` is started; `objects` opens the store that big answers are in."""

    def __init__(
        self,
        *,
        desk: CommandDesk,
        commands: CommandView,
        devices: DeviceList,
        source_desk: SourceDesk,
        sources: SourceList,
        records: Records,
        producer: Producer,
        keys: KeyRing,
        objects: Callable[[], Awaitable[ObjectStore]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._desk = desk
        self._commands = commands
        self._devices = devices
        self._source_desk = source_desk
        self._sources = sources
        self._records = records
        self._producer = producer
        self._keys = keys
        self._objects = objects
        self._clock = clock

    async def request(
        self,
        caller: Caller,
        targets: Targets,
        name: str,
        arguments: Mapping[str, str | int],
        *,
        reason: str = "",
        yes: bool = False,
        canary: bool | None = None,
        expires_after_seconds: float = DEFAULT_LIFE_SECONDS,
        key: str = "",
    ) -> Batch:
        """key: of orders to servers and stations, to ask for the same thing once. Raises NotThere, Forbidden,
        RequestInvalid, and the errors of ingest.commands.errors."""
        caller.require("operate", "requesting a command")
        if name in SOURCE_COMMANDS or any(map(source_key_of, targets.serials)):
            if targets.site or targets.tag or not targets.serials or canary is not None:
                raise RequestInvalid("servers and stations are named one by one, among the devices, without a canary")
            result = await self._source_desk.request(
                self._sources.require_all(caller, targets.serials),
                name,
                arguments,
                operator=caller.operator,
                reason=reason,
                yes=yes,
                expires_after_seconds=expires_after_seconds,
                key=key,
            )
            return batch_of(result)
        if key:
            raise RequestInvalid("only commands to servers and stations have a key")
        result = await self._desk.request(
            self._serials(caller, targets),
            name,
            arguments,
            operator=caller.operator,
            reason=reason,
            yes=yes,
            canary=canary,
            expires_after_seconds=expires_after_seconds,
        )
        return batch_of(result)

    def known(
        self,
        caller: Caller,
        *,
        device: str = "",
        batch: str = "",
        site: str = "",
        status: CommandStatus | None = None,
    ) -> list[Command]:
        """Of one device or of one batch those that are remembered, the newest first; else all that are open."""
        if device:
            states = self._commands.of_device(self._known_serial(caller, device))
        elif batch:
            states = self._commands.batch(batch)
        else:
            states = self._commands.open_commands()
        found = [state for state in states if self._sees(caller, state)]
        found = [s for s in found if (not site or s.requested.site == site) and (status is None or s.status is status)]
        found.sort(key=lambda state: (-state.requested.at, state.requested.device, int(state.requested.command_id)))
        return [command_of(state) for state in found]

    def show(self, caller: Caller, serial: str, command_id: str) -> Command:
        return command_of(self._find(caller, serial, command_id))

    async def cancel(self, caller: Caller, serial: str, command_id: str, *, reason: str = "") -> Command:
        """What it is afterwards; another end may have come first. A device that has it already does it all the same."""
        caller.require("operate", "cancelling a command")
        requested = self._find(caller, serial, command_id).requested
        state = await self._desk.cancel(requested.device, command_id, operator=caller.operator, reason=reason)
        return command_of(state)

    async def answer(self, caller: Caller, serial: str, command_id: str, *, reason: str = "") -> StoredAnswer:
        """The file or shell output that a command brought; administrators only, audited.

        Raises Forbidden, NotThere, NotNow, KeyMissing, SealBroken, ObjectMissing, and what opening the store raises.
        """
        caller.require("admin", "reading the answer of a file or shell command")
        state = self._find(caller, serial, command_id)
        requested, answer = state.requested, state.answer
        if answer is None or not answer.stored:
            raise NotThere(f"command {command_id} of device {requested.device} has brought no file and no output")
        event = audit_event(
            caller.operator,
            "command.answer",
            f"{requested.device}+{command_id}",
            at=int(self._clock() * 1000),
            tenant=requested.tenant,
            reason=reason,
            details={"name": requested.name, "stored": answer.stored},
        )
        try:
            await write_audit(self._producer, [event])
        except (BufferFull, DeliveryFailed) as error:
            raise NotNow(f"the audit log does not take that it is read: {error}") from error
        partition, offset = _place(answer.stored)
        record = await self._records.at(_RESULTS, partition, offset)
        raw = RawHeaders.decode(record.headers)
        if raw.source != requested.device:
            raise NotThere(f"the answer of command {command_id} is not where it should be")
        kept = await fetch_raw(await self._objects(), _RESULTS, raw) if raw.stored else record.value
        body = open_raw(self._keys, _RESULTS, raw, kept)
        for result in parse_results(body).results:
            if result.id == command_id:
                content = bytes(result.content) if result.content is not None else result.return_text.encode()
                return StoredAnswer(content, result.filename)
        raise NotThere(f"the answer of command {command_id} is not where it should be")

    def _serials(self, caller: Caller, targets: Targets) -> list[str]:
        if sum(map(bool, (targets.serials, targets.site, targets.tag))) != 1:
            raise RequestInvalid("say to whom, by one of: devices, site, tag")
        if targets.site:
            return self._devices.of_site(caller, targets.site)
        if targets.tag:
            return self._devices.of_tag(caller, targets.tag)
        return [self._devices.require(caller, serial).serial for serial in targets.serials]

    def _known_serial(self, caller: Caller, text: str) -> str:
        known = self._sources.require(caller, text).key if source_key_of(text) else ""
        return known or self._devices.require(caller, text).serial

    def _find(self, caller: Caller, serial: str, command_id: str) -> CommandState:
        serial = source_key_of(serial) or serial.upper()
        state = self._commands.find(serial, command_id)
        if state is None or not self._sees(caller, state):
            raise NotThere(f"device {serial[:60]} has no command {command_id[:20]} that is remembered")
        return state

    def _sees(self, caller: Caller, state: CommandState) -> bool:
        """By where the device is now; what was asked of it elsewhere before is as much its present owner's."""
        if source_key_of(state.requested.device):
            place = self._sources.find(state.requested.device) or state.requested
            return caller.sees(place.tenant, place.site)
        device = self._devices.find(state.requested.device)
        return caller.sees(device.tenant or state.requested.tenant, device.site or state.requested.site)


def batch_of(result: BatchResult) -> Batch:
    return Batch(
        batch=result.batch,
        commands=[
            Ordered(
                serial=one.serial,
                name=one.name,
                command_id=one.command_id,
                refusal=one.refusal,
                earlier=one.earlier,
            )
            for one in result.commands
        ],
    )


def _place(stored: str) -> tuple[int, int]:
    """Partition and offset of `raw.results/<partition>/<offset>`."""
    topic, _, rest = stored.partition("/")
    partition, _, offset = rest.partition("/")
    if topic != _RESULTS or not partition.isdigit() or not offset.isdigit():
        raise NotThere(f"the answer is at {stored[:80]!r}, where this version cannot read")
    return int(partition), int(offset)
