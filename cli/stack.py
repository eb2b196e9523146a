"""`punchstream stack`: Kafka and ClickHouse of one machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.options import JsonFlag, print_json

if TYPE_CHECKING:
    from deploy.local.stack import LocalStack

app = typer.Typer(help="Kafka and ClickHouse on this machine, to try and to develop.", no_args_is_help=True)

DataDir = Annotated[Path, typer.Option(help="Where the two keep their data.")]
_DATA_DIR = Path(".local/stack")


def _local_stack(data_dir: Path) -> LocalStack:
    from deploy.local.stack import LocalStack

    return LocalStack(data_dir)


@app.command()
def up(
    data_dir: DataDir = _DATA_DIR,
    kafka_port: Annotated[int, typer.Option(help="Where Kafka listens.")] = 19092,
    kafka_controller_port: Annotated[int, typer.Option(help="Where Kafka's controller listens.")] = 19093,
    clickhouse_http_port: Annotated[int, typer.Option(help="Where ClickHouse listens.")] = 18123,
) -> None:
    """Fetch what is missing and start both; returns when both answer."""
    from deploy.local.stack import LocalStack

    LocalStack(
        data_dir,
        kafka_port=kafka_port,
        kafka_controller_port=kafka_controller_port,
        clickhouse_http_port=clickhouse_http_port,
    ).up(typer.echo)


@app.command()
def down(data_dir: DataDir = _DATA_DIR) -> None:
    """Stop both; their data stay."""
    if not _local_stack(data_dir).down(typer.echo):
        typer.echo("nothing was running")


@app.command()
def status(data_dir: DataDir = _DATA_DIR, json: JsonFlag = False) -> None:
    """What runs, where, and how much disk it takes. Exit code 1 unless both are up."""
    found = _local_stack(data_dir).status()
    if json:
        print_json({**asdict(found), "data_dir": str(found.data_dir)})
    else:
        for server in found.servers:
            ports = ", ".join(f"{name} {port}" for name, port in server.ports.items())
            typer.echo(f"{server.name} {server.version}: {server.state}" + (f" ({ports})" if ports else ""))
        typer.echo(f"{found.data_bytes / 1e6:.0f} MB in {found.data_dir}")
    if any(server.state != "up" for server in found.servers):
        raise typer.Exit(1)


@app.command()
def wipe(
    data_dir: DataDir = _DATA_DIR,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop both and remove their data."""
    if not yes:
        typer.confirm(f"Remove everything that Kafka and ClickHouse hold in {data_dir}?", abort=True)
    if not _local_stack(data_dir).wipe(typer.echo):
        typer.echo(f"there is nothing in {data_dir}")
