"""What is asked for, who asks, and what comes of it: the types of the desk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Arguments = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Operator:
    """Who asks. who: name of the token, or user of the command line; address: of the caller, empty for the latter."""

    who: str
    role: Literal["read", "operate", "admin"]
    via: Literal["api", "cli"]
    address: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One command for one device: its name in the catalogue, with that entry's arguments."""

    serial: str
    name: str
    arguments: Arguments = field(default_factory=dict, repr=False)  # may hold secrets


@dataclass(frozen=True, slots=True)
class Ordered:
    """What came of an order: its command id, or why it was refused. One of the two is empty. earlier: it is the command
    of an earlier order under the same key."""

    serial: str
    name: str
    command_id: str = ""
    refusal: str = ""
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of a request, in the order of its orders. `batch` is empty when all were refused."""

    batch: str
    commands: tuple[Ordered, ...]
