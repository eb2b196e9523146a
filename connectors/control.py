"""What operators ordered of a source as such: the state `control`, which the spine writes and the readers read. Pure.

`{"paused": bool, "rescan": {"n"}, "epoch": {"n", "from"}, "backfill": {"n", "from", "to"}}`; a key is missing
until it was ordered. `n` counts the orders of a kind: a reader keeps the last that it carried out beside its progress,
and has something to do when the one here is greater. The commands are wire/source_commands.STEERING.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.source import Json
from wire.source_commands import STEERING, SourceCommandInvalid, checked

NAME: Final = "control"
_COMMANDS: Final = {command.name: command for command in STEERING}
_KEPT_AS: Final = {
    "connector.rescan": "rescan",
    "connector.new_epoch": "epoch",
    "connector.backfill": "backfill",
}


def is_steering(name: str) -> bool:
    return name in _COMMANDS


def is_paused(control: Mapping[str, Any] | None) -> bool:
    return bool((control or {}).get("paused"))


def steer(control: Mapping[str, Any] | None, name: str, given: Mapping[str, Any]) -> tuple[Json, str]:
    """The next control and what was done, in words. Raises SourceCommandInvalid."""
    arguments = checked(_COMMANDS[name], given)
    after: Json = dict(control or {})
    if name in ("connector.pause", "connector.resume"):
        after["paused"] = name == "connector.pause"
        return after, "it is not polled until it is resumed" if after["paused"] else "it is polled"
    if name == "connector.backfill" and arguments["from"] > arguments["to"]:  # ISO dates sort as texts do
        raise SourceCommandInvalid(f"{name}: from is later than to")
    kind = _KEPT_AS[name]
    after[kind] = {"n": int(after.get(kind, {}).get("n", 0)) + 1, **arguments}
    return after, f"{kind} number {after[kind]['n']} begins with the next polls"
