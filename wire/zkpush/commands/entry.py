"""What the catalogue says of a command: its words, its parameters, what it needs, what it does to a device."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from wire.zkpush.commands.results import GENERAL, ResultTable


class Kind(StrEnum):
    """The type of a parameter: what a caller may give; `values` checks it and writes the wire's form."""

    INTEGER = "integer"
    CHOICE = "choice"
    TEXT = "text"
    PIN = "pin"
    CARD = "card"
    CARD_HEX = "card_hex"
    HEX_BYTE = "hex_byte"  # an integer, written as two hexadecimal digits
    HEX = "hex"
    MD5 = "md5"
    BASE64 = "base64"
    LENGTH = "length"  # computed: the characters of the parameter named in `of`
    TIME_T = "time_t"  # YYYY-MM-DDThh:mm:ss, device-local
    TIME_BLANK = "time_blank"  # YYYY-MM-DD hh:mm:ss, device-local
    DATE = "date"  # YYYYMMDD
    MONTH_DAY = "month_day"  # MMDD
    HHMM = "hhmm"  # hh:mm
    CLOCK = "clock"  # hh:mm, written hhmm
    CLOCK_256 = "clock_256"  # hh:mm, written hours * 256 + minutes
    DAY_TIMES = "day_times"  # seven hh:mm from Sunday, parted by ";"
    WEEK = "week"  # seven hh:mm-hh:mm from Sunday, parted by ";", written as 56 digits
    PERIOD = "period"  # hh:mm-hh:mm, written (start << 16) + end
    MASK = "mask"  # `high` digits 0 or 1, parted by ":"
    USER_SCHEDULES = "user_schedules"
    GROUP_SCHEDULES = "group_schedules"
    GROUP_PERIODS = "group_periods"  # up to three numbers parted by ";"
    IPV4 = "ipv4"
    NETMASK = "netmask"
    MAC = "mac"
    VERIFY_MAP = "verify_map"
    URL = "url"
    DEVICE_PATH = "device_path"
    WORD = "word"  # a table or option name
    CONDITIONS = "conditions"
    LINE = "line"  # a whole command line


class Firmware(StrEnum):
    """Which devices know a command."""

    ANY = "any"
    TFT = "tft"  # the document's colour-screen series
    BLACK_AND_WHITE = "black_and_white"
    PUSH_2 = "push_2"  # newer attendance firmware, known from the field
    ACCESS = "access"  # the access dialect


class Role(StrEnum):
    """Who may send it."""

    OPERATE = "operate"
    ADMIN = "admin"


class Answer(StrEnum):
    """What the device sends back."""

    PLAIN = "plain"
    OPTIONS = "options"
    FILE = "file"
    SHELL = "shell"
    UPLOADS = "uploads"
    COUNT = "count"


class Capability(StrEnum):
    """What a device must be able to; in the order of its flags in INFO (document 2.4.5, "dev support data")."""

    FINGERPRINT = "fingerprint"
    FACE = "face"
    PICTURE = "picture"


# Settings that must be on before such a command is taken (errata Z14).
ALLOW_FILES: Final = "allow_files"
ALLOW_SHELL: Final = "allow_shell"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `name` is for callers; `key` stands on the wire, empty for a bare value.

    `low` and `high` bound an integer; `high` is the number of digits of a mask. `max_bytes` counts in the device's
    charset. A parameter with `on_wire` false only steers the checks; one with
    `needs` makes no sense without that other one. `forbidden` are characters that part values there.
    """

    name: str
    key: str
    kind: Kind
    help: str = ""
    required: bool = False
    default: str | int | None = None
    low: int = 0
    high: int = 2**31 - 1
    choices: Mapping[int | str, str] = field(default_factory=dict)
    max_bytes: int = 0
    max_characters: int = 0
    may_be_empty: bool = False
    secret: bool = False
    on_wire: bool = True
    of: str = ""
    needs: str = ""
    forbidden: str = ""


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """An option that must have `value` on the device, whenever `parameter` is given (always, if that is empty)."""

    option: str
    value: str
    parameter: str
    reason: str


# Given arguments, wire values by parameter name (may be changed) and charset; raises ValueError with the rule.
Check = Callable[[Mapping[str, str | int], dict[str, str], str], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One command.

    `words` + `glue` + the parameters joined by `separator` is the line. `all_keys` are parameters whose absence means
    "all records" (errata Z10). `last`: nothing may follow it in an answer. `max_sends`: 1 for what must not happen
    twice. `cuts_off`: it can part the device from the server (errata Z15). `uploads`: the table in which the records
    come. `errata` are the rulings that shaped the entry.
    """

    name: str
    chapter: str
    title: str
    words: str
    parameters: tuple[Parameter, ...] = ()
    prerequisites: tuple[Prerequisite, ...] = ()
    capability: Capability | None = None
    firmware: Firmware = Firmware.ANY
    results: ResultTable = GENERAL
    answer: Answer = Answer.PLAIN
    uploads: str = ""
    destroys: bool = False
    cuts_off: bool = False
    last: bool = False
    remaps_states: bool = False
    max_sends: int = 3
    role: Role = Role.OPERATE
    gate: str = ""
    all_keys: tuple[str, ...] = ()
    all_word: str = ""  # stands in the place of the keys when all records are meant
    separator: str = "\t"
    glue: str = " "
    check: Check | None = None
    errata: tuple[str, ...] = ()
    note: str = ""


OFF_ON: Final[Mapping[int | str, str]] = {0: "off", 1: "on"}
DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
PIN: Final = Parameter("pin", "PIN", Kind.PIN, "user ID", required=True)


def flag(name: str, key: str, help_text: str = "", *, required: bool = False) -> Parameter:
    """A parameter that is 0 or 1."""
    return Parameter(name, key, Kind.CHOICE, help_text, required=required, choices=OFF_ON)


def days(style: Callable[[str], str] = str.upper) -> tuple[Parameter, ...]:
    """One flag a day from Sunday; `style` writes the key."""
    return tuple(flag(day, style(day), f"active on {day.capitalize()}") for day in DAYS)
