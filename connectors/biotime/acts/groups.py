"""Departments, areas and positions: the same three acts, in the words of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from connectors.biotime.acts.comparing import compare
from connectors.biotime.acts.lookups import find, id_of
from connectors.biotime.acts.people import details_of
from connectors.biotime.client import BioTimeClient
from connectors.execution import Act, Finding, Refused
from connectors.source import Json
from wire.biotime.values import text_of

Write = Callable[..., Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Group:
    """table: name of the list; prefix: of its fields; the calls of the client."""

    table: str
    prefix: str
    create: Callable[[BioTimeClient], Write]
    update: Callable[[BioTimeClient], Write]
    delete: Callable[[BioTimeClient], Write]


DEPARTMENTS = Group(
    "departments", "dept", lambda c: c.create_department, lambda c: c.update_department, lambda c: c.delete_department
)
AREAS = Group("areas", "area", lambda c: c.create_area, lambda c: c.update_area, lambda c: c.delete_area)
POSITIONS = Group(
    "positions", "position", lambda c: c.create_position, lambda c: c.update_position, lambda c: c.delete_position
)


def create(group: Group, client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        return details_of(await group.create(client)(await _body(group, client, arguments)))

    return Act(send, lambda: _compared(group, client, arguments, new=True))


def update(group: Group, client: BioTimeClient, arguments: Json) -> Act:
    code = f"{group.prefix}_code"

    async def send() -> Json:
        changes = await _body(group, client, arguments)
        del changes[code]
        if not changes:
            raise Refused("nothing to change is named")
        number = await id_of(client, group.table, arguments[code])
        await group.update(client)(number, changes)
        return {"id": text_of(number)}

    return Act(send, lambda: _compared(group, client, arguments, new=False))


def delete(group: Group, client: BioTimeClient, arguments: Json) -> Act:
    code = arguments[f"{group.prefix}_code"]

    async def send() -> Json:
        await group.delete(client)(await id_of(client, group.table, code))
        return {}

    async def read_back() -> Finding:
        return Finding.DONE if await find(client, group.table, code) is None else Finding.NOT_DONE

    return Act(send, read_back)


async def _body(group: Group, client: BioTimeClient, arguments: Json) -> Json:
    parent = f"parent_{group.prefix}"
    body: Json = dict(arguments.get("fields", {}))
    body |= {name: value for name, value in arguments.items() if name not in ("fields", parent)}
    if parent in arguments:
        body[parent] = await id_of(client, group.table, arguments[parent])
    return body


async def _compared(group: Group, client: BioTimeClient, arguments: Json, *, new: bool) -> Finding:
    row = await find(client, group.table, arguments[f"{group.prefix}_code"])
    if row is None:
        return Finding.NOT_DONE
    return compare(row, await _body(group, client, arguments), new=new)
