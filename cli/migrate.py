"""`punchstream migrate`: the tables in ClickHouse."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import JsonFlag, print_json, settings_of

app = typer.Typer(help="The ClickHouse tables, step by step and back.", no_args_is_help=True)


@app.command("plan")
def plan_migrations(context: typer.Context, json: JsonFlag = False) -> None:
    """Show the statements that `apply` would run. Changes nothing."""
    from sinks.migrations import runner

    planned = runner.plan(settings_of(context).clickhouse)
    if json:
        print_json(
            [{"version": step.version, "name": step.name, "statement": statement} for step, statement in planned]
        )
        return
    for step, statement in planned:
        print(f"-- {step.version} {step.name}\n{statement.strip()}\n")
    print(f"-- {len(planned)} migrations to apply")


@app.command("apply")
def apply_migrations(context: typer.Context, json: JsonFlag = False) -> None:
    """Bring the tables up to date."""
    from sinks.migrations import runner

    applied = runner.apply(settings_of(context).clickhouse)
    if json:
        print_json([{"version": step.version, "name": step.name} for step in applied])
        return
    for step in applied:
        print(f"applied {step.version} {step.name}")
    if not applied:
        print("the tables are up to date")


@app.command("status")
def show_status(context: typer.Context, json: JsonFlag = False) -> None:
    """Which migrations are applied. Exit code 1 when some are not."""
    from sinks.migrations import runner

    steps = runner.status(settings_of(context).clickhouse)
    if json:
        print_json(
            [
                {
                    "version": step.migration.version,
                    "name": step.migration.name,
                    "applied": step.applied,
                    "changed": step.changed,
                }
                for step in steps
            ]
        )
    else:
        for step in steps:
            state = "applied, but its file was changed since" if step.changed else "applied"
            print(f"{step.migration.version} {step.migration.name}: {state if step.applied else 'not applied'}")
    if any(step.changed or not step.applied for step in steps):
        raise typer.Exit(1)


@app.command("revert")
def revert_migrations(
    context: typer.Context,
    to: Annotated[int, typer.Option("--to", min=0, help="The version that stays; 0 takes back all.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take migrations back, the last first. Tables are dropped with their rows."""
    from sinks.migrations import runner

    settings = settings_of(context).clickhouse
    if not yes:
        typer.confirm(
            f"Drop what migrations above {to} made in database {settings.database}, with all rows?", abort=True
        )
    reverted = runner.revert(settings, to)
    for step in reverted:
        print(f"reverted {step.version} {step.name}")
    if not reverted:
        print("there was nothing to take back")
