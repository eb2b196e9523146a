"""Commands to polled servers and stations: what there is, what it takes, how its outcome is read back.

The entries are in wire/biotime/commands.py and wire/akuvox/commands.py; what steers the connectors themselves is here.
A command travels in the log of commands as JSON: {"name", "arguments", "key"}. Sources: spec/connectors.md (e), A3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

Vendor = Literal["biotime", "akuvox", "connector"]
Effect = Literal["read", "write", "dangerous"]


class SourceCommandInvalid(ValueError):
    """Arguments that a command cannot have. The message names the command and the argument, never a secret."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument. `object` takes a JSON object, `list` texts parted by commas."""

    name: str
    kind: Literal["text", "integer", "flag", "date", "list", "object"] = "text"
    help: str = ""
    required: bool = False
    secret: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceCommand:
    """One command.

    effect `dangerous`: refused unless the setting `connectors.allow` names it, and then audited with a reason.
    read_back: how an unknown outcome is settled, in words; empty: it cannot be, and it is then told as unknown.
    max_sends: how often it may be claimed; every claim after the first begins with reading back.
    life_seconds: how long it may wait at most, whatever is asked for; None: as asked. No door opens an hour late.
    """

    name: str
    vendor: Vendor
    title: str
    effect: Effect
    arguments: tuple[Argument, ...] = ()
    method: str = ""
    chapter: str = ""
    read_back: str = ""
    max_sends: int = 3
    role: Literal["operate", "admin"] = "operate"
    errata: tuple[str, ...] = ()
    life_seconds: float | None = None


# The life of what is meant for this very moment.
AT_ONCE_SECONDS: Final = 60.0

STEERING: Final[tuple[SourceCommand, ...]] = (
    SourceCommand("connector.pause", "connector", "stop polling until it is resumed", "write"),
    SourceCommand("connector.resume", "connector", "go on polling", "write"),
    SourceCommand("connector.rescan", "connector", "compare the trailing days with the server again", "write"),
    SourceCommand(
        "connector.new_epoch", "connector", "the server's row ids began anew: read from this day on", "write",
        (Argument("from", "date", "first day that is read, by punch time", required=True),),
        role="admin",
    ),
    SourceCommand(
        "connector.backfill", "connector", "read these days again, in slices, beside the live scan", "write",
        (Argument("from", "date", "first day", required=True), Argument("to", "date", "last day", required=True)),
    ),
)  # fmt: skip

_INTEGER = re.compile(r"-?\d{1,15}")


def checked(command: SourceCommand, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments in their own types. Raises SourceCommandInvalid."""
    known = {argument.name: argument for argument in command.arguments}
    for name in given:
        if name not in known:
            takes = ", ".join(known) or "none"
            raise SourceCommandInvalid(f"{command.name}: there is no argument {name[:40]!r}; it takes {takes}")
    arguments = {}
    for name, argument in known.items():
        if name not in given:
            if argument.required:
                raise SourceCommandInvalid(f"{command.name}: the argument {name} is missing")
            continue
        try:
            arguments[name] = _typed(argument, given[name])
        except ValueError as error:
            raise SourceCommandInvalid(f"{command.name}: the argument {name} {error}") from None
    return arguments


def summary_of(command: SourceCommand, arguments: Mapping[str, Any]) -> str:
    """The command in one line, secrets taken out."""
    secret = {argument.name for argument in command.arguments if argument.secret or argument.kind == "object"}
    shown = [f"{name}={'***' if name in secret else _short(value)}" for name, value in arguments.items()]
    return " ".join([command.name, *shown])


def _typed(argument: Argument, value: Any) -> Any:
    if argument.kind == "object":
        if not isinstance(value, dict):
            raise ValueError("must be a JSON object")
        return value
    if argument.kind == "list":
        texts = value if isinstance(value, list) else str(value).split(",")
        return [text for each in texts if (text := str(each).strip())]
    text = str(int(value)) if isinstance(value, bool) else str(value).strip()
    if argument.choices and text not in argument.choices:
        raise ValueError(f"must be one of {', '.join(argument.choices)}")
    if argument.kind == "integer":
        if _INTEGER.fullmatch(text) is None:
            raise ValueError("must be a whole number")
        return int(text)
    if argument.kind == "flag":
        if text.lower() not in ("0", "1", "true", "false"):
            raise ValueError("must be 0 or 1")
        return text.lower() in ("1", "true")
    if argument.kind == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise ValueError("must be a date YYYY-MM-DD") from None
    if not text and argument.required:
        raise ValueError("must not be empty")
    return text


def _short(value: Any) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
