"""Users as a station knows them. Source: the document, "Api user get"; spec/connectors.md A5 (user/get), B-3 12."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from wire.akuvox.errors import RowUnreadable
from wire.akuvox.redaction import PLACEHOLDERS

_SCHEDULE_FIELDS: Final = ("ScheduleRelay", "Schedule-Relay", "Schedule")
_NAMED: Final = frozenset({
    "ID", "UserID", "Name", "Type", "SourceType", "CardCode", "PrivatePIN", "LiftFloorNum", "WebRelay", "@face",
    *_SCHEDULE_FIELDS,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScheduleRelay:
    """A schedule of the station and the relays that it opens: `1001-12` is schedule 1001 for relays 1 and 2."""

    schedule: str
    relays: str


@dataclass(frozen=True, slots=True)
class UserRow:
    """id: the station's own number; user_id: the person's, what punches carry; cards, pins: keyed hashes; type, source:
    as sent; has_face: a picture is there (None: not said)."""

    id: str
    user_id: str
    name: str
    type: str
    source: str
    cards: tuple[str, ...]
    pins: tuple[str, ...]
    schedules: tuple[ScheduleRelay, ...]
    lift_floors: tuple[str, ...]
    web_relay: str
    has_face: bool | None
    extra: dict[str, str]


def parse_user(row: object) -> UserRow:
    """A row as `redaction.hash_user` left it. Raises RowUnreadable without UserID and ID."""
    if not isinstance(row, dict):
        raise RowUnreadable("the user is no JSON object")
    fields = {str(name): str(value).strip() for name, value in row.items() if value is not None}
    user_id = _value(fields, "UserID")
    if not user_id and not _value(fields, "ID"):
        raise RowUnreadable("the user has neither UserID nor ID")
    schedule = next((fields[name] for name in _SCHEDULE_FIELDS if fields.get(name)), "")
    face = row.get("@face")
    return UserRow(
        id=_value(fields, "ID"),
        user_id=user_id,
        name=_value(fields, "Name"),
        type=fields.get("Type", ""),
        source=fields.get("SourceType", ""),
        cards=_pieces(fields.get("CardCode", "")),
        pins=_pieces(fields.get("PrivatePIN", "")),
        schedules=schedule_relays(schedule),
        lift_floors=_pieces(fields.get("LiftFloorNum", "")),
        web_relay=_value(fields, "WebRelay"),
        has_face=face if isinstance(face, bool) else None,
        extra={name: value for name, value in fields.items() if name not in _NAMED},
    )


def schedule_relays(text: str) -> tuple[ScheduleRelay, ...]:
    """`1001-1;1002-12` or `1001,1002`: schedules, each with its relays (none: not said)."""
    pairs = (piece.partition("-") for piece in re.split(r"[;,\s]+", text) if piece)
    return tuple(ScheduleRelay(schedule, relays) for schedule, _, relays in pairs if schedule)


def _value(fields: dict[str, str], name: str) -> str:
    found = fields.get(name, "")
    return "" if found.lower() in PLACEHOLDERS else found


def _pieces(text: str) -> tuple[str, ...]:
    return tuple(piece.strip() for piece in text.split(";") if piece.strip().lower() not in PLACEHOLDERS)
