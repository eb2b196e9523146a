"""`punchstream roster`: planned shifts of single dates, over the schedules of the registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.employees import DryRunFlag, TenantOption
from cli.operator import ReasonOption, operate
from cli.options import JsonFlag, print_json, settings_of

if TYPE_CHECKING:
    from ingest.control.caller import Caller
    from ingest.control.operations import Operations

app = typer.Typer(help="Who works when, date by date.", no_args_is_help=True)

_MAX_LISTED = 50


@app.callback()
def _group() -> None:
    """Keeps `apply` a command of its own: a group of one command would be that command."""


@app.command("apply")
def apply_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML or CSV: employee, date, shifts.")],
    tenant: TenantOption = "",
    dry_run: DryRunFlag = False,
    reason: ReasonOption = "",
    json: JsonFlag = False,
) -> None:
    """Plan shifts of single dates: several a date, none for a free day, `-` for what the schedule says."""
    from cli.people_files import raise_problems, read_text
    from cli.registry_rows import Problem
    from cli.roster_file import by_employee, entry_text, read_roster

    whose = tenant or settings_of(context).ingest.default_tenant
    entries, problems = read_roster(str(file), read_text(file))
    raise_problems(file, problems)
    rosters = by_employee(entries)

    async def do(operations: Operations, caller: Caller) -> int:
        known = await operations.employees.known(caller, whose, rosters, ())
        first = {entry.employee: entry.line for entry in reversed(entries)}
        unknown = [code for code in rosters if code not in known.employees]
        lines = sorted((first[code], f"unknown employee {code} of tenant {whose}") for code in unknown)
        raise_problems(file, [Problem(str(file), line, message) for line, message in lines])
        return 0 if dry_run else await operations.employees.write_rosters(caller, whose, rosters, reason)

    operate(context, do)
    if json:
        print_json([{"employee": code, "dates": dates} for code, dates in rosters.items()])
        return
    print(f"people of tenant {whose}")
    for entry in entries[:_MAX_LISTED]:
        print(f"  {entry_text(entry)}")
    if len(entries) > _MAX_LISTED:
        print(f"... and {len(entries) - _MAX_LISTED} more (--json lists all)")
    print(f"{len(entries)} dates of {len(rosters)} people")
    print("nothing was written (--dry-run)" if dry_run else "written")
