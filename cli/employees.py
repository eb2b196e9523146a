"""`punchstream employees`: who works here, how employed, and whose a PIN is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.operator import ReasonOption, operate, print_table
from cli.options import JsonFlag, print_json, settings_of

if TYPE_CHECKING:
    from ingest.control.caller import Caller
    from ingest.control.employees import KnownPeople, PersonChange
    from ingest.control.operations import Operations

app = typer.Typer(help="People: names, places, employment, PINs.", no_args_is_help=True)

TenantOption = Annotated[
    str, typer.Option("--tenant", metavar="TENANT", help="Whose people; else the setting ingest.default_tenant.")
]
DryRunFlag = Annotated[bool, typer.Option("--dry-run", help="Show what would change, write nothing.")]


@app.command("apply")
def apply_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML or CSV of people.")],
    tenant: TenantOption = "",
    dry_run: DryRunFlag = False,
    reason: ReasonOption = "",
    json: JsonFlag = False,
) -> None:
    """Make people's records say what the file says. What it does not name stays as it is; end PINs with valid_to."""
    from cli.employees_file import read_people
    from cli.employees_plan import Names, plan_people
    from cli.employees_text import change_data, change_lines
    from cli.people_files import raise_problems, read_text

    whose = tenant or settings_of(context).ingest.default_tenant
    entries, problems = read_people(str(file), read_text(file))
    raise_problems(file, problems)

    async def do(operations: Operations, caller: Caller) -> tuple[list[PersonChange], int]:
        desk = operations.employees
        pins = {pin.pin for entry in entries for pin in entry.pins}
        known = await desk.known(caller, whose, {entry.code for entry in entries}, pins)
        changes, wrong = plan_people(entries, known, Names.of(desk.registry()), whose, desk.now_ms())
        raise_problems(file, wrong)
        return changes, 0 if dry_run else await desk.write(caller, whose, changes, reason)

    changes, written = operate(context, do)
    if json:
        print_json(change_data(changes))
        return
    print(f"people of tenant {whose}")
    print("\n".join(change_lines(changes)))
    print("nothing was written (--dry-run)" if dry_run else f"{written} records written")


@app.command("list")
def list_people(
    context: typer.Context,
    tenant: TenantOption = "",
    site: Annotated[str, typer.Option("--site", help="Only those whose home site this is, as employed last.")] = "",
    json: JsonFlag = False,
) -> None:
    """Everybody, with the last period of employment."""
    from cli.employees_text import name_of, plain
    from schemas.employees import Employment

    known = _known(context, tenant, pins=())
    found = []
    for person in known.employees.values():
        last = person.employment[-1] if person.employment else Employment()
        if not site or (last.site or person.site) == site:
            found.append((person, last))
    if json:
        print_json([plain(person) for person, _ in found])
        return
    rows = [
        (p.employee, name_of(p), "" if p.active else "left", last.site or p.site, last.policy_group or p.department,
         last.pay_group, last.schedule, p.source)
        for p, last in found
    ]  # fmt: skip
    print_table(("employee", "name", "active", "site", "policy group", "pay group", "schedule", "kept by"), rows)
    print(f"{len(rows)} people{_unreadable(known)}")


@app.command("show")
def show_person(
    context: typer.Context,
    employee: Annotated[str, typer.Argument(metavar="EMPLOYEE", help="The person's code.")],
    tenant: TenantOption = "",
    json: JsonFlag = False,
) -> None:
    """One person: the record, all periods of employment, all PINs. Exit code 1 when there is none."""
    from cli.employees_plan import employment_text
    from cli.employees_text import name_of, pin_text, plain
    from cli.errors import NotFound

    known = _known(context, tenant, employees=(employee,))
    person = known.employees.get(employee)
    pins = [one for one in known.identities.values() if one.employee == employee]
    if person is None and not pins:
        raise NotFound(f"nothing is known of an employee {employee}")
    if json:
        print_json({"record": plain(person) if person else None, "pins": [plain(one) for one in pins]})
        return
    if person is not None:
        print(
            f"{employee}: {name_of(person) or '(no name)'}{'' if person.active else ', left'}, kept by {person.source}"
        )
        print(
            f"  site {person.site or '-'}, department {person.department or '-'}, areas {';'.join(person.areas) or '-'}"
        )
        for period in person.employment:
            print(f"  employed: {employment_text(period)}")
    for one in pins:
        print(f"  {pin_text(one)}")


@app.command("export")
def export_people(context: typer.Context, tenant: TenantOption = "") -> None:
    """Print everybody as a YAML file that applies back to the same."""
    from cli.employees_file import people_yaml

    known = _known(context, tenant)
    print(people_yaml(known.employees.values(), known.identities.values()), end="")


def _known(
    context: typer.Context, tenant: str, employees: tuple[str, ...] | None = None, pins: tuple[str, ...] | None = None
) -> KnownPeople:
    whose = tenant or settings_of(context).ingest.default_tenant

    async def look(operations: Operations, caller: Caller) -> KnownPeople:
        return await operations.employees.known(caller, whose, employees, pins)

    return operate(context, look)


def _unreadable(known: KnownPeople) -> str:
    return f", {known.unreadable} records make no sense and are left out" if known.unreadable else ""
