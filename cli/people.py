"""`punchstream people`: who is on devices, copying them to others, and forgetting somebody for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.operator import ReasonOption, operate, plain, print_table, time_text
from cli.options import JsonFlag, print_json

if TYPE_CHECKING:
    from ingest.control.caller import Caller
    from ingest.control.operations import Operations
    from ingest.control.people import Copied, PersonRow

app = typer.Typer(help="People as devices know them.", no_args_is_help=True)


@app.command("list")
def list_people(
    context: typer.Context, serial: Annotated[str, typer.Argument(metavar="SERIAL")], json: JsonFlag = False
) -> None:
    """Who is on a device, as it reported. `commands request user.query all_records=1` has it report everybody."""

    async def look(operations: Operations, caller: Caller) -> list[PersonRow]:
        return await operations.people.known(caller, serial)

    found = operate(context, look)
    if json:
        print_json(plain(found))
        return
    rows = [
        (
            p.pin,
            p.name,
            p.privilege_word,
            _yes(p.has_password),
            _yes(p.has_card),
            ", ".join(p.items),
            time_text(p.seen_at),
        )
        for p in found
    ]
    print_table(("PIN", "name", "privilege", "password", "card", "has", "told at"), rows)
    print(f"{len(found)} people")


@app.command()
def copy(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help="Serial of the device that has them.")],
    targets: Annotated[list[str], typer.Argument(metavar="TO...", help="Serials of the devices that get them.")],
    pin: Annotated[list[str] | None, typer.Option("--pin", help="Only these; may be given several times.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="Only these: user, fingerprint, face, vein, biodata, picture, photo."),
    ] = None,
    reason: ReasonOption = "",
    json: JsonFlag = False,
) -> None:
    """Copy people with passwords, cards, templates and pictures. Templates go only between equal versions."""
    from ingest.control.copying import KINDS

    if unknown := sorted(set(kind or ()) - set(KINDS)):
        raise typer.BadParameter(f"--kind {unknown[0]} is none of {', '.join(KINDS)}")

    async def do(operations: Operations, caller: Caller) -> Copied:
        return await operations.people.copy(caller, source, targets, pins=pin or (), kinds=kind or (), reason=reason)

    copied = operate(context, do)
    refused = [*copied.refused, *(one for one in copied.commands if one.refusal)]
    if json:
        print_json(copied.model_dump(mode="json"))
    else:
        print(f"{sum(not one.refusal for one in copied.commands)} commands requested, {len(refused)} things left out")
        for left_out in copied.refused:
            print(f"  {left_out.serial}: {left_out.pin} {left_out.item}: {left_out.reason}")
        for one in copied.commands:
            if one.refusal:
                print(f"  {one.serial}: {one.name}: {one.refusal}")
        if copied.batch:
            print(f"watch them: punchstream commands list --batch {copied.batch}")
    if refused:
        raise typer.Exit(1)


@app.command()
def forget(
    context: typer.Context,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the audit log.")],
    device: Annotated[str, typer.Option(help="With --pin: a serial.")] = "",
    pin: Annotated[str, typer.Option(help="The PIN on that device.")] = "",
    employee: Annotated[str, typer.Option(help="With --tenant: the employee's id.")] = "",
    tenant: Annotated[str, typer.Option(help="The employee's tenant.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Destroy a person's key: photos and templates kept of that person can never be read again."""
    if not yes:
        typer.confirm("What is kept of this person becomes unreadable for good. Go on?", abort=True)

    async def do(operations: Operations, caller: Caller) -> bool:
        return await operations.people.forget(
            caller, device=device, pin=pin, tenant=tenant, employee=employee, reason=reason
        )

    if not operate(context, do):
        print("this person has no key: nothing was kept, or it was destroyed before")
        raise typer.Exit(1)
    print("destroyed; running parts forget it within 5 minutes")


def _yes(has: bool) -> str:
    return "yes" if has else ""
