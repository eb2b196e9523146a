"""The command `punchstream`: global options, the groups, and how errors are told."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import (
    approvals,
    commands,
    connectors,
    corrections,
    devices,
    doctor,
    employees,
    export,
    import_attlog,
    keys,
    migrate,
    people,
    periods,
    processes,
    registry,
    roster,
    settings,
    simulate,
    stack,
    timecards,
    tokens,
    topics,
)
from cli.options import GlobalOptions

# Where the packages keep their trees of errors. Who raises one has imported its module; nothing is imported for this.
ERROR_MODULES = frozenset(
    {
        "cli.errors",
        "connectors.errors",
        "deploy.local.errors",
        "ingest.commands.errors",
        "ingest.control.errors",
        "ingest.errors",
        "processors.errors",
        "processors.timecards.stream.errors",
        "runtime.errors",
        "simulate.akuvox.errors",
        "simulate.biotime.errors",
        "simulate.fleet.errors",
        "sinks.errors",
        "wire.akuvox.errors",
        "wire.biotime.errors",
        "wire.zkpush.errors",
    }
)

app = typer.Typer(
    help="Time clocks and door stations in, payable hours out: exact, durable, explainable.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
processes.register(app)
app.add_typer(stack.app, name="stack")
app.add_typer(topics.app, name="topics")
app.add_typer(migrate.app, name="migrate")
app.add_typer(registry.app, name="registry")
app.add_typer(simulate.app, name="simulate")
app.add_typer(settings.app, name="settings")
app.add_typer(keys.app, name="keys")
app.add_typer(devices.app, name="devices")
app.add_typer(commands.app, name="commands")
app.add_typer(people.app, name="people")
app.add_typer(employees.app, name="employees")
app.add_typer(roster.app, name="roster")
app.add_typer(connectors.app, name="connectors")
app.add_typer(tokens.app, name="tokens")
app.add_typer(timecards.app, name="timecards")
app.add_typer(corrections.app, name="corrections")
app.add_typer(approvals.app, name="approvals")
app.add_typer(periods.app, name="periods")
app.add_typer(export.app, name="export")
app.add_typer(import_attlog.app, name="import")
app.command()(doctor.doctor)


def _print_version(asked: bool) -> None:
    if asked:
        from runtime.version import VERSION

        print(f"punchstream {VERSION}")
        raise typer.Exit


@app.callback()
def _global_options(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="Settings file (TOML).")] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SECTION.KEY=VALUE", help="One setting; wins over file and environment."),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    context.obj = GlobalOptions(config, tuple(overrides or ()))


def main() -> None:
    """Errors of ours become one sentence on standard error and exit code 1; any other keeps its traceback."""
    # Libraries log what they then raise as well; until a process sets its own logs up, the sentence is enough.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        app()
    except Exception as error:
        if not is_ours(error):
            raise
        print(f"punchstream: {error}", file=sys.stderr)
        sys.exit(1)


def is_ours(error: BaseException) -> bool:
    return any(base.__module__ in ERROR_MODULES for base in type(error).__mro__)


if __name__ == "__main__":
    main()
