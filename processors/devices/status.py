"""Pending, online, silent, offline: told from the stream's clock and the registry alone, so a replay says the same.

- A device that an edge does not serve is pending while the registry does not name it; one that it refuses is offline.
- Approved, it stays offline until an edge serves it. Retired or refused, it is offline at once.
- Served, it is online until `offline_after_ms` have passed without another contact, silent where `silent` says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from processors.devices.facts import DeviceFacts, Standing
from schemas.devices import DeviceInput, DeviceStatus, InputKind

_SERVED = frozenset(
    {InputKind.HANDSHAKE, InputKind.PRESENCE, InputKind.UPLOAD, InputKind.OPTIONS, InputKind.RESULT, InputKind.ALERT}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Times are epoch ms. served_at: last contact that an edge served; stranger: none has since it was last turned
    away as unknown; since: since when the status holds."""

    first_seen: int
    last_seen: int
    served_at: int | None = None
    stranger: bool = False
    status: DeviceStatus = DeviceStatus.OFFLINE
    since: int


def contacted(contact: Contact | None, event: DeviceInput) -> Contact:
    """The contact after this input, status not judged yet. REFUSED is a sign of life, but no service."""
    at = event.at
    if contact is None:
        contact = Contact(first_seen=at, last_seen=at, since=at)
    stranger, served_at = contact.stranger, contact.served_at
    if event.kind is InputKind.STRANGER:
        stranger = True
    elif event.kind in _SERVED:
        stranger, served_at = False, max(served_at or at, at)
    return replace(
        contact,
        first_seen=min(contact.first_seen, at),
        last_seen=max(contact.last_seen, at),
        served_at=served_at,
        stranger=stranger,
    )


def judged(contact: Contact, silent_since: int | None, clock: int, facts: DeviceFacts) -> Contact:
    """The contact with the status that holds at the stream's `clock`."""
    status, since = _status(contact, silent_since, clock, facts)
    return contact if status is contact.status else replace(contact, status=status, since=since)


def _status(contact: Contact, silent_since: int | None, clock: int, facts: DeviceFacts) -> tuple[DeviceStatus, int]:
    if facts.standing is Standing.REFUSED:
        return DeviceStatus.OFFLINE, clock
    if contact.stranger:
        return (DeviceStatus.OFFLINE if facts.standing is Standing.NAMED else DeviceStatus.PENDING), clock
    if facts.standing is Standing.RETIRED or contact.served_at is None:
        return DeviceStatus.OFFLINE, clock
    deadline = contact.served_at + facts.offline_after_ms
    if clock >= deadline:
        return DeviceStatus.OFFLINE, max(deadline, contact.since)
    if silent_since is not None:
        return DeviceStatus.SILENT, silent_since
    return DeviceStatus.ONLINE, max(contact.served_at, contact.since)
