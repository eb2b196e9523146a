"""`punchstream periods`: pay periods, from closing to payroll's acknowledgement. docs/pay-periods.md."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.operator import ReasonOption, operate, print_table, time_text
from cli.options import JsonFlag, print_json
from cli.period_text import outcome_lines, state_line

if TYPE_CHECKING:
    from ingest.control.caller import Caller
    from ingest.control.operations import Operations
    from ingest.control.period_book import PeriodPlace
    from ingest.control.period_models import PeriodManifest, PeriodOutcome
    from schemas.payperiods import PayPeriod

app = typer.Typer(help="Pay periods: close them, waive, acknowledge, reopen, correct.", no_args_is_help=True)

Group = Annotated[str, typer.Argument(metavar="GROUP", help="Pay group.")]
Date = Annotated[
    datetime, typer.Argument(metavar="DATE", formats=["%Y-%m-%d"], help="Any date of the period, YYYY-MM-DD.")
]
TenantOption = Annotated[str, typer.Option("--tenant", help="Default: ingest.default_tenant.")]


@app.command("list")
def list_periods(
    context: typer.Context,
    group: Annotated[str, typer.Option("--group", help="Only of this pay group.")] = "",
    status: Annotated[str, typer.Option(help="Only: OPEN, CLOSING, LOCKED, REOPENED.")] = "",
    tenant: TenantOption = "",
    json: JsonFlag = False,
) -> None:
    """Periods of which anybody said anything; all others are open."""
    from schemas.payperiods import PeriodStatus

    if status and status.upper() not in list(PeriodStatus):
        raise typer.BadParameter(f"--status is one of {', '.join(PeriodStatus)}")
    wanted = PeriodStatus(status.upper()) if status else None

    async def look(operations: Operations, caller: Caller) -> list[PayPeriod]:
        return await operations.periods.known(caller, tenant=tenant, pay_group=group, status=wanted)

    found = operate(context, look)
    if json:
        print_json(found)
        return
    rows = [
        (p.pay_group, p.first, p.last, p.status, p.version, p.manifest.cards if p.manifest else "",
         "yes" if p.acknowledged_hash else "", p.changed_by, time_text(p.changed_at), p.reason)
        for p in found
    ]  # fmt: skip
    print_table(("group", "first", "last", "status", "version", "cards", "acknowledged", "by", "at", "reason"), rows)
    print(f"{len(found)} periods")


@app.command()
def show(context: typer.Context, group: Group, day: Date, tenant: TenantOption = "", json: JsonFlag = False) -> None:
    """A period, its manifest and waivers, and what the partitions said when it was closed last."""

    async def look(operations: Operations, caller: Caller) -> PeriodOutcome:
        return await operations.periods.show(caller, _place(group, day, tenant))

    _tell_outcome(operate(context, look), json)


@app.command()
def manifest(
    context: typer.Context, group: Group, day: Date, tenant: TenantOption = "", json: JsonFlag = False
) -> None:
    """Counts, sums and hash of a locked period, for payroll to compare."""

    async def look(operations: Operations, caller: Caller) -> PeriodManifest:
        return await operations.periods.manifest(caller, _place(group, day, tenant))

    found = operate(context, look)
    if json:
        print_json(found.model_dump(mode="json"))
        return
    sums = found.manifest
    print(f"{found.pay_group} {found.first} to {found.last} (version {found.version})")
    print(f"  cards {sums.cards}, people {sums.employees}, hash {sums.content_hash}")
    print_table(("minutes of", "sum"), sums.minutes.items())
    print(f"  acknowledged: {found.acknowledged_by or 'not yet'}; retro changes: {found.retro}")


@app.command()
def close(
    context: typer.Context,
    group: Group,
    day: Date,
    sites: Annotated[
        list[str] | None,
        typer.Option("--site", help="Only devices of this site must have told everything; several. Default: all."),
    ] = None,
    wait: Annotated[float, typer.Option(min=0, max=86_400, help="Seconds to wait for the partitions.")] = 600.0,
    tenant: TenantOption = "",
    reason: ReasonOption = "",
    json: JsonFlag = False,
) -> None:
    """Lock a period that is over, or say what is in the way. Exit code 1 when it is not locked.

    Goes on with a closing that somebody else began, or that was broken off.
    """
    from schemas.payperiods import PeriodStatus

    place = _place(group, day, tenant)
    last = (-1, -1)

    def tell(reported: int, partitions: int) -> None:
        nonlocal last
        if (reported, partitions) != last:
            last = (reported, partitions)
            print(f"{reported} of {partitions or '?'} partitions have reported", file=sys.stderr)

    async def do(operations: Operations, caller: Caller) -> PeriodOutcome:
        outcome = await operations.periods.close(
            caller, place, reason=reason, sites=sites or (), wait_seconds=wait, tell=tell
        )
        if outcome.period.status is PeriodStatus.CLOSING:
            why = f"given up: {outcome.reported} of {outcome.partitions or '?'} partitions reported within {wait:g} s"
            period = await operations.periods.give_up(caller, place, reason=why)
            outcome = outcome.model_copy(update={"period": period})
        return outcome

    found = operate(context, do)
    _tell_outcome(found, json)
    if found.period.status is not PeriodStatus.LOCKED:
        raise typer.Exit(1)


@app.command("open")
def open_again(
    context: typer.Context, group: Group, day: Date, tenant: TenantOption = "", reason: ReasonOption = "",
    json: JsonFlag = False,
) -> None:  # fmt: skip
    """Give a closing up: the cards move again."""

    async def do(operations: Operations, caller: Caller) -> PayPeriod:
        return await operations.periods.give_up(caller, _place(group, day, tenant), reason=reason)

    _tell_state(operate(context, do), json)


@app.command()
def waive(
    context: typer.Context,
    group: Group,
    day: Date,
    code: Annotated[str, typer.Option(help="Exception code, INCOMPLETE, UNAPPROVED or DEVICE.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the period and in the audit log.")],
    employee: Annotated[str, typer.Option(help="Whose. Default: everybody's.")] = "",
    work_date: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Which work date. Default: every one.")
    ] = None,
    device: Annotated[str, typer.Option(help="With DEVICE: its serial. Default: every device.")] = "",
    tenant: TenantOption = "",
    json: JsonFlag = False,
) -> None:
    """Take the blame, by name, for one thing that would keep the period from being locked."""
    import getpass

    from schemas.payperiods import Waiver

    if not code or not reason:
        raise typer.BadParameter("--code and --reason must not be empty")
    waiver = Waiver(
        code=code.upper(), employee=employee, work_date=f"{work_date:%Y-%m-%d}" if work_date else "", device=device,
        waived_by=getpass.getuser(), reason=reason,
    )  # fmt: skip

    async def do(operations: Operations, caller: Caller) -> PayPeriod:
        return await operations.periods.waive(caller, _place(group, day, tenant), waiver)

    _tell_state(operate(context, do), json)


@app.command()
def acknowledge(
    context: typer.Context,
    group: Group,
    day: Date,
    content_hash: Annotated[str, typer.Argument(metavar="HASH", help="As payroll computed it: 32 hex digits.")],
    tenant: TenantOption = "",
    reason: ReasonOption = "",
    json: JsonFlag = False,
) -> None:
    """Payroll holds the same cards. Exit code 1 when the hash is another: stop the run."""

    async def do(operations: Operations, caller: Caller) -> PayPeriod:
        place = _place(group, day, tenant)
        return await operations.periods.acknowledge(caller, place, content_hash.lower(), reason=reason)

    _tell_state(operate(context, do), json)


@app.command()
def reopen(
    context: typer.Context,
    group: Group,
    day: Date,
    not_paid_yet: Annotated[
        bool, typer.Option("--paid-not-yet", help="Payroll acknowledged it, but nothing was paid; needs --reason.")
    ] = False,
    tenant: TenantOption = "",
    reason: ReasonOption = "",
    json: JsonFlag = False,
) -> None:
    """Reopen a locked period that was not paid: versions go on, and it is closed again later."""

    async def do(operations: Operations, caller: Caller) -> PayPeriod:
        place = _place(group, day, tenant)
        return await operations.periods.reopen(caller, place, reason=reason, not_paid_yet=not_paid_yet)

    _tell_state(operate(context, do), json)


@app.command()
def retro(
    context: typer.Context,
    group: Group,
    day: Date,
    reason: Annotated[str, typer.Option(help="Why; it stands in the period and in the audit log.")],
    tenant: TenantOption = "",
    json: JsonFlag = False,
) -> None:
    """Derive a locked period by the policies of now; the differences become adjustments.

    Look at them first: punchstream timecards simulate.
    """

    async def do(operations: Operations, caller: Caller) -> PayPeriod:
        return await operations.periods.retro(caller, _place(group, day, tenant), reason=reason)

    _tell_state(operate(context, do), json)


def _place(group: str, day: datetime, tenant: str) -> PeriodPlace:
    from ingest.control.period_book import PeriodPlace

    return PeriodPlace(group, day.date(), tenant)


def _tell_state(period: PayPeriod, json: bool) -> None:
    if json:
        print_json(period)
    else:
        print(state_line(period))


def _tell_outcome(outcome: PeriodOutcome, json: bool) -> None:
    if json:
        print_json(outcome.model_dump(mode="json"))
        return
    for line in outcome_lines(outcome):
        print(line)
    if outcome.hindrances:
        rows = [(one.code, one.employee, one.work_date, one.device, one.detail) for one in outcome.hindrances]
        print_table(("hindrance", "employee", "date", "device", "detail"), rows)
    if unlisted := outcome.hindrance_count - len(outcome.hindrances):
        print(f"and {unlisted} more")
