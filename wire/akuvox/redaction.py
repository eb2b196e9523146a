"""What may leave a row or a result, and what becomes a keyed hash (errata A4).

Allow-lists: a field that nobody named is a secret. In log, user and key rows such a field is hashed, so that a row
still tells itself from another; in results it is left out. The key is the tenant's (`Tools.secret`).
"""

from __future__ import annotations

import hmac
import json
import re
from typing import Any, Final

Json = dict[str, Any]

HASH_DIGITS: Final = 16
PLACEHOLDERS: Final = frozenset({"", "-", "--", "none", "null"})
ADDED_PREFIX: Final = "@"  # fields that a connector adds after hashing; one that a station sends is dropped

LOG_FIELDS: Final = frozenset({
    "ID", "Date", "Time", "Name", "Type", "Status", "Relay", "AccessMode", "LocalIdentity", "Num", "PicUrl", "UserID",
})  # fmt: skip
USER_FIELDS: Final = frozenset({
    "ID", "UserID", "Name", "Type", "SourceType", "ScheduleRelay", "Schedule-Relay", "Schedule", "LiftFloorNum",
    "WebRelay",
})  # fmt: skip
KEY_FIELDS: Final = frozenset({
    "ID", "Name", "DoorNum", "Mon", "Tue", "Wed", "Thur", "Fri", "Sat", "Sun", "TimeStart", "TimeEnd", "Tags",
    "Frequency", "DoorWebRelay",
})  # fmt: skip
RESULT_FIELDS: Final = frozenset({
    "num", "item", "Ret", "ID", "UserID", "DefaultUserId",
    "Status", "Model", "MAC", "FirmwareVersion", "HardwareVersion", "SystemTime", "UpTime",
    "Lan", "PortType", "LinkStatus", "IPAddress", "SubnetMask", "Gateway", "DNS1", "DNS2",
    "Account1", "Account2", "SipServer",
    "RelayA", "RelayB", "RelayC", "InputA", "InputB", "InputC",
    "FileSize", "Time", "type", "time", "size", "interface", "md5", "md5_calc",
})  # fmt: skip
_SETTINGS = re.compile(
    r"Config\.("
    r"DoorSetting\.RELAY\.((Type|HoldDelay|TriggerDelay|Name)[A-C]|HttpTrig)"
    r"|DoorSetting\.DTMF\.(Enable|Option)"
    r"|DoorSetting\.INPUT\.(Enable|Option|Delay|RelayId|FtpEnable|HttpEnable|SmtpEnable|SipEnable)[A-C]"
    r"|DoorSetting\.PASSWORD\.(PublicKeyEnable|PublicKeyBitsLimit)"
    r"|DoorSetting\.CLOUDSERVER\.(Enable|Type|RpsEnable)"
    r"|Account[12]\.([A-Z_]+\.Enable|SIP\.(Server2?|Port2?|ListenPortMin|ListenPortMax|TransType))"
    r"|Settings\.LOGLEVEL\.Level"
    r")"
)


def code_hash(code: str, key: bytes) -> str:
    """HMAC-SHA256 of a card number or PIN, 16 hex digits: equal codes are equal, nobody without the key tries them out.
    Trimmed and in upper case, as stations write one card both ways. Nothing for an empty code and for placeholders."""
    plain = code.strip()
    if plain.lower() in PLACEHOLDERS:
        return ""
    return hmac.digest(key, plain.upper().encode(errors="replace"), "sha256").hex()[:HASH_DIGITS]


def hash_code(row: Json, key: bytes) -> tuple[Json, tuple[str, ...]]:
    """A door or call row fit for a topic, and the names of the fields that were hashed."""
    return _hashed(row, key, LOG_FIELDS)


def hash_user(row: Json, key: bytes) -> tuple[Json, tuple[str, ...]]:
    """A user row fit for a topic: CardCode and PrivatePIN join with `Code` of the door log; `FaceUrl` leads to a
    picture and becomes `@face`, whether there is one."""
    known = {name: value for name, value in row.items() if name != "FaceUrl"}
    hashed, names = _hashed(known, key, USER_FIELDS)
    if "FaceUrl" in row:
        hashed["@face"] = _text(row["FaceUrl"]).strip().lower() not in PLACEHOLDERS
        names = tuple(sorted((*names, "FaceUrl")))
    return hashed, names


def hash_key(row: Json, key: bytes) -> tuple[Json, tuple[str, ...]]:
    """A row of rfkey/get or privatekey/get fit for a topic."""
    return _hashed(row, key, KEY_FIELDS)


def allowed(data: Any) -> tuple[Any, tuple[str, ...]]:
    """A result without the fields that nobody allowed, and their names. A list keeps its items, each so treated."""
    removed: set[str] = set()
    return _allowed(data, removed), tuple(sorted(removed))


def _hashed(row: Json, key: bytes, plain: frozenset[str]) -> tuple[Json, tuple[str, ...]]:
    kept: Json = {}
    names: list[str] = []
    for name, value in row.items():
        if name.startswith(ADDED_PREFIX):  # a station must not speak as a connector
            names.append(name)
            continue
        if name in plain and not isinstance(value, dict | list):
            kept[name] = value
            continue
        # Several cards of one person stand in one field, parted by semicolons.
        kept[name] = ";".join(filter(None, (code_hash(piece, key) for piece in _text(value).split(";"))))
        if kept[name]:
            names.append(name)
    return kept, tuple(sorted(names))


def _text(value: object) -> str:
    if value is None:
        return ""
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else str(value)


def _allowed(value: Any, removed: set[str]) -> Any:
    if isinstance(value, list):
        return [_allowed(piece, removed) for piece in value]
    if not isinstance(value, dict):
        return value
    kept: Json = {}
    for name, inner in value.items():
        if name in RESULT_FIELDS or _SETTINGS.fullmatch(name):
            kept[name] = _allowed(inner, removed)
        else:
            removed.add(name)
    return kept
