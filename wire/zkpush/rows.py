"""The typed rows of uploads other than ATTLOG: operations, users, templates, pictures, device errors.

Several hold secrets (passwords, cards, templates, pictures); `repr` therefore shows the type and the line alone.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from wire.zkpush.cards import CardReadings, read_card
from wire.zkpush.pairs import decode_base64
from wire.zkpush.words import biometric_word

# Of `extra` and `GenericRow.fields`: what must be sealed or removed before anything is published (DESIGN 2.7).
SECRET_FIELDS: Final = frozenset((
    "passwd", "password", "pwd", "card", "cardno", "vicecard", "mfcard", "tmp", "template", "content", "photo",
    "fptemplate1", "fptemplate2", "idnum", "snnum", "dnnum", "address", "additionalinfo", "phone", "birthday", "key",
    "comkey", "pushcomkey", "pushcommkey",
))  # fmt: skip
_KINDS: Final = {"FP": "fingerprint", "FACE": "face", "FVEIN": "finger vein"}


def is_secret_field(name: str) -> bool:
    """Whether the value of a field may not leave sealed records; `name` in any case."""
    return name.strip().casefold() in SECRET_FIELDS


class LineReason(StrEnum):
    """Why a line, or a whole body, became no row; a closed set, the reason code of the dead letter."""

    NOT_A_ROW = "not_a_row"
    PIN_MISSING = "pin_missing"
    PIN_TOO_LONG = "pin_too_long"
    OPERATION_CODE_UNREADABLE = "operation_code_unreadable"
    CONTENT_UNREADABLE = "content_unreadable"
    PICTURE_MISSING = "picture_missing"
    COMPRESSED_LZO = "compressed_lzo"
    COMPRESSED_GZIP = "compressed_gzip"
    COMPRESSED_TGZ = "compressed_tgz"


class LineError(NamedTuple):
    """A line that is no row, or with `line` 0 a whole body; `detail` is for people and holds nothing personal."""

    line: int
    reason: LineReason
    raw: bytes
    detail: str

    def __repr__(self) -> str:
        return f"LineError(line={self.line}, {self.reason}: {self.detail})"


class OperationRow(NamedTuple):
    """OPLOG: what somebody did at the device. The operands' meaning depends on the code (document, table 2.6).

    Operands are text ("DHCP" was seen) and may hold a changed password; `tail` is what comes after the fourth. A blank
    `time_text` was not sent. `raw` is the line without its end.
    """

    line: int
    code: int
    administrator: str
    time_text: str
    operands: tuple[str, ...]
    tail: tuple[str, ...]
    charset: str
    raw: bytes

    def __repr__(self) -> str:
        return f"OperationRow(line={self.line})"


class UserRow(NamedTuple):
    """USER: a person as the device knows them. Texts are "" and numbers None when they were not sent.

    `card` is as sent (decimal, `[hex]`, 0 or blank: no card). `unread` is (field, text) of numbers that are none, and
    ("", text) of pieces without a key; `repeated` names fields that came again (the first value was taken); `extra` has
    unknown fields under their names as sent. All three may be personal.
    """

    line: int
    pin: str
    name: str
    privilege: int | None
    password: str
    card: str
    group: str
    time_zones: str
    verify: int | None
    unread: tuple[tuple[str, str], ...]
    repeated: tuple[str, ...]
    extra: dict[str, str]
    charset: str

    def __repr__(self) -> str:
        return f"UserRow(line={self.line})"

    @property
    def card_readings(self) -> CardReadings:
        return read_card(self.card)


class TemplateRow(NamedTuple):
    """FP, FACE, FVEIN, BIODATA (`tag`): a biometric template, its base64 text kept as it came.

    `number` is FID or No (finger, eye or hand), `sample_index` the device's Index; `valid` 3 is a duress finger; `type`
    is BIODATA's (words.py); `said_size` is the device's. `unread`, `repeated`, `extra` as in UserRow.
    """

    line: int
    tag: str
    pin: str
    number: int | None
    sample_index: int | None
    valid: int | None
    duress: int | None
    type: int | None
    major_version: int | None
    minor_version: int | None
    format: int | None
    said_size: int | None
    template: bytes
    unread: tuple[tuple[str, str], ...]
    repeated: tuple[str, ...]
    extra: dict[str, str]
    charset: str

    def __repr__(self) -> str:
        return f"TemplateRow(line={self.line})"

    @property
    def kind(self) -> str:
        """In words: "fingerprint", "face", "finger vein", or BIODATA's type; "" when unknown."""
        return _KINDS.get(self.tag) or biometric_word(self.type)

    @property
    def byte_size(self) -> int | None:
        """Length of the decoded template; None when the text is no base64."""
        decoded = decode_base64(self.template)
        return None if decoded is None else len(decoded)

    @property
    def size_mismatch(self) -> bool:
        """The said size is neither the number of base64 characters nor of bytes (O7)."""
        return self.said_size is not None and self.said_size not in (len(self.template), self.byte_size)


class PictureRow(NamedTuple):
    """USERPIC, BIOPHOTO (`tag`): a picture of a person; `content` is decoded, the base64 text is not kept.

    `content` is empty when none was sent (a picture may be named by a Url, in `extra`). `type`: words.py.
    """

    line: int
    tag: str
    pin: str
    filename: str
    type: int | None
    number: int | None
    sample_index: int | None
    said_size: int | None
    content: bytes
    unread: tuple[tuple[str, str], ...]
    repeated: tuple[str, ...]
    extra: dict[str, str]
    charset: str

    def __repr__(self) -> str:
        return f"PictureRow(line={self.line})"

    @property
    def size_mismatch(self) -> bool:
        """The said size is neither the number of bytes nor of base64 characters, padded or not (O7)."""
        size = len(self.content)
        return self.said_size is not None and self.said_size not in (size, -(-size * 4 // 3), -(-size // 3) * 4)


class ErrorRow(NamedTuple):
    """ERRORLOG: a fault that the device reports. `origin` is "dev" or "cmd" (then `command_id` is whose).

    `additional` is base64 of JSON, as sent. `unread`, `repeated`, `extra` as in UserRow.
    """

    line: int
    code: str
    message: str
    origin: str
    command_id: str
    additional: str
    unread: tuple[tuple[str, str], ...]
    repeated: tuple[str, ...]
    extra: dict[str, str]
    charset: str

    def __repr__(self) -> str:
        return f"ErrorRow(line={self.line})"


class GenericRow(NamedTuple):
    """Any other tag or table: its fields under their names as sent. `tag` is in upper case, "" when none was sent."""

    line: int
    tag: str
    fields: dict[str, str]
    unread: tuple[tuple[str, str], ...]
    repeated: tuple[str, ...]
    charset: str

    def __repr__(self) -> str:
        return f"GenericRow(line={self.line})"


Row = OperationRow | UserRow | TemplateRow | PictureRow | ErrorRow | GenericRow
