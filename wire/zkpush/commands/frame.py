"""Commands in an answer to getrequest: one line each, as many as a device takes (document 2.4.5, VI 6)."""

import re
from collections.abc import Sequence
from typing import Final

from wire.zkpush.commands.catalogue import find_entry
from wire.zkpush.errors import CommandInvalid

MAX_COUNT: Final = 200
MAX_BYTES: Final = 40 * 1024
MAX_BYTES_GPRS: Final = 10 * 1024

# Without leading zeros: a device that prints the id with %d would lose them.
_COMMAND_ID = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_LINE_ENDS: Final = (b"\n", b"\r", b"\0")


def frame(command_id: str, text: bytes) -> bytes:
    """`C:<id>:<text>` and a line end. Raises `CommandInvalid` for an id that is not 1 to 9 digits (errata Z1)."""
    if _COMMAND_ID.fullmatch(command_id) is None:
        raise CommandInvalid(f"command id {command_id[:20]!r} must be 1 to 9 digits without leading zeros")
    if not text or any(end in text for end in _LINE_ENDS):
        raise CommandInvalid(f"command {command_id}: the text must be one line that is not empty")
    return b"C:%s:%s\n" % (command_id.encode("ascii"), text)


def pack(
    commands: Sequence[tuple[str, str, bytes]], max_count: int = MAX_COUNT, max_bytes: int = MAX_BYTES
) -> list[tuple[str, str, bytes]]:
    """How many of `commands` (id, entry name, text) go into one answer: a prefix, in order.

    A command that must be last (REBOOT, CHECK, CLEAR DATA) ends the answer: what was queued behind it stays behind it,
    where moving it to the end would clear or reboot in the middle of later work. So no answer holds two reboots. A
    command that is larger than `max_bytes` is sent alone. Raises `CommandInvalid` for a name, an id or a text.
    """
    chosen: list[tuple[str, str, bytes]] = []
    size = 0
    for command in commands[:max_count]:
        command_id, name, text = command
        size += len(frame(command_id, text))
        if chosen and size > max_bytes:
            break
        chosen.append(command)
        if find_entry(name).last:
            break
    return chosen
