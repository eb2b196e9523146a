"""Terminals on a server: what it knows of them, and what it has them do. The latter it only queues, so nobody can read
it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from connectors.biotime.acts.comparing import compare
from connectors.biotime.acts.lookups import find, id_of, ids_of
from connectors.biotime.acts.people import details_of
from connectors.biotime.client import BioTimeClient
from connectors.execution import Act, Finding, Refused
from connectors.source import Json
from wire.biotime.values import text_of


def create(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        return details_of(await client.create_terminal(await _body(client, arguments)))

    return Act(send, lambda: _compared(client, arguments, new=True))


def update(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        changes = await _body(client, arguments)
        del changes["sn"]
        if not changes:
            raise Refused("nothing to change is named")
        number = await id_of(client, "terminals", arguments["sn"])
        await client.update_terminal(number, changes)
        return {"id": text_of(number)}

    return Act(send, lambda: _compared(client, arguments, new=False))


def delete(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        await client.delete_terminal(await id_of(client, "terminals", arguments["sn"]))
        return {}

    async def read_back() -> Finding:
        return Finding.DONE if await find(client, "terminals", arguments["sn"]) is None else Finding.NOT_DONE

    return Act(send, read_back)


def device_call(
    call: Callable[[BioTimeClient], Callable[[Sequence[int]], Awaitable[Json]]], client: BioTimeClient, arguments: Json
) -> Act:
    async def send() -> Json:
        await call(client)(await ids_of(client, "terminals", arguments["sns"]))
        return {"queued": len(set(arguments["sns"]))}

    return Act(send)


async def _body(client: BioTimeClient, arguments: Json) -> Json:
    body: Json = dict(arguments.get("fields", {}))
    body |= {name: value for name, value in arguments.items() if name not in ("fields", "area")}
    if "area" in arguments:
        body["area"] = await id_of(client, "areas", arguments["area"])
    return body


async def _compared(client: BioTimeClient, arguments: Json, *, new: bool) -> Finding:
    """A list shows no heartbeat: a change of it can hardly be told."""
    row = await find(client, "terminals", arguments["sn"])
    if row is None:
        return Finding.NOT_DONE
    wanted = await _body(client, arguments)
    del wanted["sn"]  # it was found by it
    return compare(row, wanted, new=new)
