"""All commands to polled sources by name: the connectors' own, BioTime's, Akuvox's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wire.akuvox.commands import COMMANDS as AKUVOX
from wire.biotime.commands import COMMANDS as BIOTIME
from wire.source_commands import STEERING, SourceCommand

SOURCE_COMMANDS: Final[Mapping[str, SourceCommand]] = {
    command.name: command for command in (*STEERING, *BIOTIME, *AKUVOX)
}
