"""One row of the page, and short names for the tests that rows name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How far we are with something."""

    DONE = "done"
    KEPT_RAW = "kept raw"  # stored byte for byte and answered, not read
    ANSWERED_ONLY = "answered only"
    CLIENT_ONLY = "client only"  # of a polled source: a typed method, which no reader and no command calls
    NOT_ON_THE_WIRE = "not on the wire"  # the document names it and gives no format (errata Z17)
    NOT_COVERED = "not covered"


class Direction(StrEnum):
    """Who speaks."""

    TO_SERVER = "to server"
    TO_DEVICE = "to device"
    BOTH = "both"
    NONE = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """`chapter` is the document's ("III 2.2", "VI 7.3"), or a section of what is known from the field ("field E6").

    `ours` says where it is in this repository; `tests` are `path::function`, or with the id of a parameter. `items`
    are the names that the row stands for, when it stands for several.
    """

    chapter: str
    name: str
    direction: Direction
    status: Status
    ours: str
    tests: tuple[str, ...]
    errata: tuple[str, ...] = ()
    note: str = ""
    items: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return self.items or (self.name,)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One table of the page."""

    title: str
    text: str
    rows: tuple[Row, ...]


def example(*numbers: str) -> tuple[str, ...]:
    """Example requests of the field notes, by number."""
    return tuple(f"tests/contract/test_zk_examples.py::test_example[{number}]" for number in numbers)


def unit(*names: str) -> tuple[str, ...]:
    """`wire/test_x::test_y` under tests/unit."""
    return _under("tests/unit", names)


def contract(*names: str) -> tuple[str, ...]:
    return _under("tests/contract", names)


def integration(*names: str) -> tuple[str, ...]:
    return _under("tests/integration", names)


def _under(folder: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{folder}/{path}.py::{function}" for path, _, function in (name.partition("::") for name in names))


POSSIBLY_MANUAL = (
    "tests/integration/sinks/test_event_tables.py"
    "::test_a_punch_that_was_added_on_the_clock_is_listed_with_what_was_done_there",
)
NO_FORMAT = contract("test_protocol_coverage::test_what_has_no_wire_format_is_nowhere_in_what_we_send")
