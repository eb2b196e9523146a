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
    crew: Annotated[int, typer.Option(help="People whose work is planned, at terminals of their own; 0: none.")] = 0,
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
        "crew": crew,
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


@app.command()
def akuvox(
    context: typer.Context,
    scenario: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Settings from a file (docs/simulate.md); options given here go first."),
    ] = None,
    stations: Annotated[int, typer.Option(help="How many door stations.")] = 3,
    first_port: Annotated[int, typer.Option(help="One port each from here on; 0: any free ones.")] = 9200,
    control_port: Annotated[
        int | None, typer.Option(help="Loopback port to look at and steer stations; 0: any free one.")
    ] = None,
    ledger: Annotated[Path, typer.Option(help="Folder of the ledger and of status.json.")] = Path(".local/akuvox"),
    rate: Annotated[float, typer.Option(help="Events a second and station.")] = 1.0,
    auth: Annotated[str, typer.Option(help="none, allow-list, basic or digest.")] = "digest",
    seed: Annotated[int, typer.Option(help="The same seed makes the same stations.")] = 1,
    for_seconds: Annotated[
        float | None, typer.Option("--for", metavar="SECONDS", help="Stop making events after this long.")
    ] = None,
    linger_seconds: Annotated[float, typer.Option(help="How long to go on answering after --for.")] = 0.0,
    hint_url: Annotated[
        list[str] | None, typer.Option(help="Action URL of all stations, or MAC=URL of one; may be given again.")
    ] = None,
    settings_out: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Write the entries that make connectors poll them.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object at the start and one at the end.")] = False,
) -> None:
    """Akuvox door stations that answer the vendor's HTTP API, until Ctrl-C or for a while."""
    from simulate.akuvox.gate import Auth
    from simulate.akuvox.main import main
    from simulate.akuvox.scenario import read_scenario
    from simulate.akuvox.settings import AkuvoxSettings

    options: dict[str, Any] = {
        "stations": stations,
        "first_port": first_port,
        "control_port": control_port,
        "ledger": ledger,
        "rate": rate,
        "seed": seed,
        "duration": for_seconds,
        "linger_seconds": linger_seconds,
        "hint_urls": tuple(hint_url or ()),
    }
    mode: Any = auth  # checked by Auth
    if scenario is None:
        settings = AkuvoxSettings(**options, auth=Auth(mode=mode))
    else:
        names = {"duration": "for_seconds", "hint_urls": "hint_url"}
        given = {name: value for name, value in options.items() if _is_given(context, names.get(name, name))}
        if _is_given(context, "auth"):
            given["auth"] = {"mode": mode}
        settings = read_scenario(scenario, given, {"ledger": ledger, "first_port": first_port})
    raise typer.Exit(main(settings, settings_out=settings_out, as_json=as_json))


@app.command()
def biotime(
    context: typer.Context,
    scenario: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Settings from a file (docs/simulate.md); options given here go first."),
    ] = None,
    dialect: Annotated[str, typer.Option(help="biotime, utimemaster or biotimecloud.")] = "biotime",
    version: Annotated[str, typer.Option(help="Of the biotime dialect: 8.0, 9.0 or 9.5.")] = "9.5",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0: any free one.")] = 8090,
    control_port: Annotated[int, typer.Option(help="Loopback port to look at and steer the server; 0: any free.")] = 0,
    ledger: Annotated[Path, typer.Option(help="Folder of the ledger, which is the database too.")] = Path(
        ".local/biotime"
    ),
    terminals: Annotated[int, typer.Option(help="How many terminals.")] = 5,
    employees: Annotated[int, typer.Option(help="How many employees.")] = 100,
    preload: Annotated[int, typer.Option(help="Transactions that a new ledger starts with.")] = 0,
    rate: Annotated[float, typer.Option(help="Punches a second; at most one per employee.")] = 0.0,
    seed: Annotated[int, typer.Option(help="The same seed makes the same server.")] = 1,
    zone: Annotated[str, typer.Option(help="Time zone of the server and its terminals.")] = "Asia/Dubai",
    for_seconds: Annotated[float | None, typer.Option("--for", metavar="SECONDS", help="Stop after this long.")] = None,
    follow: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="A fleet's ledger: its punches are shown here too.")
    ] = None,
    follow_serial: Annotated[
        list[str] | None, typer.Option(metavar="SERIAL", help="Only of this terminal; may be given again.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object at the start and one at the end.")] = False,
) -> None:
    """A server of the BioTime family with its terminals and employees, until Ctrl-C or for a while."""
    from simulate.biotime.main import main
    from simulate.biotime.scenario import make_settings

    options: dict[str, Any] = {
        "dialect": dialect,
        "version": version,
        "host": host,
        "port": port,
        "control_port": control_port,
        "ledger": ledger,
        "terminals": terminals,
        "employees": employees,
        "preload": preload,
        "rate": rate,
        "seed": seed,
        "zone": zone,
        "duration": for_seconds,
        "follow": follow,
        "follow_serials": tuple(follow_serial or ()),
    }
    names = {"duration": "for_seconds", "follow_serials": "follow_serial"}
    given = {name: value for name, value in options.items() if _is_given(context, names.get(name, name))}
    raise typer.Exit(main(make_settings(scenario, given, options), as_json=as_json))
