"""Where commands are asked for and cancelled: by the control API within an edge, and by the command line's own process.

A request is checked whole, written to the audit log, then to the log of commands, and only counts once its own view
has folded it. Sources: DESIGN 4; errata Z1, Z11, Z14, Z15.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from random import Random, SystemRandom
from typing import Final

from ingest.audit import audit_event, write_audit
from ingest.commands.audit import audit_events
from ingest.commands.drafts import DeviceOptions, Draft, Drafter, require_consent, require_permission
from ingest.commands.effects import CommandEffects, new_key_of
from ingest.commands.errors import CommandNotStored, CommandRefused
from ingest.commands.orders import Arguments, BatchResult, Operator, Order, Ordered
from ingest.commands.requests import RequestWriter, Terms
from ingest.commands.rollout import Place, waves
from runtime.command_log import CommandLog, next_step
from runtime.command_view import CommandView
from runtime.errors import BufferFull, DeliveryFailed, KeyMissing, ViewUnreadable
from runtime.keyring import KeyRing
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.settings import Settings
from schemas.command_state import LONGEST_LIFE_MS, CommandState
from schemas.commands import CommandStep

TOPICS: Final = ("commands", "audit")
DEFAULT_LIFE_SECONDS: Final = 7 * 86_400.0
MAX_ORDERS: Final = 100_000
_DEADLINE_SECONDS: Final = 30.0


class CommandDesk:
    """`view` and `registry` must be started, `producer` too, with TOPICS prepared. `random` makes command ids."""

    def __init__(
        self,
        *,
        view: CommandView,
        registry: RegistryView,
        producer: Producer,
        keys: KeyRing,
        settings: Settings,
        device_options: DeviceOptions | None = None,
        clock: Callable[[], float] = time.time,
        random: Random | None = None,
    ) -> None:
        self._view = view
        self._registry = registry
        self._producer = producer
        self._keys = keys
        self._settings = settings
        self._device_options = device_options
        self._clock = clock
        self._log = CommandLog(producer)
        self._requests = RequestWriter(view, self._log, keys, random or SystemRandom())
        self._effects = CommandEffects(registry=registry, keys=keys, kafka=settings.kafka)

    async def request(
        self,
        targets: Sequence[str],
        name: str,
        arguments: Arguments,
        *,
        operator: Operator,
        reason: str = "",
        yes: bool = False,
        canary: bool | None = None,
        expires_after_seconds: float = DEFAULT_LIFE_SECONDS,
    ) -> BatchResult:
        """The same command for each of the serials: see `request_many`."""
        orders = [Order(serial, name, arguments) for serial in dict.fromkeys(targets)]
        return await self.request_many(
            orders,
            operator=operator,
            reason=reason,
            yes=yes,
            canary=canary,
            expires_after_seconds=expires_after_seconds,
        )

    async def request_many(
        self,
        orders: Sequence[Order],
        *,
        operator: Operator,
        reason: str = "",
        yes: bool = False,
        canary: bool | None = None,
        expires_after_seconds: float = DEFAULT_LIFE_SECONDS,
    ) -> BatchResult:
        """One batch; commands of one device keep their order. Orders that one device cannot have are refused alone.

        canary: None sends what can cut a device off in waves where there are several devices, True anything.
        Raises CommandRefused when nothing of it may be asked for, CommandNotStored when it did not reach Kafka (part of
        it may have: `batch` finds it).
        """
        at = int(self._clock() * 1000)
        self._require_sense(orders, expires_after_seconds)
        require_permission(orders, operator, self._settings.control)
        drafter = Drafter(self._view, self._registry, self._settings, self._device_options)
        drafts = [drafter.draft(order, at) for order in orders]
        drafts = [self._with_key(draft) for draft in drafts]
        require_consent(drafts, yes, reason)
        going = [draft for draft in drafts if draft.built is not None]
        if not going:
            return BatchResult("", tuple(_ordered(draft) for draft in drafts))
        batch = secrets.token_hex(16)
        places = self._places(going, canary)
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS + len(going) / 100):
                await write_audit(self._producer, audit_events(going, batch, operator, reason, at))
                await self._effects.new_keys_expected(_new_keys(going), at)
                life_ms = round(expires_after_seconds * 1000)
                in_waves = any(place.wave for place in places.values())
                terms = Terms(batch, places, in_waves, operator.who, reason, at, at + life_ms)
                ids = iter(await self._requests.write(going, terms))
        except (TimeoutError, BufferFull, DeliveryFailed, ViewUnreadable) as error:
            raise CommandNotStored(
                f"batch {batch} may be stored in part, look before asking again: {error!r}"
            ) from error
        return BatchResult(
            batch,
            tuple(
                Ordered(d.order.serial, d.order.name, next(ids) if d.built is not None else "", d.refusal)
                for d in drafts
            ),
        )

    async def cancel(self, serial: str, command_id: str, *, operator: Operator, reason: str) -> CommandState:
        """The state once it is folded; it may be another end that came first. Raises as `request_many`."""
        if operator.role == "read":
            raise CommandRefused(f"cancelling needs the role operate, {operator.who} has read")
        state = self._view.find(serial, command_id)
        if state is None:
            raise CommandRefused(f"device {serial} has no command {command_id}")
        if not state.is_open:
            raise CommandRefused(f"command {command_id} of device {serial} has ended: {state.status.value}")
        at = int(self._clock() * 1000)
        requested = state.requested
        event = next_step(requested, CommandStep.CANCELLED, at=at, by=operator.who, reason=reason)
        details = {"name": requested.name, "summary": requested.summary}
        audit = audit_event(
            operator, "command.cancel", f"{serial}+{command_id}", at=at, tenant=requested.tenant, reason=reason,
            details=details,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS):
                await write_audit(self._producer, [audit])
                await self._view.reached(await self._log.write([event]))
        except (TimeoutError, BufferFull, DeliveryFailed, ViewUnreadable) as error:
            raise CommandNotStored(f"whether command {command_id} is cancelled is not known: {error!r}") from error
        return self._view.find(serial, command_id) or state

    @staticmethod
    def _require_sense(orders: Sequence[Order], expires_after_seconds: float) -> None:
        if not 0 < len(orders) <= MAX_ORDERS:
            raise CommandRefused(f"{len(orders)} commands are asked for, 1 to {MAX_ORDERS} are taken at once")
        if not 0 < expires_after_seconds * 1000 <= LONGEST_LIFE_MS:
            raise CommandRefused(
                f"a command may wait for up to {LONGEST_LIFE_MS // 86_400_000} days, and more than 0 s"
            )

    def _with_key(self, draft: Draft) -> Draft:
        """Refused where its tenant has no key to seal it with."""
        if draft.period is None:
            return draft
        try:
            self._keys.sealer(draft.period.tenant)
        except KeyMissing as error:
            return Draft(draft.order, str(error))
        return draft

    @staticmethod
    def _places(going: Sequence[Draft], canary: bool | None) -> dict[str, Place]:
        commands_of: dict[str, int] = {}
        for draft in going:
            commands_of[draft.order.serial] = commands_of.get(draft.order.serial, 0) + 1
        cuts_off = any(draft.built is not None and draft.built.cuts_off for draft in going)
        if cuts_off and len(commands_of) > 1 and canary is False:
            raise CommandRefused("this can cut devices off: it goes to one device first, then in waves (errata Z15)")
        if not (canary or (cuts_off and canary is None)):
            return dict.fromkeys(commands_of, Place(0, 0))
        return dict(zip(commands_of, waves(list(commands_of.values())), strict=True))


def _ordered(draft: Draft, command_id: str = "") -> Ordered:
    return Ordered(draft.order.serial, draft.order.name, command_id, draft.refusal)


def _new_keys(going: Sequence[Draft]) -> dict[str, str]:
    """Serial to the communication key that it is about to be given."""
    lines = [(draft.order.serial, draft.built.text.decode("utf-8", "replace")) for draft in going if draft.built]
    return {serial: key for serial, line in lines if (key := new_key_of(line))}
