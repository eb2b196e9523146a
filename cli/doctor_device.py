"""What is wrong with a device, or with any of them, by the registry and by what the tracker saw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cli.findings import Finding
from cli.operator import time_text
from ingest.commands.orders import Operator
from ingest.control.caller import Caller
from ingest.control.device_list import DeviceList
from ingest.control.models import Device
from runtime.device_view import DeviceView
from runtime.registry_view import RegistryView
from runtime.settings import Settings
from schemas.devices import DeviceState, DeviceStatus

_MAX_SKEW_S: Final = 60
_HOUR_S: Final = 3600
_FULL_PERCENT: Final = 90
_RECENT_MS: Final = 86_400_000
_NAMED: Final = 5

# The edge's words for what it refuses (ingest/errors.py), and what to do.
_REFUSALS: Final = {
    "device_unknown": ("nobody has let it in", "punchstream devices approve SERIAL --site SITE"),
    "key_wrong": ("its communication key is missing or wrong", "the key of its menu and that of the registry differ"),
    "seal_key_missing": ("its tenant has no key to seal with", "punchstream keys new --tenant TENANT"),
    "not_acknowledged": ("Kafka did not take what it sent", "the device sends again; is Kafka well?"),
    "budget_full": ("the edge was full", "the device sends again; too many uploads at once"),
    "body_too_large": ("it sent more at once than the edge takes", "the setting ingest.max_body_bytes"),
    "body_too_slow": ("its upload took too long", "its line is slow, or a proxy holds uploads back"),
    "ERRORLOG": ("it reports an error of its own", "punchstream devices tail SERIAL, and the view operations"),
}


def device_findings(
    settings: Settings, registry: RegistryView, devices: DeviceView, serial: str, now_ms: int
) -> list[Finding]:
    """Of one device, or without a serial of all together; `now_ms` in epoch milliseconds."""
    looks = DeviceList(settings.ingest, registry=registry, devices=devices, clock=lambda: now_ms / 1000)
    if serial:
        return list(one_device(looks.find(serial), devices.state(serial), now_ms))
    caller = Caller(Operator("doctor", "read", "cli"))
    return list(_all(looks.known(caller), looks.pending(caller)))


def one_device(device: Device, state: DeviceState | None, now_ms: int) -> Iterator[Finding]:
    """In the order in which a device gets to its first punch."""
    serial = device.serial
    if device.standing == "refused":
        yield Finding("registry", "bad", f"{serial} is refused by name", f"punchstream devices approve {serial} --site")
    elif device.standing in ("served", "accepted"):
        yield Finding("registry", "good", f"{serial} is {device.standing}, site {device.site or '-'}")
    else:
        advice = f"punchstream devices approve {serial} --site SITE"
        yield Finding("registry", "bad", f"{serial} is not let in ({device.standing})", advice)
    if state is None:
        advice = "look at its server address, port, proxy and HTTPS; or the part `track` does not run"
        yield Finding("contact", "bad", f"no edge has heard of {serial}", advice)
        return
    yield _contact(state)
    yield from _handshake(device, state)
    yield from _refusal(state, now_ms)
    if device.standing in ("served", "accepted"):
        yield _zone(device)
    yield _skew(state)
    yield from _memory(state)
    yield _punches(state)


def _contact(state: DeviceState) -> Finding:
    last = f"last heard at {time_text(state.last_seen)} by edge {state.edge or '-'}"
    if state.status is DeviceStatus.OFFLINE:
        words = f"offline since {time_text(state.status_since)}, {last}"
        return Finding("contact", "bad", words, "its power, its network, its server address")
    return Finding("contact", "good", last)


def _handshake(device: Device, state: DeviceState) -> Iterator[Finding]:
    if state.last_handshake is not None:
        protocol = f"{state.dialect or 'att'} {state.push_version}".strip()
        yield Finding("handshake", "good", f"seen at {time_text(state.last_handshake)}, protocol {protocol}")
    elif device.standing in ("served", "accepted"):
        advice = f"switch it off and on, or punchstream devices rehandshake {device.serial}"
        yield Finding("handshake", "bad", "none was seen: it does not know what to send", advice)


def _refusal(state: DeviceState, now_ms: int) -> Iterator[Finding]:
    if state.last_error and state.last_error_at is not None:
        words, advice = _REFUSALS.get(state.last_error, (state.last_error, ""))
        recent = now_ms - state.last_error_at < _RECENT_MS
        text = f"{words} ({state.last_error}, {time_text(state.last_error_at)})"
        yield Finding("refused", "warning" if recent else "good", text if recent else f"not lately; {text}", advice)


def _zone(device: Device) -> Finding:
    if not device.zone:
        return Finding("zone", "warning", "none is known: its punches are read as UTC", "approve it with a zone")
    return Finding("zone", "good", device.zone)


def _skew(state: DeviceState) -> Finding:
    if state.skew_s is None:
        return Finding("device clock", "skipped", "not known before it sends a punch as it is made")
    if abs(state.skew_s) <= _MAX_SKEW_S:
        return Finding("device clock", "good", f"{state.skew_s:+d} s")
    hours = round(state.skew_s / _HOUR_S * 2) / 2
    if hours and abs(state.skew_s - hours * _HOUR_S) <= _MAX_SKEW_S:
        advice = "its zone here is not that of its clock, or its own daylight saving is on"
        return Finding("device clock", "bad", f"{hours:+g} hours off: that is a zone", advice)
    return Finding(
        "device clock", "bad", f"{state.skew_s:+d} s off", "set its date and time; it follows the edge's Date"
    )


def _memory(state: DeviceState) -> Iterator[Finding]:
    if state.fill_percent is not None and state.fill_percent >= _FULL_PERCENT:
        days = (
            ""
            if state.days_until_full is None
            else f", overwrites its oldest punches in {state.days_until_full:g} days"
        )
        advice = "they are here already if it is online: punchstream commands request log.clear"
        yield Finding("memory", "warning", f"{state.fill_percent:g} % full{days}", advice)


def _punches(state: DeviceState) -> Finding:
    if state.last_punch_at is None:
        return Finding("punches", "warning", "none has come yet", "make one at the device, then look again")
    if state.status is DeviceStatus.SILENT:
        words = f"online, but silent at its usual hours; the newest is of {time_text(state.last_punch_at)}"
        return Finding("punches", "warning", words, "does anybody use it? can its reader read?")
    return Finding("punches", "good", f"the newest is of {time_text(state.last_punch_at)}")


def _all(known: list[Device], pending: list[Device]) -> Iterator[Finding]:
    seen = [device for device in known if device.status is not None]
    yield Finding("devices", "good", f"{len(known)} known, {len(seen)} of them were heard of")
    if pending:
        advice = "punchstream devices pending, then devices approve SERIAL --site SITE"
        yield Finding("pending", "warning", f"{len(pending)} knock and are not let in: {_some(pending)}", advice)
    for what, verdict_of in (
        ("offline", lambda device: device.status is DeviceStatus.OFFLINE),
        ("silent", lambda device: device.status is DeviceStatus.SILENT),
        ("wrong clock", lambda device: device.skew_s is not None and abs(device.skew_s) > _MAX_SKEW_S),
    ):
        found = [device for device in known if device.standing in ("served", "accepted") and verdict_of(device)]
        if found:
            advice = "punchstream doctor SERIAL says why"
            yield Finding(what, "warning", f"{len(found)} devices: {_some(found)}", advice)


def _some(devices: list[Device]) -> str:
    more = f" and {len(devices) - _NAMED} more" if len(devices) > _NAMED else ""
    return ", ".join(device.serial for device in devices[:_NAMED]) + more
