"""The catalogue of commands as operators see it. Sources: wire/zkpush/commands, wire/source_catalogue.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from ingest.control.models import Model
from wire.source_catalogue import SOURCE_COMMANDS
from wire.source_commands import Argument, SourceCommand, Vendor
from wire.zkpush.commands import CATALOGUE, Entry, Kind, Parameter

_WHO: Final[Mapping[Vendor, str]] = {
    "biotime": "BioTime servers",
    "akuvox": "Akuvox stations",
    "connector": "servers and stations",
}


class CommandParameter(Model):
    name: str
    kind: str
    required: bool
    default: str | int | None
    choices: Annotated[dict[str, str], Field(description="value to its meaning; empty: any of its kind")]
    secret: bool
    help: str


class CommandKind(Model):
    """A command of the catalogue: what it is called, takes, needs and does."""

    name: str
    title: str
    chapter: Annotated[str, Field(description="of the vendor's document, or field")]
    parameters: list[CommandParameter]
    firmware: Annotated[str, Field(description="which devices, servers or stations know it")]
    answer: Annotated[str, Field(description="what the device sends back")]
    needs: Annotated[list[str], Field(description="options that the device must have")]
    role: Annotated[str, Field(description="the least role that may request it")]
    setting: Annotated[str, Field(description="the setting that must be on, or name it; empty: none")]
    destroys: bool
    cuts_off: Annotated[bool, Field(description="can part the device from the server: yes, reason, waves")]
    all_records: Annotated[bool, Field(description="without its key it means all records, which all_records confirms")]
    note: str


def command_kinds() -> list[CommandKind]:
    """In order of their names."""
    kinds = [*map(_kind, CATALOGUE.values()), *map(_source_kind, SOURCE_COMMANDS.values())]
    return sorted(kinds, key=lambda kind: kind.name)


def _kind(entry: Entry) -> CommandKind:
    return CommandKind(
        name=entry.name,
        title=entry.title,
        chapter=entry.chapter,
        parameters=[_parameter(one) for one in entry.parameters if one.kind is not Kind.LENGTH],
        firmware=entry.firmware.value,
        answer=entry.answer.value,
        needs=[f"{need.option}={need.value}" for need in entry.prerequisites],
        role="admin" if entry.gate else entry.role.value,
        setting=f"control.{entry.gate}" if entry.gate else "",
        destroys=entry.destroys,
        cuts_off=entry.cuts_off,
        all_records=bool(entry.all_keys),
        note=entry.note,
    )


def _source_kind(command: SourceCommand) -> CommandKind:
    dangerous = command.effect == "dangerous"
    settled = command.read_back or "not at all: it is sent once, and told as unknown"
    life = f"; it waits for {command.life_seconds:.0f} s at most" if command.life_seconds else ""
    return CommandKind(
        name=command.name,
        title=command.title,
        chapter=command.chapter or "own",
        parameters=[_argument(one) for one in command.arguments],
        firmware=_WHO[command.vendor],
        answer="",
        needs=[],
        role="admin" if dangerous else command.role,
        setting="connectors.allow" if dangerous else "",
        destroys=dangerous,
        cuts_off=False,
        all_records=False,
        note="" if command.vendor == "connector" else f"how an unknown outcome is settled: {settled}{life}",
    )


def _argument(one: Argument) -> CommandParameter:
    return CommandParameter(
        name=one.name,
        kind=one.kind,
        required=one.required,
        default=None,
        choices=dict(one.choices),
        secret=one.secret,
        help=one.help,
    )


def _parameter(one: Parameter) -> CommandParameter:
    return CommandParameter(
        name=one.name,
        kind=one.kind.value,
        required=one.required and one.default is None,
        default=one.default,
        choices={str(value): meaning for value, meaning in one.choices.items()},
        secret=one.secret,
        help=one.help,
    )
