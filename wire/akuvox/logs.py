"""Rows of the door log and the call log. Source: the document, "Api doorlog", "Api callog"; spec/connectors.md A5, A01,
A02, A10, B-3.

Rows come as `redaction.hash_code` left them: `Code` is a hash. Codes may be numbers (the document) or words (newer
firmware); both are kept beside what they mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from wire.akuvox.codes import CALL_TYPES, DOOR_TYPES, code_word
from wire.akuvox.envelope import whole_number
from wire.akuvox.errors import RowUnreadable
from wire.akuvox.redaction import PLACEHOLDERS
from wire.akuvox.times import local_time

Json = dict[str, Any]

FINGERPRINT_FIELDS: Final = ("ID", "Date", "Time", "Name", "Type", "Status")  # B-3 1
_FINGERPRINT_DIGITS: Final = 16
_DOOR_WORDS: Final = {
    "unknown": "unknown", "unknow": "unknown",
    "card": "card", "rfcard": "card", "nfc": "card",
    "password": "pin", "pin": "pin", "privatepin": "pin", "privatekey": "pin",
    "public": "public", "publicpin": "public", "publickey": "public",
    "temppin": "temp_pin", "tempkey": "temp_pin", "temporarykey": "temp_pin",
    "face": "face", "qrcode": "qr", "qr": "qr", "bluetooth": "bluetooth", "ble": "bluetooth",
    "dtmf": "dtmf", "call": "call", "exitbutton": "exit_button", "input": "exit_button",
    "http": "remote", "remote": "remote",
}  # fmt: skip
_CALL_WORDS: Final = {
    "dialed": "dialed", "dialled": "dialed", "received": "received", "missed": "missed", "forwarded": "forwarded",
    "unknow": "unknown", "unknown": "unknown",
}  # fmt: skip
_GRANTED: Final = {
    "0": True, "succ": True, "success": True, "ok": True,
    "1": False, "fail": False, "failed": False, "failure": False,
}  # fmt: skip
_DOOR_NAMED: Final = frozenset({
    "ID", "Name", "Code", "Type", "Status", "Relay", "AccessMode", "Date", "Time", "UserID", "@user"
})  # fmt: skip
_CALL_NAMED: Final = frozenset({"ID", "Name", "Num", "LocalIdentity", "Type", "Date", "Time"})


@dataclass(frozen=True, slots=True)
class DoorRow:
    """One door event. id: the station's own number, may restart or be missing; user: the UserID that the connector
    found (`@user`) or the row carries; code: keyed hash; method: `card`, `pin`, `public`, `temp_pin`, `face`, `qr`,
    `bluetooth`, `dtmf`, `call`, `exit_button`, `remote`, `unknown`, empty for a type that nobody knows; granted: None
    for such a status; local_time: empty when date or time cannot be read."""

    id: str
    name: str
    user: str
    code: str
    type: str
    method: str
    status: str
    granted: bool | None
    relay: str
    access_mode: str
    date: str
    time: str
    local_time: str
    extra: dict[str, str]


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call. number: `Num` as sent, an identity or a count; peer: its user part without `sip:` and host; word:
    `dialed`, `received`, `missed`, `forwarded`, `unknown`, empty for a type that nobody knows."""

    id: str
    name: str
    number: str
    peer: str
    local_identity: str
    type: str
    word: str
    date: str
    time: str
    local_time: str
    extra: dict[str, str]


def parse_door_row(row: object) -> DoorRow:
    """Raises RowUnreadable for what is no object, and for one with neither ID nor date and time."""
    fields = _fields(row)
    kind, status = fields.get("Type", ""), fields.get("Status", "")
    return DoorRow(
        id=_value(fields, "ID"),
        name=_value(fields, "Name"),
        user=_value(fields, "@user") or _value(fields, "UserID"),
        code=_value(fields, "Code"),
        type=kind,
        method=code_word(DOOR_TYPES, kind) or _DOOR_WORDS.get(_plain(kind), ""),
        status=status,
        granted=_GRANTED.get(_plain(status)),
        relay=_value(fields, "Relay"),
        access_mode=_value(fields, "AccessMode"),
        date=fields.get("Date", ""),
        time=fields.get("Time", ""),
        local_time=local_time(fields.get("Date", ""), fields.get("Time", "")),
        extra={name: value for name, value in fields.items() if name not in _DOOR_NAMED},
    )


def parse_call_row(row: object) -> CallRow:
    """Raises RowUnreadable as parse_door_row."""
    fields = _fields(row)
    kind, number = fields.get("Type", ""), _value(fields, "Num")
    return CallRow(
        id=_value(fields, "ID"),
        name=_value(fields, "Name"),
        number=number,
        peer=re.sub(r"^sips?:", "", number, flags=re.IGNORECASE).split("@", 1)[0],
        local_identity=_value(fields, "LocalIdentity"),
        type=kind,
        word=_call_word(kind),
        date=fields.get("Date", ""),
        time=fields.get("Time", ""),
        local_time=local_time(fields.get("Date", ""), fields.get("Time", "")),
        extra={name: value for name, value in fields.items() if name not in _CALL_NAMED},
    )


def fingerprint(row: Json) -> str:
    """16 hex digits over what tells one row of a log from another (B-3 1); the same before and after hash_code, and
    whether a value came as number or text."""
    digest = sha256()
    for name in FINGERPRINT_FIELDS:
        value = _text(row.get(name)).encode(errors="replace")
        digest.update(len(value).to_bytes(4, "big") + value)
    return digest.hexdigest()[:_FINGERPRINT_DIGITS]


def row_number(row: Json) -> int | None:
    """The ID as a number; None where it is missing or no number."""
    return whole_number(row.get("ID"))


def row_ref(row: Json, occurrence: int = 0) -> str:
    """The row's ID, else `h<fingerprint>-<occurrence>`; occurrence counts equal fingerprints, 0 the oldest (B-3 4)."""
    found = _text(row.get("ID"))
    return f"h{fingerprint(row)}-{occurrence}" if found.lower() in PLACEHOLDERS else found


def _fields(row: object) -> dict[str, str]:
    if not isinstance(row, dict):
        raise RowUnreadable("the row is no JSON object")
    fields = {str(name): _text(value) for name, value in row.items() if value is not None}
    if not any(_value(fields, name) for name in ("ID", "Date", "Time")):
        raise RowUnreadable("the row has neither ID nor Date and Time")
    return fields


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _value(fields: dict[str, str], name: str) -> str:
    found = fields.get(name, "")
    return "" if found.lower() in PLACEHOLDERS else found


def _plain(word: str) -> str:
    return re.sub(r"[\s_\-]", "", word).lower()


def _call_word(kind: str) -> str:
    word = code_word(CALL_TYPES, kind)
    if word == "all":  # asks for every type; a row that says so tells nothing
        return ""
    return word or _CALL_WORDS.get(_plain(kind), "")
