"""What makes a device ask for its options again: no command of the protocol, but an answer to its poll.

A poll that is answered with `UNKNOWN DEVICE` has the device shake hands anew (spec/zk-push.md H1, D16). They stand in
the catalogue because an operator asks for them as for any command; `is_lever` tells them apart.
"""

from collections.abc import Mapping
from typing import Final

from wire.zkpush.commands.entry import Entry, Kind, Parameter
from wire.zkpush.handshake import UNKNOWN_DEVICE

# Document table 2-2, those that are uploaded by themselves, and the field's.
RESEND_TABLES: Final = ("ATTLOG", "OPERLOG", "ATTPHOTO", "USERINFO", "FINGERTMP", "FACETMP", "BIODATA", "BIOPHOTO")
_PREFIX: Final = "edge."
_WORDS: Final = UNKNOWN_DEVICE.decode().strip()


def _check_tables(given: Mapping[str, str | int], wire: dict[str, str], charset: str) -> None:
    for table in wire["tables"].split(","):
        if table not in RESEND_TABLES:
            raise ValueError(f"parameter tables: {table!r} is none of {', '.join(RESEND_TABLES)}, parted by commas")


LEVERS: Final = (
    Entry(
        "edge.rehandshake",
        "field: zk-push.md H1, D16",
        "Have the device shake hands again and take its options anew",
        _WORDS,
        last=True,
        note="The answer to a poll, not a command line: it goes alone. Done when the device has shaken hands.",
    ),
    Entry(
        "edge.resend",
        "field: zk-push.md H7",
        "Have the device upload tables in full once more",
        _WORDS,
        (Parameter("tables", "", Kind.TEXT, "tables parted by commas", required=True, max_bytes=100),),
        last=True,
        check=_check_tables,
        note="As edge.rehandshake; the handshake then gives stamp 0 for these tables. Expect a burst of uploads.",
    ),
)


def is_lever(name: str) -> bool:
    return name.startswith(_PREFIX)


def resend_tables(line: str) -> frozenset[str]:
    """The tables of an edge.resend by its line; none of an edge.rehandshake."""
    return frozenset(table for table in line.removeprefix(_WORDS).strip().split(",") if table)
