"""`punchstream connectors`: the servers and stations that are polled, how they are, and what steers them.

docs/connectors.md.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.operator import ReasonOption, operate, print_table, time_text
from cli.options import JsonFlag, print_json, settings_of

if TYPE_CHECKING:
    from cli.connector_state import SourceNow
    from ingest.control.caller import Caller
    from ingest.control.models import Batch
    from ingest.control.operations import Operations

app = typer.Typer(help="Polled servers and stations: look at them, steer them.", no_args_is_help=True)

SourceName = Annotated[str, typer.Argument(metavar="SOURCE", help="`biotime:NAME` or `akuvox:MAC`, as `list` has it.")]
_DATE = ["%Y-%m-%d"]


@app.command("list")
def list_sources(
    context: typer.Context,
    status: Annotated[str, typer.Option(help="Only in this state: ok, unreachable, gap, ...")] = "",
    json: JsonFlag = False,
) -> None:
    """All that the settings name, and how each is."""
    import asyncio

    from cli.connector_state import sources_now
    from schemas.polled import SourceStatus

    if status and status not in list(SourceStatus):
        raise typer.BadParameter(f"--status is one of {', '.join(SourceStatus)}")
    found = [now for now in asyncio.run(sources_now(settings_of(context))) if not status or now.status == status]
    if json:
        print_json([_plain(now) for now in found])
        return
    heads = ("source", "url", "status", "since", "last good poll", "lag", "rows", "errors", "worker", "why")
    print_table(heads, map(_row, found))
    troubled = sum(now.status not in ("ok", "paused") for now in found)
    print(f"{len(found)} sources" + (f", {troubled} in trouble or not yet polled" if troubled else ""))


@app.command()
def status(context: typer.Context, source: SourceName, json: JsonFlag = False) -> None:
    """All that is known of one: state, cursors, what was ordered."""
    import asyncio

    from cli.connector_state import shortened, sources_now

    found = [now for now in asyncio.run(sources_now(settings_of(context))) if now.source.key == _key(source)]
    if not found:
        raise _unknown(source)
    (now,) = found
    if json:
        print_json({**_plain(now), "kept": now.kept})
        return
    print(f"{now.source.key}: {now.status}{' (paused)' if now.is_paused else ''}, {now.source.url}")
    state = now.state
    if state is not None:
        facts = {
            "since": time_text(state.source_since), "why": state.source_why,
            "last good poll": time_text(state.last_good_poll), "lag": _seconds(state.lag_s),
            "rows": state.source_rows, "errors": state.source_errors,
            "clock": "" if state.skew_s is None else f"{state.skew_s:+d} s",
            "told everything up to": time_text(state.watermark) if state.watermark else "",
        }  # fmt: skip
        for name, fact in facts.items():
            if fact not in ("", "-", None):
                print(f"  {name}: {fact}")
    for name, value in sorted(now.kept.items()):
        if "/" not in name:
            print(f"  {name}: {shortened(value)}")


@app.command()
def pause(context: typer.Context, source: SourceName, reason: ReasonOption = "", json: JsonFlag = False) -> None:
    """Stop polling until `resume`; its cursors stay."""
    _order(context, source, "connector.pause", {}, reason, json)


@app.command()
def resume(context: typer.Context, source: SourceName, reason: ReasonOption = "", json: JsonFlag = False) -> None:
    """Go on polling."""
    _order(context, source, "connector.resume", {}, reason, json)


@app.command()
def rescan(context: typer.Context, source: SourceName, reason: ReasonOption = "", json: JsonFlag = False) -> None:
    """Compare the trailing days with the server again, and emit what is missing or was edited."""
    _order(context, source, "connector.rescan", {}, reason, json)


@app.command("new-epoch")
def new_epoch(
    context: typer.Context,
    source: SourceName,
    since: Annotated[datetime, typer.Option("--from", formats=_DATE, help="First day that is read.")],
    reason: ReasonOption = "",
    json: JsonFlag = False,
) -> None:
    """The server's row ids began anew (a restored database): read on from this day; old events stay."""
    _order(context, source, "connector.new_epoch", {"from": f"{since:%Y-%m-%d}"}, reason, json)


@app.command()
def backfill(
    context: typer.Context,
    source: SourceName,
    since: Annotated[datetime, typer.Option("--from", formats=_DATE, help="First day.")],
    until: Annotated[datetime | None, typer.Option("--to", formats=_DATE, help="Last day; today without it.")] = None,
    reason: ReasonOption = "",
    json: JsonFlag = False,
) -> None:
    """Read these days again, beside the live scan; ids make what is known already one."""
    _order(
        context,
        source,
        "connector.backfill",
        {"from": f"{since:%Y-%m-%d}", "to": f"{until or datetime.now(UTC):%Y-%m-%d}"},
        reason,
        json,
    )


@app.command("action-url")
def action_url(
    context: typer.Context,
    source: SourceName,
    base: Annotated[str, typer.Option("--base", help="How the station reaches an edge: http://HOST:PORT.")],
) -> None:
    """What to enter at a station as the URL of its actions; it is secret, and of this station alone."""
    from cli.connector_state import configured
    from cli.errors import FolderNotSet, WordWrong
    from runtime.connector_sections import AkuvoxStation
    from runtime.hint_paths import hint_path, load_hint_key

    settings = settings_of(context)
    station = next((one for one in configured(settings) if one.key == _key(source)), None)
    if station is None:
        raise _unknown(source)
    if not isinstance(station, AkuvoxStation):
        raise WordWrong(f"{source} is no station: only stations have action URLs")
    if settings.connectors.hint_key_file is None:
        raise FolderNotSet(
            "connectors.hint_key_file is not set: make one of 32 random bytes, for edges and this command"
        )
    path = hint_path(load_hint_key(settings.connectors.hint_key_file), station.mac)
    query = "event=NAME&mac=$mac&userid=$userid&unlocktype=$unlocktype&time=$time"
    print(f"{base.rstrip('/')}{path}?{query}")


def _order(
    context: typer.Context, source: str, name: str, arguments: dict[str, str | int], reason: str, json: bool
) -> None:
    from cli.commands import tell_batch
    from ingest.control.orders import Targets

    async def do(operations: Operations, caller: Caller) -> Batch:
        return await operations.orders.request(caller, Targets((_key(source),)), name, arguments, reason=reason)

    tell_batch(operate(context, do), json)


def _key(source: str) -> str:
    """As the settings have it: `akuvox:` with a MAC in any form."""
    vendor, _, name = source.strip().partition(":")
    if vendor.lower() == "akuvox":
        return f"akuvox:{''.join(c for c in name if c.isalnum()).upper()}"
    return f"{vendor.lower()}:{name}"


def _unknown(source: str) -> Exception:
    from cli.errors import NotFound

    return NotFound(f"the settings name no source {source!r}: `punchstream connectors list` shows those they name")


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.0f} s"


def _row(now: SourceNow) -> tuple[object, ...]:
    head, state = (now.source.key, now.source.url, now.status), now.state
    if state is None:
        return (*head, "", "", "", "", "", now.worker, "")
    return (
        *head, time_text(state.source_since), time_text(state.last_good_poll), _seconds(state.lag_s),
        state.source_rows, state.source_errors, now.worker, state.source_why,
    )  # fmt: skip


def _plain(now: SourceNow) -> dict[str, Any]:
    from dataclasses import asdict

    state = now.state
    names = (
        "source_since",
        "source_why",
        "last_good_poll",
        "lag_s",
        "source_rows",
        "source_errors",
        "skew_s",
        "watermark",
    )
    told = (
        {name.removeprefix("source_"): value for name, value in asdict(state).items() if name in names} if state else {}
    )
    return {
        "source": now.source.key, "url": now.source.url, "status": now.status, "paused": now.is_paused,
        "worker": now.worker, **told,
    }  # fmt: skip
