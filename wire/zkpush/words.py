"""What the codes of devices mean, in words. An unknown code is "" and stays unknown; none is an error.

Source: document tables 2.3, 2.4 and 2.6 and chapter 7.2, which come first where sources differ; the later codes from
the attendance PUSH 2.4 text.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

# Table 2.3: what may be configured for a person or a device; multi-verify devices log these as they are.
_CONFIGURED: Final = {
    128: "fingerprint, badge or password", 129: "fingerprint", 130: "PIN", 131: "password", 132: "badge",
    133: "fingerprint or password", 134: "fingerprint or badge", 135: "badge or password",
    136: "PIN and fingerprint", 137: "fingerprint and password", 138: "badge and fingerprint",
    139: "badge and password", 140: "badge, password and fingerprint", 141: "PIN, password and fingerprint",
    142: "PIN and fingerprint, or badge and fingerprint", 143: "PIN or badge", 148: "face", 149: "face and badge",
    150: "face and PIN",
}  # fmt: skip
# Configured value: the value in ATTLOG, unless the device's VerifyValueMap says otherwise (Z5).
DEFAULT_VERIFY_MAP: Final[Mapping[int, int]] = {
    129: 1, 130: 3, 131: 0, 132: 2, 136: 4, 137: 5, 138: 6, 139: 7, 140: 8, 141: 9,
}  # fmt: skip
_FIXED: Final = {
    10: "badge and fingerprint", 11: "badge and password", 12: "fingerprint, password and badge",
    13: "PIN, fingerprint and password", 14: "PIN and fingerprint, or badge and fingerprint",
    15: "face", 16: "PIN without verification", 17: "badge without verification", 18: "face and badge",
    19: "face, fingerprint and badge", 20: "face, fingerprint and password", 21: "finger vein",
    22: "finger vein and password", 23: "finger vein and badge", 24: "finger vein, password and badge", 25: "palm",
    26: "palm and badge", 27: "palm and face", 28: "palm and fingerprint", 29: "palm, fingerprint and face",
    200: "other", 255: "undefined",
}  # fmt: skip
_UNVERIFIED: Final = frozenset((16, 17))
_MAP_PIECE = re.compile(r"\s*(\d{1,5})\s*:\s*(\d{1,5})\s*", re.ASCII)

_STATES: Final = {
    0: "check in", 1: "check out", 2: "meal in", 3: "meal out", 4: "break in", 5: "break out", 255: "undefined",
}  # fmt: skip

_OPERATIONS: Final = {
    0: "power on", 1: "power off", 2: "verification failed", 3: "alarm", 4: "menu entered", 5: "setting changed",
    6: "fingerprint registered", 7: "password registered", 8: "HID card registered", 9: "user deleted",
    10: "fingerprint deleted", 11: "password deleted", 12: "RF card deleted", 13: "data cleared",
    14: "MF card created", 15: "MF card registered", 16: "MF card enrolled", 17: "MF card registration deleted",
    18: "MF card cleared", 19: "registration moved to card", 20: "card data copied to device", 21: "clock set",
    22: "factory settings restored", 23: "access records deleted", 24: "administrators removed",
    25: "group access changed", 26: "user access changed", 27: "access times changed", 28: "unlock settings changed",
    29: "door opened", 30: "user enrolled", 31: "fingerprint properties changed", 32: "duress alarm",
    33: "doorbell rung", 34: "anti-passback", 35: "attendance photos deleted", 36: "other user data changed",
    37: "user changed", 38: "data restored", 39: "data backed up", 40: "USB upload", 41: "USB download",
    42: "USB attendance records encrypted", 43: "records deleted after USB download", 53: "exit button",
    54: "door sensor", 55: "alarm", 56: "parameters restored", 68: "user picture registered",
    69: "user picture changed", 70: "user name changed", 71: "user privilege changed", 76: "IP address changed",
    77: "network mask changed", 78: "gateway changed", 79: "DNS changed", 80: "connection password changed",
    81: "device number changed", 82: "server address changed", 83: "server port changed",
    87: "access record settings changed", 88: "face parameters changed", 89: "fingerprint parameters changed",
    90: "finger vein parameters changed", 91: "palm parameters changed", 92: "USB firmware upgrade",
    100: "RF card changed", 101: "face registered", 102: "person's rights changed", 103: "person's rights deleted",
    104: "person's rights added", 105: "access records deleted", 106: "face deleted", 107: "user picture deleted",
    108: "parameter changed", 109: "Wi-Fi network chosen", 110: "proxy switched", 111: "proxy address changed",
    112: "proxy port changed", 113: "password changed", 114: "face changed", 115: "operator password changed",
    116: "access settings restored", 117: "operator password wrong", 118: "operator password locked",
    120: "Legic card length changed", 121: "finger vein registered", 122: "finger vein changed",
    123: "finger vein deleted", 124: "palm registered", 125: "palm changed", 126: "palm deleted",
}  # fmt: skip

_ALARM_OPERATION: Final = 3
_ALARMS: Final = {
    50: "door closed", 51: "door opened", 53: "exit button", 54: "door forced open", 55: "device tampered with",
    58: "invalid verification tried", 65535: "alarm cancelled",
}  # fmt: skip

_PRIVILEGES: Final = {
    0: "user", 1: "inactive user", 2: "enroller", 6: "administrator", 10: "custom role", 14: "super administrator",
}  # fmt: skip
_BIOMETRICS: Final = (
    "general", "fingerprint", "near-infrared face", "voice", "iris", "retina", "palm print", "finger vein",
    "palm vein", "visible-light face", "visible-light palm",
)  # fmt: skip
_PHOTO_TYPES: Final = (
    "attendance passed", "attendance failed", "blocked person", "identity card matches",
    "identity card does not match",
)  # fmt: skip


class AlertKind(StrEnum):
    """Operations that somebody should hear of at once (Z6); a closed set."""

    DURESS = "duress"
    TAMPER = "tamper"
    DATA_CLEARED = "data_cleared"
    CLOCK_CHANGED = "clock_changed"
    ADMINISTRATOR_REMOVED = "administrator_removed"
    FACTORY_RESET = "factory_reset"


_ALERT_OPERATIONS: Final = {
    13: AlertKind.DATA_CLEARED,
    21: AlertKind.CLOCK_CHANGED,
    22: AlertKind.FACTORY_RESET,
    23: AlertKind.DATA_CLEARED,
    24: AlertKind.ADMINISTRATOR_REMOVED,
    32: AlertKind.DURESS,
    105: AlertKind.DATA_CLEARED,
}
_TAMPER_REASONS: Final = frozenset((54, 55))


def verify_word(code: int | None, verify_map: Mapping[int, int] = DEFAULT_VERIFY_MAP) -> str:
    """How somebody proved who they are, from ATTLOG's verify code; `verify_map` is the device's own (Z5)."""
    if code is None:
        return ""
    if code in _UNVERIFIED:  # fixed: never mapped to anything else
        return _FIXED[code]
    for configured, logged in verify_map.items():
        if logged == code and configured in _CONFIGURED:
            return _CONFIGURED[configured]
    return _CONFIGURED.get(code) or _FIXED.get(code, "")


def is_unverified(code: int | None) -> bool:
    """Nobody was verified: a PIN was keyed in, or a badge held up, and that was all (Z5)."""
    return code in _UNVERIFIED


def read_verify_map(text: str) -> dict[int, int]:
    """The option VerifyValueMap, `129:1,130:3,...`: configured to logged value; unreadable pieces are left out."""
    found = (_MAP_PIECE.fullmatch(piece) for piece in text.split(","))
    return {int(piece[1]): int(piece[2]) for piece in found if piece}


def state_word(code: int | None) -> str:
    """Attendance state by default; a device's function keys may be mapped to others (Z12)."""
    return _STATES.get(code, "") if code is not None else ""


def operation_word(code: int) -> str:
    return _OPERATIONS.get(code, "")


def alarm_reason(operands: Sequence[str]) -> int | None:
    """Why operation 3 alarmed: the first operand by the document, the second by later texts."""
    for operand in operands[:2]:
        text = operand.strip()
        if text.isascii() and text.isdigit() and len(text) < 6 and int(text) in _ALARMS:
            return int(text)
    return None


def alarm_word(reason: int | None) -> str:
    return _ALARMS.get(reason, "") if reason is not None else ""


def operation_alert(code: int, operands: Sequence[str]) -> AlertKind | None:
    """The kind of alert that an operation is, None for most."""
    if code == _ALARM_OPERATION:
        return AlertKind.TAMPER if alarm_reason(operands) in _TAMPER_REASONS else None
    return _ALERT_OPERATIONS.get(code)


def privilege_word(code: int | None) -> str:
    return _PRIVILEGES.get(code, "") if code is not None else ""


def biometric_word(type_code: int | None) -> str:
    """What BIODATA's and BIOPHOTO's Type says."""
    return _BIOMETRICS[type_code] if type_code is not None and 0 <= type_code < len(_BIOMETRICS) else ""


def photo_type_word(type_code: int | None) -> str:
    """The type in a photo's name of the form time-type-user-idnum."""
    return _PHOTO_TYPES[type_code] if type_code is not None and 0 <= type_code < len(_PHOTO_TYPES) else ""
