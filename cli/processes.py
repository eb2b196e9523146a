"""The parts as processes: each alone, and `up`, which starts all of them on one machine."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import settings_of


def register(app: typer.Typer) -> None:
    for command in (up, ingest, connect, normalize, track, resolve, derive, sink):
        app.command()(command)


def up(
    context: typer.Context,
    for_seconds: Annotated[
        float | None,
        typer.Option("--for", min=1, metavar="SECONDS", help="Stop by itself after this long. Default: until Ctrl-C."),
    ] = None,
    terminals: Annotated[int, typer.Option(min=1, help="Simulated terminals.")] = 50,
    rate: Annotated[float, typer.Option(min=0.01, help="Punches a second over all of them.")] = 20.0,
    crew: Annotated[
        int, typer.Option(help="People whose work is planned, at terminals of their own; 0: none, else at least 16.")
    ] = 40,
) -> None:
    """Everything on this machine, with a simulated fleet, and an account of its punches and hours at the end."""
    from cli.up import UpOptions
    from cli.up import up as run_all

    raise typer.Exit(run_all(settings_of(context), UpOptions(for_seconds, terminals, rate, crew)))


def ingest(context: typer.Context) -> None:
    """The edge: devices push here."""
    from ingest.main import run
    from runtime.lifecycle import run_process

    settings = settings_of(context)
    raise typer.Exit(run_process("ingest", settings, lambda stop: run(settings, stop)))


def connect(context: typer.Context) -> None:
    """The connectors: BioTime servers and Akuvox stations are polled."""
    from connectors.main import run
    from runtime.lifecycle import run_process

    settings = settings_of(context)
    raise typer.Exit(run_process("connect", settings, lambda stop: run(settings, stop)))


def normalize(context: typer.Context) -> None:
    """The normalizer: raw uploads to punches."""
    from processors.main import run
    from runtime.lifecycle import run_process

    settings = settings_of(context)
    raise typer.Exit(run_process("normalize", settings, lambda stop: run(settings, stop)))


def track(context: typer.Context) -> None:
    """The tracker: state of each device, last punch of each PIN."""
    from processors.track_main import run
    from runtime.lifecycle import run_process

    settings = settings_of(context)
    raise typer.Exit(run_process("track", settings, lambda stop: run(settings, stop)))


def resolve(context: typer.Context) -> None:
    """Resolve: whose each punch is, and how far sites have told everything."""
    from processors.resolve_main import run
    from runtime.lifecycle import run_process

    settings = settings_of(context)
    raise typer.Exit(run_process("resolve", settings, lambda stop: run(settings, stop)))


def derive(context: typer.Context) -> None:
    """Cards: hours from punches, corrections, schedules and policies."""
    from processors.derive_main import run
    from runtime.lifecycle import run_process

    settings = settings_of(context)
    raise typer.Exit(run_process("derive", settings, lambda stop: run(settings, stop)))


def sink(context: typer.Context) -> None:
    """The sink: topics to ClickHouse tables."""
    from runtime.lifecycle import run_process
    from sinks.main import run

    settings = settings_of(context)
    raise typer.Exit(run_process("sink", settings, lambda stop: run(settings, stop)))
