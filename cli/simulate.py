"""`punchstream simulate`: the outside world, to try and to load the system."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

app = typer.Typer(help="Simulated terminals.", no_args_is_help=True)

_URL = "http://127.0.0.1:8080"
_LEDGER = Path(".local/fleet")

Terminals = Annotated[int, typer.Option(help="How many terminals.")]


def _rate(text: str) -> float | Literal["max"]:
    if text == "max":
        return "max"
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter("a number of punches a second, or max") from None


@app.command()
def fleet(
    context: typer.Context,
    scenario: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Settings from a file (docs/simulate.md); options given here go first."),
    ] = None,
    url: Annotated[str, typer.Option(help="The edge.")] = _URL,
    terminals: Terminals = 50,
    people: Annotated[int, typer.Option(help="Persons per terminal.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed makes the same fleet.")] = 1,
    ledger: Annotated[
        Path, typer.Option(help="Folder of the ledger (what was made, what was acknowledged) and of status.json.")
    ] = _LEDGER,
    rate: Annotated[str, typer.Option(help="Punches a second over the whole fleet, or max.")] = "20",
    rows_per_body: Annotated[int, typer.Option(help="1: real time; more: that many punches in each upload.")] = 1,
    time_scale: Annotated[
        float, typer.Option(help="Factor on the protocol's waits (ErrorDelay, Delay); punches keep their times.")
    ] = 1.0,
    for_seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", help="Stop making punches after this long.")
    ] = None,
    drain_seconds: Annotated[
        float, typer.Option(help="After the stop, how long to try until all is acknowledged.")
    ] = 20.0,
) -> None:
    """Terminals that punch, until Ctrl-C or for a while."""
    from simulate.fleet.main import main
    from simulate.fleet.scenario import read_scenario
    from simulate.fleet.settings import FleetSettings

    options: dict[str, Any] = {
        "url": url,
        "ledger": ledger,
        "seed": seed,
        "terminals": terminals,
        "people": people,
        "rate": _rate(rate),
        "rows_per_body": rows_per_body,
        "time_scale": time_scale,
        "duration": for_seconds,
        "drain_seconds": drain_seconds,
    }
    if scenario is None:
        settings = FleetSettings(**options)
    else:
        names = {"duration": "for_seconds"}
        given = {name: value for name, value in options.items() if _is_given(context, names.get(name, name))}
        settings = read_scenario(scenario, given, {"url": url, "ledger": ledger})
    raise typer.Exit(main(settings))


def _is_given(context: typer.Context, name: str) -> bool:
    """Whether the option stood on the command line, rather than being left at its default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


@app.command("fleet-registry")
def fleet_registry(
    terminals: Terminals = 50,
    tenant: Annotated[str, typer.Option(help="Whose terminals they are.")] = "demo",
) -> None:
    """Print the registry file (YAML) of a fleet, for `punchstream registry apply`."""
    from simulate.fleet.registry_file import registry_yaml
    from simulate.fleet.settings import FleetSettings

    print(registry_yaml(FleetSettings(url=_URL, ledger=_LEDGER, terminals=terminals, tenant=tenant)), end="")
