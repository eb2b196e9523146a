"""`punchstream commands`: what devices are told to do, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.operator import ReasonOption, YesFlag, operate, plain, print_table, time_text
from cli.options import JsonFlag, print_json

if TYPE_CHECKING:
    from ingest.control.caller import Caller
    from ingest.control.models import Batch, Command
    from ingest.control.operations import Operations
    from ingest.control.orders import StoredAnswer

app = typer.Typer(help="Commands to devices: request them, watch them, cancel them.", no_args_is_help=True)

Serial = Annotated[str, typer.Argument(metavar="SERIAL", help="In any case; or biotime:NAME, akuvox:MAC.")]
CommandId = Annotated[str, typer.Argument(metavar="ID", help="As `request` and `list` tell it.")]


@app.command()
def catalogue(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="One command, with its parameters.")] = "",
    json: JsonFlag = False,
) -> None:
    """The commands that there are, for devices and for polled servers and stations."""
    from cli.errors import NotFound
    from ingest.control.catalogue import command_kinds

    kinds = [kind for kind in command_kinds() if not name or kind.name == name]
    if not kinds:
        raise NotFound(f"there is no command {name!r}: `punchstream commands catalogue` lists them")
    if json:
        print_json(plain(kinds))
    elif name:
        (kind,) = kinds
        print(f"{kind.name}: {kind.title} ({kind.chapter}; firmware: {kind.firmware}; role: {kind.role})")
        for text, holds in (
            ("destroys: needs --yes and --reason", kind.destroys),
            ("can cut the device off: needs --yes and --reason, goes to one device first", kind.cuts_off),
            ("without its key it means all records: then say all_records=1", kind.all_records),
            (f"needs the setting {kind.setting}", bool(kind.setting)),
            (f"needs on the device: {', '.join(kind.needs)}", bool(kind.needs)),
        ):
            if holds:
                print(f"  {text}")
        for one in kind.parameters:
            default = "required" if one.required else f"default {one.default}" if one.default is not None else ""
            choices = ", ".join(f"{value} {meaning}" for value, meaning in one.choices.items())
            print(f"  {one.name}: {'; '.join(filter(None, (one.kind, default, one.help, choices)))}")
        if kind.note:
            print(f"  {kind.note}")
    else:
        print_table(("name", "what it does", "firmware"), [(kind.name, kind.title, kind.firmware) for kind in kinds])


@app.command()
def request(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As the catalogue has it.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[KEY=VALUE...]")] = None,
    device: Annotated[list[str] | None, typer.Option("--device", "-d", help="May be given several times.")] = None,
    site: Annotated[str, typer.Option("--site", help="All devices of this site.")] = "",
    tag: Annotated[str, typer.Option("--tag", help="All devices with this tag.")] = "",
    canary: Annotated[
        bool | None, typer.Option("--canary/--no-canary", help="One device first, then waves. Default: as needed.")
    ] = None,
    expires_hours: Annotated[float, typer.Option(min=0.01, help="Not handed out later than this.")] = 168.0,
    key: Annotated[
        str,
        typer.Option("--key", help="Of servers and stations: a second order under a key gives the first's command."),
    ] = "",
    reason: ReasonOption = "",
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Request a command, such as `device.info -d SERIAL`, or `user.update pin=7 name=Ada --site berlin`.

    Polled servers and stations are devices, too: `biotime.employee.create emp_code=7 ... -d biotime:hq`. KEY=@FILE
    takes the value from a file.
    """
    from cli.words import arguments_from
    from ingest.control.orders import Targets

    given = arguments_from(arguments or ())

    async def do(operations: Operations, caller: Caller) -> Batch:
        return await operations.orders.request(
            caller, Targets(tuple(device or ()), site, tag), name, given, reason=reason, yes=yes, canary=canary,
            expires_after_seconds=expires_hours * 3600, key=key,
        )  # fmt: skip

    tell_batch(operate(context, do), json)


@app.command("list")
def list_commands(
    context: typer.Context,
    device: Annotated[str, typer.Option("--device", "-d", help="Of this device, ended ones too.")] = "",
    batch: Annotated[str, typer.Option("--batch", help="Of this request, ended ones too.")] = "",
    site: Annotated[str, typer.Option("--site", help="Only of this site.")] = "",
    status: Annotated[str, typer.Option(help="waiting, offered, pending, done, failed, expired, cancelled.")] = "",
    json: JsonFlag = False,
) -> None:
    """Open commands, the newest first; of a device or a request the ended ones, too."""
    from schemas.command_state import CommandStatus

    if status and status not in list(CommandStatus):
        raise typer.BadParameter(f"--status is one of {', '.join(CommandStatus)}")
    wanted = CommandStatus(status) if status else None

    async def look(operations: Operations, caller: Caller) -> list[Command]:
        return operations.orders.known(caller, device=device, batch=batch, site=site, status=wanted)

    found = operate(context, look)
    if json:
        print_json(plain(found))
        return
    rows = [(c.device, c.command_id, c.status, time_text(c.requested_at), c.by, c.summary, _outcome(c)) for c in found]
    print_table(("device", "id", "status", "requested", "by", "command", "outcome"), rows)


@app.command()
def show(context: typer.Context, serial: Serial, command_id: CommandId, json: JsonFlag = False) -> None:
    """One command, and how far it has come."""

    async def look(operations: Operations, caller: Caller) -> Command:
        return operations.orders.show(caller, serial, command_id)

    _show(operate(context, look), json)


@app.command()
def cancel(
    context: typer.Context, serial: Serial, command_id: CommandId, reason: ReasonOption = "", json: JsonFlag = False
) -> None:
    """Cancel a command that is open. A device that has it already may do it all the same."""

    async def do(operations: Operations, caller: Caller) -> Command:
        return await operations.orders.cancel(caller, serial, command_id, reason=reason)

    _show(operate(context, do), json)


@app.command()
def answer(
    context: typer.Context,
    serial: Serial,
    command_id: CommandId,
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Where to write it. Default: print.")] = None,
    reason: ReasonOption = "",
) -> None:
    """The file or shell output that a command brought; that it is read stands in the audit log."""
    import sys

    async def look(operations: Operations, caller: Caller) -> StoredAnswer:
        return await operations.orders.answer(caller, serial, command_id, reason=reason)

    found = operate(context, look)
    if to is None:
        sys.stdout.buffer.write(found.content)
        return
    from cli.words import write_private

    write_private(to, found.content)
    print(
        f"{len(found.content)} bytes written to {to}"
        + (f" (on the device: {found.filename})" if found.filename else "")
    )


def tell_batch(batch: Batch, json: bool) -> None:
    """Exit code 1 when any was refused."""
    if json:
        print_json(batch.model_dump(mode="json"))
    else:
        for one in batch.commands:
            asked = "was requested before under this key" if one.earlier else "requested"
            print(f"{one.serial}: {one.refusal or f'{one.name} {asked}, id {one.command_id}'}")
        if batch.batch:
            print(f"watch them: punchstream commands list --batch {batch.batch}")
    if any(one.refusal for one in batch.commands):
        raise typer.Exit(1)


def _show(command: Command, json: bool) -> None:
    if json:
        print_json(command.model_dump(mode="json"))
        return
    print(f"{command.device} {command.command_id}: {command.summary}")
    facts = {
        "status": command.status.value,
        "requested": f"{time_text(command.requested_at)} by {command.by}",
        "reason": command.reason,
        "handed out": f"{command.sends} times, last {time_text(command.sent_at)}" if command.sends else "not yet",
        "ended": time_text(command.ended_at) if command.ended_at else "",
        "outcome": _outcome(command),
        "answer": command.answer,
        "kept": "`punchstream commands answer` gives what it brought" if command.has_stored_answer else "",
        "batch": command.batch,
    }
    for name, text in facts.items():
        if text:
            print(f"  {name}: {text}")


def _outcome(command: Command) -> str:
    code = "" if command.return_code is None else f"{command.return_code}"
    return " ".join(filter(None, (code, command.meaning, command.end_reason)))
