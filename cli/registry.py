"""`punchstream registry`: which sites, devices, departments, positions and areas there are, and the rules of hours."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import JsonFlag, print_json, settings_of

if TYPE_CHECKING:
    from runtime.registry_writer import RecordChange
    from runtime.sections import KafkaSettings

app = typer.Typer(
    help="Sites, devices, policies, calendars, schedules, pay groups, and since when.", no_args_is_help=True
)

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="YAML, or CSV of sites or devices; several count as one.")
]


@app.command("apply")
def apply_files(
    context: typer.Context,
    files: Files,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, write nothing.")] = False,
    json: JsonFlag = False,
) -> None:
    """Make the registry say what the files say. What no file names stays as it is; end something with valid_to."""
    from runtime.registry_writer import write_changes

    kafka = settings_of(context).kafka
    changes = _compare(kafka, files, json)
    if dry_run:
        if not json:
            print("nothing was written (--dry-run)")
        return
    written = asyncio.run(write_changes(kafka, changes))
    if not json:
        print(f"{written} records written")


@app.command("diff")
def diff_files(context: typer.Context, files: Files, json: JsonFlag = False) -> None:
    """Show what `apply` would change. Exit code 1 when there is anything."""
    changes = _compare(settings_of(context).kafka, files, json)
    if any(change.action != "same" for change in changes):
        raise typer.Exit(1)


def _compare(kafka: KafkaSettings, files: list[Path], json: bool) -> list[RecordChange]:
    from cli.registry_apply import plan_files, read_files, read_registry
    from cli.registry_text import change_data, change_lines

    texts = read_files(files)
    current = asyncio.run(read_registry(kafka))
    changes = plan_files(texts, current)
    if json:
        print_json(change_data(changes))
    else:
        kept = len(current) - sum(change.previous is not None for change in changes)
        print("\n".join(change_lines(changes, kept)))
    return changes


@app.command("export")
def export_registry(context: typer.Context) -> None:
    """Print the whole registry as a YAML file that applies back to the same."""
    from cli.registry_apply import read_registry
    from cli.registry_file import registry_yaml

    print(registry_yaml(asyncio.run(read_registry(settings_of(context).kafka))), end="")


@app.command("get")
def get_record(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="Serial of a device in any case, or id of another kind.")],
    kind: Annotated[
        str, typer.Option("--kind", help="site, department, position, area, policy, calendar, schedule, paygroup.")
    ] = "device",
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="Only what holds then, e.g. 2026-01-01T00:00:00+00:00; 2026-01-01 for policies and the like.",
        ),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """What the registry says about a device, a policy, ... and since when. Exit code 1 when it says nothing."""
    from cli.errors import NotFound
    from cli.registry_apply import read_registry
    from cli.registry_histories import periods_at
    from cli.registry_text import period_text

    records = asyncio.run(read_registry(settings_of(context).kafka))
    name = name.upper() if kind == "device" else name
    record = next((found for found in records if found.kind == kind and found.id == name), None)
    if record is None:
        raise NotFound(f"the registry does not name the {kind} {name}")
    try:
        periods = periods_at(record.periods, at)
    except ValueError as error:
        raise typer.BadParameter(f"--at {error}") from None
    if not periods:
        raise NotFound(f"the registry names the {kind} {name}, but nothing holds for it at {at}")
    if json:
        key = "serial" if kind == "device" else "id"
        print_json({key: record.id, "source": record.source, "periods": [asdict(period) for period in periods]})
        return
    for period in periods:
        print(f"{record.id}: {period_text(period)} (source: {record.source})")
