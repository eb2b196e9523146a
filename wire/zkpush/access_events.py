"""Codes of the access dialect in words: events at doors, door sensors, relays, alarms (spec/zk-push.md 2.6 E2, E3).

The dialect's document (security PUSH 3.1.2) is not ours; the codes are those of the vendor's own servers: its demo of
this dialect, and where that is silent its older access software. The two give 214, 222 and 223 another meaning; here
the dialect's is taken. A code that neither knows has the word "".
"""

from typing import Final

EVENT_WORDS: Final[dict[int, str]] = {
    0: "normal verify open",
    1: "verified while held open",
    2: "first person opened",
    3: "multi-person open",  # some face terminals send it for every punch (spec/zk-push.md C59)
    4: "emergency password open",
    5: "held open by time zone",
    6: "linkage triggered",
    7: "alarm cancelled",
    8: "remote open",
    9: "remote close",
    10: "held-open disabled",
    11: "held-open enabled",
    12: "auxiliary output opened",
    13: "auxiliary output closed",
    14: "fingerprint open",
    15: "multi-person open by fingerprint",
    16: "fingerprint while held open",
    17: "card and fingerprint open",
    18: "first person opened by fingerprint",
    19: "first person opened by card and fingerprint",
    20: "denied: too soon after the last",
    21: "denied: door inactive now",
    22: "denied: not at this time",
    23: "denied: no right to this door",
    24: "denied: anti-passback",
    25: "denied: interlock",
    26: "waiting for more persons",
    27: "denied: unregistered",
    28: "door open too long",
    29: "denied: person expired",
    30: "denied: wrong password",
    31: "denied: fingerprint too soon after the last",
    32: "waiting for more persons, fingerprint",
    33: "denied: fingerprint expired",
    34: "denied: unregistered fingerprint",
    35: "denied: door inactive now, fingerprint",
    36: "exit button while door inactive",
    37: "cannot close while held open",
    38: "denied: card reported lost",
    39: "denied: blocked person",
    40: "denied: multi-person check failed, fingerprint",
    41: "denied: wrong verify mode",
    42: "denied: card format",
    44: "denied by server",
    45: "server did not answer",
    47: "command not delivered",
    48: "denied: multi-person check failed",
    49: "denied: door inactive now, password",
    50: "denied: password too soon after the last",
    51: "waiting for more persons, password",
    52: "denied: multi-person check failed, password",
    53: "denied: password expired",
    100: "tamper alarm",
    101: "duress open",
    102: "opened forcefully",
    103: "duress open by fingerprint",
    105: "server unreachable",
    200: "door opened",
    201: "door closed",
    202: "exit button open",
    203: "multi-person open by card and fingerprint",
    204: "held-open time over",
    205: "remote hold open",
    206: "device started",
    207: "password open",
    208: "superuser open",
    209: "exit button while locked",
    210: "opened by fire alarm",
    211: "superuser close",
    212: "elevator control enabled",
    213: "elevator control disabled",
    214: "server connected",
    215: "first person opened by password",
    216: "password while held open",
    220: "auxiliary input disconnected",
    221: "auxiliary input shorted",
    222: "verified by server",
    223: "server asked to verify",
    700: "connection lost",
}

# A person verified and was let through. The vendor's access software counts 0 to 3, 14 to 19 and 203 as attendance,
# and also 21, 22, 23, 26, 32 and 35, where nobody passes: those we leave out. Ours to add, since the same holds of
# them: 101 and 103 (under duress, but in), 208, 215, 216 and 222. 4 and 207 name no person. Some devices send two of
# these for one passage: the same PIN in the same second is one punch (punch ids).
ATTENDANCE_EVENTS: Final = frozenset((0, 1, 2, 3, *range(14, 20), 101, 103, 203, 208, 215, 216, 222))

_LET_IN_UNNAMED: Final = frozenset((4, 207))
_REFUSED: Final = frozenset((*range(20, 28), *range(29, 36), *range(38, 43), 44, 45, *range(48, 54)))

_SENSOR_WORDS: Final = ("none", "closed", "open", "unknown")
_ALARM_BITS: Final = (
    *("opened forcefully", "tamper", "duress password", "duress fingerprint"),
    *("open too long", "mains failure", "battery failure", "reader tamper"),
)


def event_word(code: int | None) -> str:
    """What an event code says; "" when nobody tells."""
    return "" if code is None else EVENT_WORDS.get(code, "")


def was_granted(code: int | None) -> bool | None:
    """Whether somebody was let through; None when the code does not tell (doors, alarms, the device itself)."""
    if code in ATTENDANCE_EVENTS or code in _LET_IN_UNNAMED:
        return True
    return False if code in _REFUSED else None


def is_attendance(code: int | None, pin: str) -> bool:
    """Whether an event is a punch: a person with a PIN verified and was let through. PIN 0 is nobody (E2)."""
    return code in ATTENDANCE_EVENTS and pin.strip().lstrip("0") != ""


def sensor_words(text: str) -> tuple[str, ...]:
    """Door sensors from door 1 on: "none", "closed", "open"; two bits a door, four doors a byte, hexadecimal (C61).

    With more than one byte the first holds the first four doors, as alarms are ordered (inferred, not seen on a
    device). Empty for text that is no such field.
    """
    return tuple(_SENSOR_WORDS[byte >> shift & 3] for byte in _bytes_of(text) for shift in (0, 2, 4, 6))


def relay_words(text: str) -> tuple[str, ...]:
    """Relays (locks) from door 1 on: "closed" or "open"; one bit a door, eight doors a byte, hexadecimal."""
    return tuple("open" if byte >> bit & 1 else "closed" for byte in _bytes_of(text) for bit in range(8))


def alarm_words(text: str) -> tuple[tuple[str, ...], ...]:
    """The alarms of each door from door 1 on, a byte a door, hexadecimal; () for a door at rest.

    The first five are those of the vendor's demo of the dialect, the last three one public server's reading.
    """
    return tuple(tuple(word for bit, word in enumerate(_ALARM_BITS) if byte >> bit & 1) for byte in _bytes_of(text))


def _bytes_of(text: str) -> bytes:
    try:
        return bytes.fromhex(text.strip())
    except ValueError:
        return b""
