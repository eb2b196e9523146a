"""Pending, online, silent, offline: told from the stream's clock and the registry alone, so a replay says the same.

- A device that an edge does not serve is pending while the registry does not name it; one that it refuses is offline.
- Approved, it stays offline until an edge serves it. Retired or refused, it is offline at once.
- Served, it is online until `offline_after_ms` have passed without another contact, silent where `silent` says so.
- Where it is polled as well, its own contact goes first; without one, what its source says of it holds (`polled`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from processors.devices.facts import DeviceFacts, Standing
from processors.devices.polled import Word
from schemas.devices import DeviceInput, DeviceStatus, InputKind

_SERVED = frozenset(
    {InputKind.HANDSHAKE, InputKind.PRESENCE, InputKind.UPLOAD, InputKind.OPTIONS, InputKind.RESULT, InputKind.ALERT}
)
_IN_TOUCH = (DeviceStatus.ONLINE, DeviceStatus.SILENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Times are epoch ms. served_at: last contact that an edge served; stranger: none has since it was last turned
    away as unknown; since: since when the status holds; via: the source whose word the status is, empty: its own."""

    first_seen: int
    last_seen: int
    served_at: int | None = None
    stranger: bool = False
    status: DeviceStatus = DeviceStatus.OFFLINE
    since: int
    via: str = ""

    @property
    def in_touch(self) -> bool:
        return self.status in _IN_TOUCH

    @property
    def speaks_itself(self) -> bool:
        """In touch with an edge, whatever a polled source says of it."""
        return self.in_touch and not self.via


def contacted(contact: Contact | None, event: DeviceInput) -> Contact:
    """The contact after this input, status not judged yet. REFUSED is a sign of life, but no service; what a polled
    source says of it is one as of `seen_at`."""
    if event.via:
        seen_at = event.seen_at if event.seen_at is not None and event.seen_at <= event.at else None
        if contact is None:
            return Contact(first_seen=seen_at or event.at, last_seen=seen_at or event.at, since=event.at)
        if seen_at is None:
            return contact
        first_seen, last_seen = min(contact.first_seen, seen_at), max(contact.last_seen, seen_at)
        return replace(contact, first_seen=first_seen, last_seen=last_seen)
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


def judged(contact: Contact, word: Word | None, silent_since: int | None, clock: int, facts: DeviceFacts) -> Contact:
    """The contact with the status that holds at the stream's `clock`. word: what a polled source says of it."""
    status, since = _status(contact, silent_since, clock, facts)
    via = ""
    if word is not None and _holds(word, contact, status, facts):
        status, since = _by_word(word, silent_since)
        since, via = max(since, contact.since), word.by
    if status is contact.status:
        return contact if via == contact.via else replace(contact, via=via)
    return replace(contact, status=status, since=since, via=via)


def _holds(word: Word, contact: Contact, status: DeviceStatus, facts: DeviceFacts) -> bool:
    """Whether the word of a polled source goes before the `status` that its own contact gives it."""
    if facts.standing in (Standing.REFUSED, Standing.RETIRED) or status in _IN_TOUCH:
        return False
    return word.online or not contact.stranger


def _by_word(word: Word, silent_since: int | None) -> tuple[DeviceStatus, int]:
    if not word.online:
        return DeviceStatus.OFFLINE, word.since
    return (DeviceStatus.ONLINE, word.since) if silent_since is None else (DeviceStatus.SILENT, silent_since)


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
