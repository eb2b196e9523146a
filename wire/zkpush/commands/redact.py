"""Command lines without their secrets, for logs, audit and people (DESIGN promise 7)."""

import re
from typing import Final

HIDDEN: Final = "(hidden)"
_SECRET_KEYS: Final = (
    *("passwd", "password", "card", "cardno", "vicecard", "tmp", "template", "template1", "face", "content"),
    *("photo", "photojpg", "pushcomkey", "pushcommkey", "comkey", "cardkey", "key", "fptemplate1", "fptemplate2"),
    *("tempwirelesskey", "wirelesskey", "supervisorpassword", "data"),
)
# The value ends at a tab or at a comma that begins another key; a blank belongs to the value, so more is hidden.
_PAIR = re.compile(rf"(?i)\b({'|'.join(_SECRET_KEYS)})(\s*=\s*)[^\t\r\n]*?(?=,~?[a-z][a-z0-9_]*=|[\t\r\n]|$)")


def redact_line(text: str) -> str:
    """A command line with the values of secret keys replaced, whatever its form."""
    return _PAIR.sub(rf"\1\2{HIDDEN}", text)
