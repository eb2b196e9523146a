"""From orders to commands that may be requested: permission, prerequisites, bytes. Nothing here is written anywhere.

Sources: errata Z9 (charset), Z11 (prerequisites), Z14 (gates), Z15 (what can cut a device off).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from ingest.commands.errors import CommandRefused
from ingest.commands.files import is_file_of
from ingest.commands.orders import Operator, Order
from runtime.command_view import CommandView
from runtime.registry_view import RegistryView
from runtime.sections import ControlSettings
from runtime.settings import Settings
from schemas.registry import DevicePeriod
from wire.zkpush.commands import CATALOGUE, BuiltCommand, Entry, build, unmet_prerequisites
from wire.zkpush.errors import CommandInvalid

# A device that takes 200 at a poll works on these for an hour; each holds its text in every edge's memory.
MAX_OPEN_PER_DEVICE: Final = 5_000
MAX_TEXT_BYTES: Final = 1024 * 1024
_ROLES: Final = ("read", "operate", "admin")

DeviceOptions = Callable[[str], Mapping[str, str] | None]


@dataclass(frozen=True, slots=True)
class Draft:
    """An order that may go, or the reason why not in `refusal`."""

    order: Order
    refusal: str = ""
    built: BuiltCommand | None = None
    period: DevicePeriod | None = None


def require_permission(orders: Sequence[Order], operator: Operator, control: ControlSettings) -> None:
    """Raises CommandRefused: a name that is in no catalogue, a role that is too low, a gate that is shut."""
    for name in dict.fromkeys(order.name for order in orders):
        entry = CATALOGUE.get(name)
        if entry is None:
            raise CommandRefused(f"{name[:40]!r} is no command; the catalogue lists them")
        needed = "admin" if entry.gate else entry.role.value
        if _ROLES.index(operator.role) < _ROLES.index(needed):
            raise CommandRefused(f"{name} needs the role {needed}, {operator.who} has {operator.role}")
        if entry.gate and getattr(control, entry.gate) is not True:
            raise CommandRefused(f"{name} is off: the setting control.{entry.gate} allows it")


def require_consent(drafts: Sequence[Draft], yes: bool, reason: str) -> None:
    """Raises CommandRefused when something that destroys, or can cut a device off, was not said twice."""
    for draft in drafts:
        if draft.built is None or not (draft.built.entry.destroys or draft.built.cuts_off):
            continue
        does = "destroys data" if draft.built.entry.destroys else "can cut the device off"
        if not yes:
            raise CommandRefused(f"{draft.order.name} {does}: say yes to it (--yes)")
        if not reason.strip():
            raise CommandRefused(f"{draft.order.name} {does}: give a reason")


@dataclass(frozen=True, slots=True)
class Drafter:
    """Knows what each device can be sent; one for each request, since it counts what it lets through.

    device_options: what a device reported of itself; None asks nobody.
    """

    view: CommandView
    registry: RegistryView
    settings: Settings
    device_options: DeviceOptions | None = None
    _open: dict[str, int] = field(default_factory=dict)

    def draft(self, order: Order, at: int) -> Draft:
        """Refusals that concern this device alone are told, not raised."""
        period = self._period(order.serial, at)
        if period is None or period.admission == "refuse":
            return Draft(order, f"{order.serial} is no device that is served now: approve it first")
        try:
            built = build(order.name, self._arguments(order), period.charset)
            refusal = self._refusal(order, built)
        except CommandInvalid as error:
            return Draft(order, str(error))
        return Draft(order, refusal) if refusal else Draft(order, built=built, period=period)

    def _period(self, serial: str, at: int) -> DevicePeriod | None:
        known = self.registry.device(serial)
        period = known.at(at) if known else None
        ingest = self.settings.ingest
        if period is None and ingest.unknown_devices == "accept":
            return DevicePeriod(tenant=ingest.default_tenant)
        return period

    def _refusal(self, order: Order, built: BuiltCommand) -> str:
        if len(built.text) > MAX_TEXT_BYTES:
            return f"{order.name}: the command has {len(built.text)} bytes, at most {MAX_TEXT_BYTES} are sent"
        waiting = self._open.setdefault(order.serial, len(self.view.open_of(order.serial)))
        if waiting >= MAX_OPEN_PER_DEVICE:
            return f"{order.serial} has {waiting} open commands, no more are taken: wait, or cancel some"
        refusal = self._unmet(order)
        if not refusal:
            self._open[order.serial] = waiting + 1
        return refusal

    def _unmet(self, order: Order) -> str:
        if self.device_options is None or not CATALOGUE[order.name].prerequisites:
            return ""
        options = self.device_options(order.serial)
        unmet = unmet_prerequisites(order.name, order.arguments, options or {})
        if not unmet:
            return ""
        lacking = "; ".join(f"{one.option} must be {one.value} ({one.reason})" for one in unmet)
        unknown = "" if options else "; its options are not known, device.info asks for them"
        return f"{order.name}: on {order.serial} {lacking}{unknown}"

    def _arguments(self, order: Order) -> Mapping[str, str | int]:
        """A `url` that names a file of ours becomes the address at which this device may fetch it."""
        url = order.arguments.get("url")
        if not isinstance(url, str) or "://" in url or "?" in url or not _takes_url(CATALOGUE[order.name]):
            return order.arguments
        folder = self.settings.control.files_folder
        if folder is None or not is_file_of(folder, url):
            where = folder if folder is not None else "control.files_folder, which is not set"
            raise CommandInvalid(f"{order.name}: there is no file {url[:80]!r} in {where}")
        base = f"{self.settings.control.public_url.rstrip('/')}/iclock/" if self.settings.control.public_url else ""
        address = f"{base}file?SN={quote(order.serial)}&url={quote(url, safe='/')}"
        return {**order.arguments, "url": address}


def _takes_url(entry: Entry) -> bool:
    return any(parameter.name == "url" for parameter in entry.parameters)
