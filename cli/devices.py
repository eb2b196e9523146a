"""`punchstream devices`: which there are, what they do, letting them in and keeping them out. docs/onboarding.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.device_text import skew_text, state_facts
from cli.operator import ReasonOption, YesFlag, operate, plain, print_table, time_text
from cli.options import JsonFlag, print_json, settings_of

if TYPE_CHECKING:
    from ingest.control.caller import Caller
    from ingest.control.models import Batch, Device, DeviceDetail, Done
    from ingest.control.operations import Operations

app = typer.Typer(help="Devices: look at them, let them in, keep them out, replace them.", no_args_is_help=True)

Serial = Annotated[str, typer.Argument(metavar="SERIAL", help="In any case.")]
Serials = Annotated[list[str], typer.Argument(metavar="SERIAL...")]
SiteOption = Annotated[str, typer.Option("--site", help="Only of this site.")]
TagOption = Annotated[str, typer.Option("--tag", help="Only with this tag.")]


@app.command("list")
def list_devices(
    context: typer.Context,
    site: SiteOption = "",
    tag: TagOption = "",
    status: Annotated[str, typer.Option(help="Only: online, silent, offline.")] = "",
    json: JsonFlag = False,
) -> None:
    """Devices that the registry names, and those that are accepted without it."""
    from schemas.devices import DeviceStatus

    if status and status not in list(DeviceStatus):
        raise typer.BadParameter(f"--status is one of {', '.join(DeviceStatus)}")
    wanted = DeviceStatus(status) if status else None

    async def look(operations: Operations, caller: Caller) -> list[Device]:
        return operations.device_list.known(caller, site=site, tag=tag, status=wanted)

    found = operate(context, look)
    if json:
        print_json(plain(found))
        return
    rows = [
        (d.serial, d.status or "never seen", d.standing, d.site, d.zone, time_text(d.last_seen),
         time_text(d.last_punch_at), skew_text(d.skew_s), d.last_error)
        for d in found
    ]  # fmt: skip
    print_table(
        ("serial", "status", "standing", "site", "zone", "last seen", "last punch", "clock", "last error"), rows
    )
    print(f"{len(found)} devices")


@app.command()
def pending(context: typer.Context, json: JsonFlag = False) -> None:
    """Devices that knock and that nobody has let in: they keep their records and try again."""

    async def look(operations: Operations, caller: Caller) -> list[Device]:
        return operations.device_list.pending(caller)

    found = operate(context, look)
    if json:
        print_json(plain(found))
        return
    rows = [(d.serial, time_text(d.last_seen), d.edge, d.ip, d.firmware, d.last_error) for d in found]
    print_table(("serial", "last knocked", "edge", "says its address is", "firmware", "refused for"), rows)
    print(f"{len(found)} pending" + ("; let one in: punchstream devices approve SERIAL --site SITE" if found else ""))


@app.command()
def show(context: typer.Context, serial: Serial, json: JsonFlag = False) -> None:
    """All that is known of a device."""
    from cli.registry_text import period_text

    async def look(operations: Operations, caller: Caller) -> DeviceDetail:
        return operations.device_list.show(caller, serial)

    found = operate(context, look)
    if json:
        print_json(found.model_dump(mode="json"))
        return
    device, state = found.device, found.state
    print(f"{device.serial}: {device.standing}, {device.status or 'never seen'}")
    for period in found.periods:
        print(f"  registry: {period_text(period)}")
    if state is None:
        print("  nothing was heard of it")
        return
    for name, text in state_facts(state).items():
        print(f"  {name}: {text}")


@app.command()
def tail(
    context: typer.Context,
    serial: Serial,
    count: Annotated[int, typer.Option("-n", min=1, max=100, help="How many.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    json: JsonFlag = False,
) -> None:
    """The last raw requests of a device, secrets removed; it need not have been let in."""
    import asyncio

    from cli.tail import tail as run

    asyncio.run(run(settings_of(context), serial, count, follow, json))


@app.command()
def approve(
    context: typer.Context,
    site: Annotated[str, typer.Option("--site", help="Where they are; a site of the registry.")],
    serials: Annotated[list[str] | None, typer.Argument(metavar="[SERIAL...]")] = None,
    prefix: Annotated[str, typer.Option(help="All pending ones whose serial begins so.")] = "",
    edge: Annotated[str, typer.Option(help="All pending ones that knock at this edge: those of its site.")] = "",
    network: Annotated[str, typer.Option(help="All pending ones that say an address in it, e.g. 10.1.2.0/24.")] = "",
    zone: Annotated[str, typer.Option(help="IANA zone of their clocks. Default: the site's.")] = "",
    clock: Annotated[str, typer.Option(help="zone, or fixed:+HH:MM for clocks without summer time.")] = "zone",
    tenant: Annotated[str, typer.Option(help="Whose they are. Default: ingest.default_tenant.")] = "",
    tag: Annotated[list[str] | None, typer.Option("--tag", help="May be given several times.")] = None,
    reason: ReasonOption = "",
    json: JsonFlag = False,
) -> None:
    """Let devices in: from their next request on the edge serves them."""
    from ingest.control.selection import Selection

    selection = Selection(tuple(serials or ()), prefix, edge, network)

    async def do(operations: Operations, caller: Caller) -> list[Done]:
        return await operations.devices.approve(
            caller, selection, site=site, zone=zone, tenant=tenant, tags=tag or (), clock=clock, reason=reason
        )

    _tell(operate(context, do), "approved", json)


@app.command()
def refuse(context: typer.Context, serials: Serials, reason: ReasonOption = "", json: JsonFlag = False) -> None:
    """Keep devices out by name."""

    async def do(operations: Operations, caller: Caller) -> list[Done]:
        return await operations.devices.refuse(caller, serials, reason=reason)

    _tell(operate(context, do), "refused", json)


@app.command()
def retire(context: typer.Context, serials: Serials, reason: ReasonOption = "", json: JsonFlag = False) -> None:
    """End the use of devices; what they sent stays."""

    async def do(operations: Operations, caller: Caller) -> list[Done]:
        return await operations.devices.retire(caller, serials, reason=reason)

    _tell(operate(context, do), "retired", json)


@app.command()
def replace(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help="Serial of the device that goes.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Serial of the one that takes its place.")],
    reason: ReasonOption = "",
    json: JsonFlag = False,
) -> None:
    """Put a new device in the place of an old one: same site, zone and settings; the old one is retired."""

    async def do(operations: Operations, caller: Caller) -> list[Done]:
        return [await operations.devices.replace(caller, old, new, reason=reason)]

    _tell(operate(context, do), f"replaced by {new.upper()}", json)


@app.command("set")
def set_facts(
    context: typer.Context,
    serial: Serial,
    facts: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE...", help="As in a registry file: tags=a;b, options.delay_s=10.")
    ],
    since_ever: Annotated[
        bool, typer.Option("--since-ever", help="Zone, clock, site and maps always were so: a correction.")
    ] = False,
    reason: ReasonOption = "",
    json: JsonFlag = False,
) -> None:
    """Change what the registry says of a device, from now on. Of options, those not named keep their value."""
    from cli.device_facts import facts_from

    async def do(operations: Operations, caller: Caller) -> list[Done]:
        detail = operations.device_list.show(caller, serial)
        wanted = facts_from(facts, detail.periods[-1] if detail.periods else None)
        return [await operations.devices.change(caller, serial, wanted, since_ever=since_ever, reason=reason)]

    _tell(operate(context, do), "changed", json)


@app.command()
def rehandshake(context: typer.Context, serials: Serials, reason: ReasonOption = "", json: JsonFlag = False) -> None:
    """Have devices ask for their options anew."""
    _request(context, serials, "edge.rehandshake", {}, reason, yes=False, json=json)


@app.command()
def resend(
    context: typer.Context,
    serials: Serials,
    tables: Annotated[str, typer.Option(help="Of which tables.")] = "ATTLOG,OPERLOG",
    reason: ReasonOption = "",
    yes: YesFlag = False,
    json: JsonFlag = False,
) -> None:
    """Have devices send everything again that they hold: much traffic, and no punch counts twice. Needs --yes."""
    if not yes or not reason.strip():
        raise typer.BadParameter("a full re-upload is much traffic for a device: say --yes and --reason")
    _request(context, serials, "edge.resend", {"tables": tables}, reason, yes=True, json=json)


def _request(
    context: typer.Context, serials: list[str], name: str, arguments: dict[str, str | int], reason: str, *,
    yes: bool, json: bool,
) -> None:  # fmt: skip
    from cli.commands import tell_batch
    from ingest.control.orders import Targets

    async def do(operations: Operations, caller: Caller) -> Batch:
        targets = Targets(serials=tuple(serials))
        return await operations.orders.request(caller, targets, name, arguments, reason=reason, yes=yes)

    tell_batch(operate(context, do), json)


def _tell(done: list[Done], what: str, json: bool) -> None:
    if json:
        print_json(plain(done))
    else:
        for one in done:
            print(f"{one.serial}: {one.refusal or what}")
    if any(one.refusal for one in done):
        raise typer.Exit(1)
