"""Options that a device tells of itself: `table=options`, registration, answers to INFO (H16; document chapters 4, 5).

One line with commas (`~DeviceName=..,MAC=..`), or one line for each option.
"""

import re
from typing import Final, NamedTuple

from wire.zkpush.attlog import MAX_SINGLE_ERRORS
from wire.zkpush.charset import decode_text
from wire.zkpush.rows import LineError, LineReason

# A vendor's name holds a comma: only one that is followed by `name=` parts two options.
_COMMA = re.compile(r",(?= {0,4}~?[A-Za-z_][A-Za-z0-9_.\- ]{0,63}=)")
_BLANK: Final = b" \t\r\0\x0b\x0c"

# Names whose values are keys, passwords or codes though the pattern below would not tell (folded, without "~").
_SECRET_OPTIONS: Final = frozenset(("registrycode", "sessionid", "factors", "supercode", "unlockcode", "duresscode"))
_SECRET = re.compile(r"passw|pwd|psk|secret|token|passphrase|credential|keys?\d*$|pin(?:code|no)?\d*$")
# Names that the pattern would take though their value is a switch.
_HARMLESS: Final = frozenset(("ispushcomkey", "dupwd", "shortcutkey"))


class OptionBatch(NamedTuple):
    """`options` by name as sent, the first value where a name comes twice (such names are in `repeated`)."""

    options: dict[str, str]
    repeated: tuple[str, ...]
    errors: list[LineError]

    def __repr__(self) -> str:
        return f"OptionBatch({len(self.options)} options, {len(self.errors)} errors)"


def parse_options(body: bytes) -> OptionBatch:
    """Options of a body of one line (parted by commas) or of several lines (one option each); never raises."""
    lines = [(line, raw.rstrip(b"\r\0")) for line, raw in enumerate(body.split(b"\n"), 1) if raw.strip(_BLANK)]
    options: dict[str, str] = {}
    repeated: list[str] = []
    errors: list[LineError] = []
    folded: set[str] = set()
    for line, raw in lines:
        text, charset = decode_text(raw)
        for piece in _COMMA.split(text) if len(lines) == 1 else [text]:
            name, equals, value = piece.partition("=")
            name = name.strip()
            if not equals or not name:
                if len(errors) <= MAX_SINGLE_ERRORS:
                    errors.append(LineError(line, LineReason.NOT_A_ROW, piece.encode(charset), "no name=value in it"))
            elif name.casefold() in folded:
                repeated.append(name)
            else:
                folded.add(name.casefold())
                options[name] = value.strip()
    return OptionBatch(options, tuple(repeated), errors)


def is_secret_option(name: str) -> bool:
    """Whether an option's value must be removed before it is shown, logged or stored; `name` in any case.

    A closed list, and a pattern for what vendors call such things; the pattern would rather take one too many.
    """
    folded = name.strip().lstrip("~").casefold()
    return folded in _SECRET_OPTIONS or (folded not in _HARMLESS and _SECRET.search(folded) is not None)
