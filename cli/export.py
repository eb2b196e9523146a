"""`punchstream export`: files for payroll systems, from locked hours only, and their delivery."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import WordWrong
from cli.operator import print_table
from cli.options import JsonFlag, print_json, settings_of

if TYPE_CHECKING:
    from runtime.settings import Settings
    from sinks.exports.delivery import Receipt
    from sinks.exports.files import ExportFile

app = typer.Typer(help="Files for payroll systems, from locked hours only.", no_args_is_help=True)

GroupArgument = Annotated[str, typer.Argument(metavar="PAY_GROUP")]
FirstArgument = Annotated[str, typer.Argument(metavar="FIRST", help="First date of the period, YYYY-MM-DD.")]
MapOption = Annotated[str, typer.Option("--map", help="neutral, adp, paychex, quickbooks, or a file of your own.")]
TenantOption = Annotated[str, typer.Option(help="Tenant; the default tenant of the edge when left out.")]


@app.command()
def maps() -> None:
    """The column maps that come along; copy one and put your own codes in: `export map NAME > mine.toml`."""
    from sinks.exports.maps import PRESETS, read_map

    print_table(("name", "title", "file"), [(name, read_map(name).title, read_map(name).file_name) for name in PRESETS])


@app.command("map")
def show_map(name: Annotated[str, typer.Argument(help="Name of a map that comes along.")]) -> None:
    """A column map, as a file to start from."""
    from sinks.exports.maps import preset_text

    print(preset_text(name), end="")


@app.command()
def make(
    context: typer.Context,
    pay_group: GroupArgument,
    first: FirstArgument,
    column_map: MapOption = "neutral",
    tenant: TenantOption = "",
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the files are written.")] = Path(),
    json: JsonFlag = False,
) -> None:
    """Make the files of a locked period in a folder. Made again they are the same, byte for byte."""
    _deliver(context, pay_group, first, column_map, tenant, str(out), json=json)


@app.command()
def send(
    context: typer.Context,
    pay_group: GroupArgument,
    first: FirstArgument,
    to: Annotated[str, typer.Option(metavar="TARGET", help="A folder, sftp://user@host/folder or https://host/path.")],
    column_map: MapOption = "neutral",
    tenant: TenantOption = "",
    key_file: Annotated[Path | None, typer.Option(metavar="FILE", help="SFTP: the private key.")] = None,
    known_hosts: Annotated[Path | None, typer.Option(metavar="FILE", help="SFTP: the server's host keys.")] = None,
    password_file: Annotated[Path | None, typer.Option(metavar="FILE", help="SFTP: file with the password.")] = None,
    token_file: Annotated[Path | None, typer.Option(metavar="FILE", help="HTTPS: file with the bearer token.")] = None,
    receipts: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where receipts are kept as JSON.")] = None,
    json: JsonFlag = False,
) -> None:
    """Make the files of a locked period and deliver them. Sending again is safe: what is there is not sent twice."""
    from sinks.exports.delivery import Secrets

    secrets = Secrets(key_file, known_hosts, _secret(password_file), _secret(token_file))
    _deliver(context, pay_group, first, column_map, tenant, to, secrets=secrets, receipts=receipts, json=json)


def _deliver(
    context: typer.Context,
    pay_group: str,
    first: str,
    column_map: str,
    tenant: str,
    target: str,
    *,
    json: bool,
    secrets: Any = None,
    receipts: Path | None = None,
) -> None:
    import asyncio

    from sinks.exports.delivery import Secrets, deliver
    from sinks.exports.maps import read_map

    settings = settings_of(context)
    files, company_code = _files(
        settings, tenant or settings.ingest.default_tenant, pay_group, _date(first), column_map
    )
    found: list[tuple[ExportFile, Receipt]] = []
    for file in files:
        receipt = asyncio.run(deliver(file, target, secrets or Secrets()))
        found.append((file, receipt))
        if receipts is not None:
            _keep(receipts, file, receipt)
    if json:
        print_json([_plain(file, receipt) for file, receipt in found])
        return
    for file, receipt in found:
        totals = file.totals
        word = "written" if receipt.is_new else "is there already, unchanged"
        print(f"{receipt.place}: {word}, {receipt.bytes} bytes, SHA-256 {receipt.sha256}")
        print(f"  {totals.rows} rows, {totals.employees} employees, {totals.adjustments} adjustments")
        rows = [(bucket, minutes, totals.hours[bucket]) for bucket, minutes in totals.minutes.items()]
        print_table(
            ("  bucket", "minutes", "hours"), [(f"  {bucket}", minutes, hours) for bucket, minutes, hours in rows]
        )
        if any("{company_code}" in (column.text or "") for column in read_map(column_map).columns) and not company_code:
            print(f"  pay group {pay_group} has no company_code in the registry: its column is empty")
        for bucket, minutes in totals.ignored.items():
            print(f"  {bucket}: {minutes} minutes are left out, as the map says")


def _files(settings: Settings, tenant: str, pay_group: str, first: date, map_name: str) -> tuple[list[ExportFile], str]:
    """And the pay group's company code."""
    import asyncio

    from cli.clickhouse_reader import reader
    from cli.registry_apply import read_registry
    from schemas.registry_timecards import PayGroupRecord
    from sinks.exports.files import make_files
    from sinks.exports.maps import read_map
    from sinks.exports.read import read_period

    column_map = read_map(map_name)
    records = asyncio.run(read_registry(settings.kafka))
    group = next((one for one in records if isinstance(one, PayGroupRecord) and one.id == pay_group), None)
    period = next((one for one in group.periods if one.covers(first)), None) if group else None
    with reader(settings.clickhouse) as client:
        locked = read_period(client, tenant, pay_group, first, company_code=period.company_code if period else "")
    return make_files(locked, column_map), locked.company_code


def _keep(folder: Path, file: ExportFile, receipt: Receipt) -> None:
    """One receipt for each file and content; the first delivery's stays."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{file.name}.{receipt.sha256[:16]}.json"
    if not place.exists():
        import orjson

        delivered = {**_plain(file, receipt), "delivered_at": datetime.now().astimezone().isoformat(timespec="seconds")}
        place.write_bytes(orjson.dumps(delivered, option=orjson.OPT_INDENT_2) + b"\n")


def _plain(file: ExportFile, receipt: Receipt) -> dict[str, Any]:
    totals = asdict(file.totals)
    totals["hours"] = {bucket: str(hours) for bucket, hours in file.totals.hours.items()}
    return {**asdict(receipt), "employer": file.employer, "totals": totals}


def _secret(file: Path | None) -> str:
    try:
        return file.read_text(encoding="utf-8").strip() if file else ""
    except OSError as error:
        raise WordWrong(f"{file}: {error.strerror}") from None


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WordWrong(f"{text[:40]!r} is no date; write it as 2026-11-02") from None
