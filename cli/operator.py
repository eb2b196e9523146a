"""What the commands for operators share: who acts, the operations of the edge's control API, and tables for people."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from cli.options import settings_of

if TYPE_CHECKING:
    from ingest.control.caller import Caller
    from ingest.control.operations import Operations

Result = TypeVar("Result")

ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it stands in the audit log.")]
YesFlag = Annotated[bool, typer.Option("--yes", help="Yes, although it destroys, or can cut devices off.")]


def operate(context: typer.Context, action: Callable[[Operations, Caller], Awaitable[Result]]) -> Result:
    """Run `action` as the user of this machine, who may do everything."""
    import getpass

    from ingest.commands.orders import Operator
    from ingest.control.caller import Caller
    from ingest.control.operations import open_operations

    settings = settings_of(context)
    caller = Caller(Operator(getpass.getuser(), "admin", "cli"))

    async def run() -> Result:
        async with open_operations(settings) as operations:
            return await action(operations, caller)

    return asyncio.run(run())


def time_text(at_ms: int | None) -> str:
    """In UTC, to the second; `-` for never."""
    return "-" if at_ms is None else f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}Z"


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as they need, nothing cut: it may go through grep."""
    texts = [[str(cell) if cell not in (None, "") else "-" for cell in row] for row in rows]
    widths = [max(len(line[place]) for line in (list(heads), *texts)) for place in range(len(heads))]
    for line in (list(heads), *texts):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def plain(models: Iterable[Any]) -> list[Any]:
    """Models of the operations as plain data, for print_json."""
    return [model.model_dump(mode="json") for model in models]
