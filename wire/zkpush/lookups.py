"""Answers while a person waits at the clock (document VI 13, 14, Appendix 2; spec/zk-push.md E7).

Text goes out in the device's charset, UTF-8 or GB18030 (errata Z9). What must not be sent raises: LookupInvalid here,
`pairs.FieldUnsendable` for a field that no line can carry. Every question has a clean answer for "nothing known".
"""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from wire.zkpush.charset import UTF_8
from wire.zkpush.errors import LookupInvalid
from wire.zkpush.handshake import PLAIN_OK
from wire.zkpush.pairs import serialise_pairs

MAX_TEXT_BYTES: Final = 4096  # of a self-service answer before base64; ours, the document names none
MAX_SERVICE_NUMBER: Final = 999_999_999

# The document has a line of its own for a last punch alone; of the other questions it says what to answer when there
# is something. NONE is what the vendor's server says of an unknown person; OK ends a question without an effect.
NO_LAST_PUNCH: Final = b"status=1\n"
NO_SELF_SERVICE: Final = PLAIN_OK
NO_REMOTE_ATT: Final = b"NONE\n"
POST_VERIFY_ACCEPTED: Final = PLAIN_OK  # attendance PUSH 2.4.1, 12: OK, or any other text as the reason of a refusal
ATTENDANCE_AUTH_FAILED: Final = b"AUTH=Failed\n"

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TEXT_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # a text of several lines keeps tab, CR, LF
_MENU_LABEL_BROKEN = re.compile(r"[;&=\x00-\x1f\x7f]")
_MENU_ITEM = re.compile(r"ID=(\d{1,9})&CMD=([^;&=\x00-\x1f\x7f]+)", re.ASCII)
_PIN = re.compile(r"[^\x00-\x20\x7f]{1,64}")
_UPDATE: Final = b"DATA UPDATE "


class SelfServiceStyle(IntEnum):
    """How the clock reads the data; only a menu makes it ask again (VI 13.3, errata Z8)."""

    TEXT = 0
    CSV = 1
    MENU = 2


@dataclass(frozen=True, slots=True)
class LastPunch:
    """The punch to show: `local_time` is the wall time of its device, without a zone; `state` the attendance state."""

    name: str
    pin: str
    state: int
    work_code: str
    local_time: datetime


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A line of the self-service menu. The clock asks again with `service_number`; 0 is its first question.

    Raises LookupInvalid for a number out of range, and for a label that is empty or would end the entry early.
    """

    service_number: int
    label: str

    def __post_init__(self) -> None:
        if not 1 <= self.service_number <= MAX_SERVICE_NUMBER:
            raise LookupInvalid(f"menu: service number {self.service_number} is not 1 to {MAX_SERVICE_NUMBER}")
        if not self.label.strip() or _MENU_LABEL_BROKEN.search(self.label):
            raise LookupInvalid(f"menu: the label of service {self.service_number} is empty or has ; & = or a control")


def build_last_punch(punch: LastPunch, charset: str = UTF_8) -> bytes:
    """`status=0`, then one line of name, pin, state, workcode, date and time (VI 14); else `NO_LAST_PUNCH`."""
    fields = [
        ("name", punch.name),
        ("pin", punch.pin),
        ("state", str(punch.state)),
        ("workcode", punch.work_code),
        ("date", f"{punch.local_time:%Y-%m-%d}"),
        ("time", f"{punch.local_time:%H:%M:%S}"),
    ]
    return b"status=0\n" + serialise_pairs(fields, charset) + b"\n"


def build_self_service(
    service_number: int, pin: str, style: SelfServiceStyle, text: str, charset: str = UTF_8
) -> bytes:
    """The line that shows `text` to the person; both numbers are those of the question (VI 13.3, Appendix 2).

    `text` is plain text, CSV (rows parted by CR LF) or, for a menu, what `build_menu` gave. Raises LookupInvalid for
    text that is empty, too long, no menu or cannot be written in `charset`; FieldUnsendable for the PIN.
    """
    if not 0 <= service_number <= MAX_SERVICE_NUMBER:
        raise LookupInvalid(f"service number {service_number} is not 0 to {MAX_SERVICE_NUMBER}")
    if not text or _TEXT_CONTROL.search(text):
        raise LookupInvalid("self-service text is empty or has a control character")
    if style is SelfServiceStyle.MENU:
        parse_menu(text)
    raw = _encode("self-service text", text, charset)
    if len(raw) > MAX_TEXT_BYTES:
        raise LookupInvalid(f"self-service text of {len(raw)} bytes, at most {MAX_TEXT_BYTES}: shorten it")
    fields: list[tuple[str, str | bytes]] = [
        ("ServiceNum", str(service_number)),
        ("PIN", pin),
        ("Style", str(int(style))),
        ("Data", base64.b64encode(raw)),
    ]
    return _UPDATE + b"SELFSERVICEDATA " + serialise_pairs(fields, charset) + b"\n"


def build_menu(items: Iterable[MenuItem]) -> str:
    """`ID=1&CMD=Vacation;ID=2&CMD=PTO`. Raises LookupInvalid for no item and for a number that comes twice."""
    menu = tuple(items)
    _check_menu(menu)
    return ";".join(f"ID={item.service_number}&CMD={item.label}" for item in menu)


def parse_menu(text: str) -> tuple[MenuItem, ...]:
    """The items of a menu text, with or without a ";" at its end. Raises LookupInvalid naming the first bad item."""
    menu: list[MenuItem] = []
    for number, piece in enumerate(text.strip().removesuffix(";").split(";"), 1):
        match = _MENU_ITEM.fullmatch(piece.strip(" "))
        if match is None:
            raise LookupInvalid(f"menu: item {number} is not ID=<number>&CMD=<label>")
        menu.append(MenuItem(int(match[1]), match[2]))
    _check_menu(menu)
    return tuple(menu)


def build_remote_att(commands: Sequence[bytes]) -> bytes:
    """All of a person for a clock that does not know them (attendance PUSH 2.4.1, 14); without any, NO_REMOTE_ATT.

    `commands` are texts of `DATA UPDATE USERINFO` and `DATA UPDATE FINGERTMP` as for the command queue, no `C:id:` in
    front. Raises LookupInvalid for any other.
    """
    for number, command in enumerate(commands, 1):
        if not command.startswith(_UPDATE) or b"\n" in command or b"\r" in command:
            raise LookupInvalid(f"remote attendance: text {number} is not one line of DATA UPDATE")
    return b"".join(command + b"\n" for command in commands) or NO_REMOTE_ATT


def build_attendance_auth(
    pin: str, name: str, privilege: int, group: int, time_zones: str, charset: str = UTF_8
) -> bytes:
    """The person that the server recognised, to an attendance clock's AuthType; else ATTENDANCE_AUTH_FAILED.

    The shape is that of the vendor's own older server; no document that we have names it. Raises LookupInvalid for a
    PIN that is none, FieldUnsendable for the rest.
    """
    if not _PIN.fullmatch(pin):
        raise LookupInvalid("AuthType: the PIN is empty, too long or has a blank")
    fields = [
        *(("AUTH", "Success"), ("PIN", pin), ("Name", name)),
        *(("Pri", str(privilege)), ("Grp", str(group)), ("TZ", time_zones)),
    ]
    return serialise_pairs(fields, charset) + b"\n"


def build_access_auth(granted: bool, event: bytes, control: str = "", tips: str = "", charset: str = UTF_8) -> bytes:
    """Whether an access terminal may open (AuthType=device, within 3 s): the verdict, its event row again, a command.

    `event` is the row that the terminal posted; `control` a command such as `CONTROL DEVICE 01010105`; `tips` what it
    shows. The shape is that of the vendor's demo of the dialect (verdict, row, command, each ended by CR LF), tips of
    one public server; on no capture. Raises LookupInvalid for a line end in any of them, or a command on a refusal.
    """
    row = event.strip(b"\r\n \0")
    if b"\n" in row or b"\r" in row:
        raise LookupInvalid("AuthType: the event is more than one row")
    if _CONTROL.search(control) or _CONTROL.search(tips):
        raise LookupInvalid("AuthType: control or tips has a control character")
    if control and not granted:
        raise LookupInvalid("AuthType: a refusal must not carry a command; leave control empty")
    lines = [b"AUTH=SUCCESS" if granted else b"AUTH=FAILED", row, _encode("control", control, charset)]
    if tips:
        lines.append(b"TIPS=" + _encode("tips", tips, charset))
    return b"".join(line + b"\r\n" for line in lines)


def _check_menu(menu: Sequence[MenuItem]) -> None:
    if not menu:
        raise LookupInvalid("menu: no item; answer with a text instead")
    if len({item.service_number for item in menu}) < len(menu):
        raise LookupInvalid("menu: a service number comes twice; the clock could not tell which was chosen")


def _encode(what: str, text: str, charset: str) -> bytes:
    try:
        return text.encode(charset)
    except UnicodeEncodeError:
        raise LookupInvalid(f"{what} has characters that {charset} cannot write") from None
