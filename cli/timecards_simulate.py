"""`punchstream timecards simulate`: what other rules would change, by the same code; nothing is written."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import CliError, WordWrong
from cli.operator import print_table
from cli.options import JsonFlag, print_json, settings_of

if TYPE_CHECKING:
    from processors.timecards.stream.card_registry import CardRegistry
    from processors.timecards.stream.simulate import CardDifference, Scope
    from runtime.settings import Settings
    from schemas.registry import Record

_MAX_DAYS = 400
_USUAL_DAYS = 28
_PARTITION_SECONDS = 600.0
_HOUR_MS = 3_600_000


class StateUnread(CliError):
    """The state of timecards could not be read."""


def simulate(
    context: typer.Context,
    policy: Annotated[
        list[Path] | None,
        typer.Option(
            "--policy", metavar="FILE",
            help="Registry file with what would be applied: policies, calendars, schedules. Several count as one. "
            "Default: the registry as it is, for locked dates.",
        ),
    ] = None,
    tenant: Annotated[str, typer.Option(help="Default: ingest.default_tenant.")] = "",
    group: Annotated[str, typer.Option(help="Only dates on which somebody is in this pay group.")] = "",
    employee: Annotated[list[str] | None, typer.Option(help="Only this employee; several.")] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First date. Default: 28 days back.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last date. Default: today.")
    ] = None,
    json: JsonFlag = False,
) -> None:  # fmt: skip
    """Show what a change of rules would make of cards: per employee and date, and in sum. Nothing is written.

    Of a locked date the differences are the adjustments that a retro change would make.
    """
    from processors.timecards.stream.simulate import Scope

    settings = settings_of(context)
    to = (last or datetime.now(UTC)).date()
    since = first.date() if first is not None else to - timedelta(days=_USUAL_DAYS)
    if not since <= to or (to - since).days >= _MAX_DAYS:
        raise typer.BadParameter(f"--from must not be after --to, and {_MAX_DAYS} days are taken at most")
    scope = Scope(tenant or settings.ingest.default_tenant, since, to, frozenset(employee or ()), group)
    found = asyncio.run(_simulate(settings, scope, policy or ()))
    if json:
        print_json({"tenant": scope.tenant, "first": since, "last": to, "sums": _sums(found),
                    "differences": [_plain(one) for one in found]})  # fmt: skip
    else:
        _tell(found, scope)


async def _simulate(settings: Settings, scope: Scope, files: Sequence[Path]) -> list[CardDifference]:
    from aiokafka.errors import KafkaError

    from cli.registry_apply import plan_files, read_files, read_registry
    from cli.state_reader import partition_values
    from processors.timecards.stream.archive import Archive
    from processors.timecards.stream.simulate import archived_keys, differences
    from runtime.kafka import make_admin
    from schemas.registry import record_key

    texts = read_files(files)
    records = await read_registry(settings.kafka)
    wanted = {record_key(record): record for record in records}
    if texts:
        changes = plan_files(texts, records)
        wanted |= {record_key(one.record): one.record for one in changes if one.action in ("new", "changed")}
    before, after = _registry(records), _registry(list(wanted.values()))
    archive = Archive(settings.kafka, deadline_seconds=settings.derive.archive_scan_seconds)
    found: list[CardDifference] = []
    try:
        admin = make_admin(settings.kafka)
        try:
            await admin.start()
            (described,) = await admin.describe_topics([settings.kafka.topic("timecards.state")])
        finally:
            await admin.close()
        numbers = sorted(one["partition"] for one in described["partitions"])
        for done, partition in enumerate(numbers, start=1):
            async with asyncio.timeout(_PARTITION_SECONDS):
                values = await partition_values(settings.kafka, "timecards.state", partition, scope.owns)
            keys = archived_keys(values, before, after, scope)
            archived = await archive.values(partition, keys) if keys else {}
            max_wait_ms = round(settings.resolve.max_wait_hours * _HOUR_MS)
            found += differences(values, archived, before, after, scope, max_wait_ms=max_wait_ms)
            print(f"{done} of {len(numbers)} partitions looked at", file=sys.stderr)
    except (KafkaError, TimeoutError) as error:
        raise StateUnread(f"the state of timecards cannot be read from Kafka now: {error!r}") from error
    return sorted(found, key=lambda one: (one.employee, one.work_date))


def _registry(records: Sequence[Record]) -> CardRegistry:
    from processors.timecards.stream.card_registry import CardRegistry, UnusableRecord

    try:
        return CardRegistry.of([(record, 0) for record in records], 0)
    except UnusableRecord as error:
        raise WordWrong(f"cannot be simulated: {error}") from error


def _tell(found: Sequence[CardDifference], scope: Scope) -> None:
    rows = []
    for one in found:
        gone = set(one.exceptions_before) - set(one.exceptions_after)
        came = set(one.exceptions_after) - set(one.exceptions_before)
        codes = [*(f"-{code}" for code in sorted(gone)), *(f"+{code}" for code in sorted(came))]
        minutes = [f"{key} {one.before[key]} -> {one.after[key]}" for key in one.deltas]
        rows.append((one.employee, one.work_date, "locked" if one.is_locked else "open", ", ".join(minutes),
                     " ".join(codes)))  # fmt: skip
    if rows:
        print_table(("employee", "date", "period", "minutes", "exceptions"), rows)
        print()
        sums = _sums(found)
        names = sorted({key for of in sums.values() for key in of})
        print_table(
            ("sum of differences", "open dates", "locked dates (adjustments)"),
            [(name, f"{sums['open'].get(name, 0):+d}", f"{sums['locked'].get(name, 0):+d}") for name in names],
        )
    people = len({one.employee for one in found})
    print(f"{len(found)} dates of {people} people of {scope.tenant} differ, {scope.first} to {scope.last}")


def _sums(found: Sequence[CardDifference]) -> dict[str, dict[str, int]]:
    """Signed minutes by bucket."""
    sums: dict[str, Counter[str]] = {"open": Counter(), "locked": Counter()}
    for one in found:
        of = sums["locked" if one.is_locked else "open"]
        for key, delta in one.deltas.items():
            of[key] += delta
    return {name: dict(of) for name, of in sums.items()}


def _plain(one: CardDifference) -> dict[str, Any]:
    return {
        "employee": one.employee, "work_date": one.work_date, "locked": one.is_locked, "before": one.before,
        "after": one.after, "deltas": one.deltas, "exceptions_before": one.exceptions_before,
        "exceptions_after": one.exceptions_after,
    }  # fmt: skip
