"""`punchstream import attlog`: punches from a file of a device, as if it had pushed them. Source: errata Z14."""

from __future__ import annotations

import asyncio
import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.operator import ReasonOption
from cli.options import JsonFlag, print_json, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.attlog_file import FileCount
    from runtime.registry_view import RegistryView
    from runtime.settings import Settings

app = typer.Typer(help="Bring in what did not come over the network.", no_args_is_help=True)

_MAX_FILE_BYTES = 256 * 1024 * 1024
_MAX_PENDING_BYTES = 64 * 1024 * 1024
_DEADLINE_SECONDS = 30.0
_TOPIC = "raw.attendance"


@app.callback()
def _group() -> None:
    """Keeps `attlog` a word of its own though it is the only one."""


@app.command()
def attlog(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="attlog.dat of a USB stick, or of GetFile.")],
    device: Annotated[str, typer.Option("--device", help="Serial of the device that it is from.")],
    columns: Annotated[
        str,
        typer.Option(help="Where its columns stand otherwise than in a push: pin,time,-,state,verify,work_code."),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what is in it, write nothing.")] = False,
    reason: ReasonOption = "",
    json: JsonFlag = False,
) -> None:
    """Import a device's own attendance log: the same punches, with the same ids, as if it had sent them.

    The same file twice, or one whose punches came over the network too, makes no second punch.
    """
    from cli.attlog_file import bodies_of, count

    content = _read(file)
    bodies = bodies_of(content, tuple(part.strip() for part in columns.split(",")) if columns else ())
    counted = count(bodies)
    request_id = f"import-{hashlib.sha256(content).hexdigest()[:16]}"
    tenant = asyncio.run(_import(settings_of(context), device.upper(), bodies, request_id, reason, dry_run))
    if json:
        print_json(
            {
                "device": device.upper(), "tenant": tenant, "request_id": request_id, "records": len(bodies),
                "rows": counted.rows, "people": counted.people, "unread": counted.unread, "first": counted.first,
                "last": counted.last, "written": not dry_run,
            }
        )  # fmt: skip
        return
    _tell(counted, device.upper(), tenant)
    print("nothing was written (--dry-run)" if dry_run else f"{len(bodies)} records written, request id {request_id}")


def _tell(counted: FileCount, serial: str, tenant: str) -> None:
    print(f"{counted.rows} punches of {counted.people} people, {counted.first} to {counted.last}, device's own time")
    for row in counted.sample:
        facts = f"state {row.state}, verify {row.verify}, work code {row.work_code or '-'}"
        print(f"  PIN {row.pin}, {row.time_text}, {facts}")
    if counted.unread:
        print(f"{counted.unread} lines cannot be read: they become dead letters")
    print(f"for device {serial} of tenant {tenant}")


def _read(file: Path) -> bytes:
    from cli.errors import NotAttlog

    try:
        if file.stat().st_size > _MAX_FILE_BYTES:
            raise NotAttlog(f"{file} has more than {_MAX_FILE_BYTES} bytes: no device keeps so many punches")
        return file.read_bytes()
    except OSError as error:
        raise NotAttlog(f"cannot read {file}: {error.strerror}") from None


async def _import(
    settings: Settings, serial: str, bodies: Sequence[bytes], request_id: str, reason: str, dry_run: bool
) -> str:
    """The device's tenant. Raises NotFound, ViewUnreadable, DeliveryFailed; writing again is safe."""
    import getpass

    from ingest.audit import audit_event, write_audit
    from ingest.commands.orders import Operator
    from runtime.producer import Producer
    from runtime.registry_view import RegistryView
    from schemas.headers import RawHeaders

    registry = RegistryView(settings.kafka, client_id="punchstream-import")
    await registry.start()
    try:
        tenant = _tenant_of(settings, registry, serial)
    finally:
        await registry.stop()
    if dry_run:
        return tenant
    received_at = int(time.time() * 1000)
    raw = RawHeaders(
        source=serial, tenant=tenant, table="ATTLOG", received_at=received_at, edge="import", request_id=request_id,
        path="import",
    )  # fmt: skip
    producer = Producer(
        settings.kafka, client_id="punchstream-import", max_pending_bytes=_MAX_PENDING_BYTES,
        deadline_seconds=_DEADLINE_SECONDS,
    )  # fmt: skip
    await producer.start()
    try:
        await producer.prepare(_TOPIC, "audit")
        details = {"records": str(len(bodies)), "bytes": str(sum(map(len, bodies))), "request_id": request_id}
        operator = Operator(getpass.getuser(), "admin", "cli")
        event = audit_event(
            operator, "import.attlog", serial, at=received_at, tenant=tenant, reason=reason, details=details
        )
        await write_audit(producer, [event])
        for body in bodies:
            await producer.send(
                _TOPIC, serial.encode(), body, partition_by=serial.encode(), headers=raw.encode(),
                timestamp_ms=received_at,
            )  # fmt: skip
    finally:
        await producer.stop()
    return tenant


def _tenant_of(settings: Settings, registry: RegistryView, serial: str) -> str:
    """As the edge would have decided: the registry's word, or the default one where unknown devices are accepted."""
    from cli.errors import NotFound

    known = registry.device(serial)
    period = known.at(int(time.time() * 1000)) if known else None
    if period is None and known and known.periods:
        period = known.periods[-1]  # retired: its stick may be found later
    if period is not None:
        return period.tenant
    if settings.ingest.unknown_devices == "accept":
        return settings.ingest.default_tenant
    raise NotFound(f"the registry does not name the device {serial}: approve it first, its zone is needed")
