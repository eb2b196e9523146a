"""`punchstream corrections`: ask for corrections of punches and for leave, decide on them, look at them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.correction_words import Tenant, made, names_of, outcome, shown, state_code
from cli.operator import operate, print_table
from cli.options import JsonFlag, print_json

if TYPE_CHECKING:
    from ingest.control.caller import Caller
    from ingest.control.correction_bulk import Plan
    from ingest.control.correction_desk import Decided
    from ingest.control.operations import Operations
    from schemas.corrections import Correction

app = typer.Typer(help="Corrections of punches, and leave: ask, decide, look.", no_args_is_help=True)


class Status(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVOKED = "revoked"


Employee = Annotated[str, typer.Argument(metavar="EMPLOYEE", help="Employee code.")]
PunchId = Annotated[str, typer.Argument(metavar="PUNCH", help="Id of the punch, or of an added one, as cards show it.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="As `add` and `list` tell them.")]
Batch = Annotated[str, typer.Option("--batch", help="All of a batch instead.")]
Why = Annotated[str, typer.Option("--reason", help="Why, in words.")]
Key = Annotated[str, typer.Option("--key", help="Yours: a second request under a key gives the first's correction.")]
ReasonCode = Annotated[str, typer.Option("--reason-code", help="One of control.reason_codes.")]
State = Annotated[str, typer.Option("--state", help="in, out, break-out, break-in, or a code of the policy.")]
Zone = Annotated[str, typer.Option("--zone", help="IANA zone of the wall time; else the site's.")]
Offset = Annotated[str, typer.Option("--offset", help="+HH:MM, where a wall time occurred twice or never.")]
Site = Annotated[str, typer.Option("--site", help="Where; else the home site.")]
WorkCode = Annotated[str, typer.Option("--work-code", help="Work code.")]
TargetAt = Annotated[int | None, typer.Option("--target-at", help="Its instant in epoch ms; else it is looked up.")]
Serial = Annotated[str, typer.Option("--serial", help="Where it was punched: it is found sooner.")]


@app.command()
def add(
    context: typer.Context,
    employee: Employee,
    time: Annotated[str, typer.Argument(metavar="TIME", help='Wall time: "2026-11-20 08:00".')],
    reason: Why,
    state: State = "",
    zone: Zone = "",
    offset: Offset = "",
    site: Site = "",
    work_code: WorkCode = "",
    reason_code: ReasonCode = "",
    tenant: Tenant = "",
    key: Key = "",
    json: JsonFlag = False,
) -> None:
    """Ask for a punch that is missing."""
    _request(
        context, json, operation="add", employee=employee, local=time, state=state_code(state), zone=zone,
        offset=offset, site=site, work_code=work_code, reason=reason, reason_code=reason_code, tenant=tenant, key=key,
    )  # fmt: skip


@app.command()
def edit(
    context: typer.Context,
    employee: Employee,
    punch: PunchId,
    reason: Why,
    time: Annotated[str, typer.Option("--time", help='Its right wall time: "2026-11-20 08:00".')] = "",
    state: State = "",
    zone: Zone = "",
    offset: Offset = "",
    site: Annotated[str, typer.Option("--site", help="Its right site.")] = "",
    work_code: WorkCode = "",
    target_at: TargetAt = None,
    serial: Serial = "",
    reason_code: ReasonCode = "",
    tenant: Tenant = "",
    key: Key = "",
    json: JsonFlag = False,
) -> None:
    """Ask that a punch gets another time, state, work code or site. The original is kept."""
    _request(
        context, json, operation="edit", employee=employee, target=punch, target_at=target_at, serial=serial,
        local=time, state=state_code(state), zone=zone, offset=offset, site=site, work_code=work_code, reason=reason,
        reason_code=reason_code, tenant=tenant, key=key,
    )  # fmt: skip


@app.command()
def void(
    context: typer.Context,
    employee: Employee,
    punch: PunchId,
    reason: Why,
    target_at: TargetAt = None,
    serial: Serial = "",
    reason_code: ReasonCode = "",
    tenant: Tenant = "",
    key: Key = "",
    json: JsonFlag = False,
) -> None:
    """Ask that a punch does not count. The original is kept."""
    _request(
        context, json, operation="void", employee=employee, target=punch, target_at=target_at, serial=serial,
        reason=reason, reason_code=reason_code, tenant=tenant, key=key,
    )  # fmt: skip


@app.command()
def leave(
    context: typer.Context,
    employee: Employee,
    date: Annotated[str, typer.Argument(metavar="DATE", help="Work date, 2026-11-20.")],
    minutes: Annotated[int, typer.Argument(metavar="MINUTES", help="How long.", min=1, max=1440)],
    reason: Why,
    leave_code: Annotated[str, typer.Option("--leave-code", help="What kind, as payroll calls it.")] = "",
    reason_code: ReasonCode = "",
    tenant: Tenant = "",
    key: Key = "",
    json: JsonFlag = False,
) -> None:
    """Ask for leave on a work date."""
    _request(
        context, json, operation="leave", employee=employee, work_date=date, minutes=minutes, leave_code=leave_code,
        reason=reason, reason_code=reason_code, tenant=tenant, key=key,
    )  # fmt: skip


@app.command()
def bulk(
    context: typer.Context,
    reason: Why,
    employees: Annotated[
        Path | None, typer.Option("--employees", help="File with an employee code a line.", exists=True, dir_okay=False)
    ] = None,
    of_site: Annotated[str, typer.Option("--of-site", help="All active employees whose home site it is.")] = "",
    of_device: Annotated[str, typer.Option("--of-device", help="All with an identity at this device then.")] = "",
    time: Annotated[str, typer.Option("--add", help='Add a punch at this wall time: "2026-11-20 08:00".')] = "",
    date: Annotated[str, typer.Option("--leave", help="Or leave on this work date.")] = "",
    minutes: Annotated[int, typer.Option("--minutes", help="With --leave.", min=0, max=1440)] = 0,
    leave_code: Annotated[str, typer.Option("--leave-code", help="With --leave.")] = "",
    state: State = "",
    zone: Zone = "",
    offset: Offset = "",
    site: Site = "",
    work_code: WorkCode = "",
    reason_code: ReasonCode = "",
    tenant: Tenant = "",
    yes: Annotated[bool, typer.Option("--yes", help="Write it without asking.")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what it would be.")] = False,
    json: JsonFlag = False,
) -> None:
    """The same correction for many, up to 10,000: shown first, then written as one batch."""
    from ingest.control.correction_requests import Bulk

    if bool(time) == bool(date):
        raise typer.BadParameter("say one of --add, --leave")
    if json and not (yes or preview):
        raise typer.BadParameter("--json asks nobody: say --preview or --yes")
    wanted = made(
        Bulk, operation="add" if time else "leave", employees=names_of(employees), of_site=of_site,
        of_device=of_device, local=time, work_date=date, minutes=minutes, leave_code=leave_code,
        state=state_code(state), zone=zone, offset=offset, site=site, work_code=work_code, reason=reason,
        reason_code=reason_code, tenant=tenant,
    )  # fmt: skip

    async def do(operations: Operations, caller: Caller) -> Plan:
        plan = await operations.correction_bulk.request(caller, wanted)
        if not json:
            print_table(("employee", "what", "skipped"), [(one.employee, one.what, one.skipped) for one in plan.items])
            print(f"{sum(bool(one.what) for one in plan.items)} of {len(plan.items)}")
        if preview or not plan.plan:
            return plan
        if not yes:
            typer.confirm("Ask for these?", abort=True)
        return await operations.correction_bulk.request(caller, wanted.model_copy(update={"plan": plan.plan}))

    plan = operate(context, do)
    if json:
        print_json(plan.model_dump(mode="json"))
    elif plan.batch:
        print(f"somebody else approves them: punchstream corrections approve --batch {plan.batch}")
    if not plan.plan:
        raise typer.Exit(1)


@app.command("list")
def list_corrections(
    context: typer.Context,
    employee: Annotated[str, typer.Option("--employee", help="Of one employee.")] = "",
    batch: Annotated[str, typer.Option("--batch", help="Of one batch.")] = "",
    status: Annotated[Status | None, typer.Option("--status", help="In this state.")] = None,
    older: Annotated[bool, typer.Option("--older", help="With --employee or --batch: all there ever were.")] = False,
    tenant: Tenant = "",
    json: JsonFlag = False,
) -> None:
    """Corrections as they stand, the newest first: those that are at hand (control.corrections_days)."""
    from schemas.corrections import CorrectionStatus

    async def look(operations: Operations, caller: Caller) -> list[Correction]:
        wanted = CorrectionStatus(status) if status else None
        return await operations.corrections.known(
            caller, tenant=tenant, employee=employee, batch=batch, status=wanted, older=older
        )

    shown(operate(context, look), json)


@app.command()
def approve(
    context: typer.Context, ids: Ids = None, batch: Batch = "", reason: Why = "", json: JsonFlag = False
) -> None:
    """They count from now on. Nobody approves what they asked for, or what is about themselves."""
    _decide(context, "approve", ids, batch, reason, json)


@app.command()
def reject(context: typer.Context, reason: Why, ids: Ids = None, batch: Batch = "", json: JsonFlag = False) -> None:
    """They will not count."""
    _decide(context, "reject", ids, batch, reason, json)


@app.command()
def revoke(context: typer.Context, reason: Why, ids: Ids = None, batch: Batch = "", json: JsonFlag = False) -> None:
    """Approved ones do not count any more."""
    _decide(context, "revoke", ids, batch, reason, json)


@app.command()
def withdraw(
    context: typer.Context, ids: Ids = None, batch: Batch = "", reason: Why = "", json: JsonFlag = False
) -> None:
    """Take back what you asked for and nobody has decided on."""
    _decide(context, "withdraw", ids, batch, reason, json)


def _request(context: typer.Context, json: bool, **fields: Any) -> None:
    from ingest.control.correction_requests import Wanted

    wanted = made(Wanted, **fields)

    async def do(operations: Operations, caller: Caller) -> Correction:
        return await operations.corrections.request(caller, wanted)

    shown([operate(context, do)], json)


def _decide(context: typer.Context, verdict: str, ids: list[str] | None, batch: str, reason: str, json: bool) -> None:
    from ingest.control.correction_states import Verdict

    async def do(operations: Operations, caller: Caller) -> list[Decided]:
        return await operations.corrections.decide(
            caller, Verdict(verdict), ids=tuple(ids or ()), batch=batch, reason=reason
        )

    decided = operate(context, do)
    outcome(
        ("correction", "employee", "status", "refused because"),
        [(one.correction_id, one.employee, one.status or "", one.refusal) for one in decided],
        decided,
        json,
    )
