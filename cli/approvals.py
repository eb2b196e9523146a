"""`punchstream approvals`: approve cards, take approvals back, look at both."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.correction_words import Tenant, made, names_of, outcome
from cli.operator import operate, print_table, time_text
from cli.options import JsonFlag, print_json

if TYPE_CHECKING:
    from ingest.control.approval_desk import CardDecided
    from ingest.control.caller import Caller
    from ingest.control.operations import Operations
    from schemas.approvals import Approval

app = typer.Typer(help="Approvals of cards: give them, take them back, look.", no_args_is_help=True)

Employees = Annotated[list[str] | None, typer.Argument(metavar="[EMPLOYEE]...", help="Employee codes.")]
File = Annotated[
    Path | None, typer.Option("--employees", help="Or a file with a code a line.", exists=True, dir_okay=False)
]
First = Annotated[str, typer.Option("--from", help="First work date, 2026-11-20.")]
Last = Annotated[str, typer.Option("--to", help="Last work date; else the first.")]
Version = Annotated[
    int | None, typer.Option("--version", help="Of one card, as you looked at it; else the one that is current.", min=1)
]
Hash = Annotated[str, typer.Option("--hash", help="With --version: its content hash.")]
Why = Annotated[str, typer.Option("--reason", help="Why, in words.")]


@app.command()
def approve(
    context: typer.Context,
    first: First,
    employees: Employees = None,
    file: File = None,
    last: Last = "",
    version: Version = None,
    content_hash: Hash = "",
    reason: Why = "",
    tenant: Tenant = "",
    json: JsonFlag = False,
) -> None:
    """Approve the COMPLETE cards without blocking exceptions that employees have at these dates."""
    _decide(context, "approve", employees, file, first, last, version, content_hash, reason, tenant, json)


@app.command()
def reject(
    context: typer.Context,
    first: First,
    reason: Why,
    employees: Employees = None,
    file: File = None,
    last: Last = "",
    version: Version = None,
    content_hash: Hash = "",
    tenant: Tenant = "",
    json: JsonFlag = False,
) -> None:
    """Take approvals back, or say that cards will not be approved as they are."""
    _decide(context, "reject", employees, file, first, last, version, content_hash, reason, tenant, json)


@app.command("list")
def list_approvals(
    context: typer.Context,
    employee: Annotated[str, typer.Option("--employee", help="Of one employee.")] = "",
    since: Annotated[str, typer.Option("--since", help="Decided since this date; else 35 days.")] = "",
    tenant: Tenant = "",
    json: JsonFlag = False,
) -> None:
    """Decisions on cards, the newest first."""
    from dataclasses import asdict

    async def look(operations: Operations, caller: Caller) -> list[Approval]:
        return await operations.approvals.known(caller, tenant=tenant, employee=employee, since=since)

    found = operate(context, look)
    if json:
        print_json([asdict(one) for one in found])
        return
    rows = [
        (one.employee, one.work_date, one.version, one.decision.value, one.decided_by, time_text(one.decided_at),
         one.reason)
        for one in found
    ]  # fmt: skip
    print_table(("employee", "date", "version", "decision", "by", "at", "why"), rows)
    print(f"{len(rows)} decisions")


def _decide(
    context: typer.Context,
    decision: str,
    employees: list[str] | None,
    file: Path | None,
    first: str,
    last: str,
    version: int | None,
    content_hash: str,
    reason: str,
    tenant: str,
    json: bool,
) -> None:
    from ingest.control.approval_desk import CardChoice, DecideCards

    codes = (*(employees or ()), *names_of(file))
    if not codes:
        raise typer.BadParameter("say whose cards: employee codes, or --employees FILE")
    if version is not None or content_hash:
        if len(codes) != 1 or last not in ("", first):
            raise typer.BadParameter("--version and --hash are of one card: one employee and one date")
        card = made(CardChoice, employee=codes[0], work_date=first, version=version, content_hash=content_hash)
        wanted = made(DecideCards, decision=decision, tenant=tenant, cards=(card,), reason=reason)
    else:
        wanted = made(
            DecideCards, decision=decision, tenant=tenant, employees=codes, first=first, last=last or first,
            reason=reason,
        )  # fmt: skip

    async def do(operations: Operations, caller: Caller) -> list[CardDecided]:
        return await operations.approvals.decide(caller, wanted)

    decided = operate(context, do)
    outcome(
        ("employee", "date", "version", "status", "refused because"),
        [(one.employee, one.work_date, one.version, one.status or "", one.refusal) for one in decided],
        decided,
        json,
    )
