"""Acts on a station's lists: users, door codes, cards, contacts, groups, dial replacements."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final

from connectors.akuvox.acts.items import Item, changes_of, compare, found_added, new_item, row_of, whole
from connectors.akuvox.client import AkuvoxClient
from connectors.errors import ServerFault
from connectors.execution import Act, Again, Finding, Refused
from connectors.source import Json
from wire.akuvox.functions import find_function
from wire.akuvox.rows import LogPage, WriteResult

MOST_PAGES: Final = 1_000


def add(target: str, client: AkuvoxClient, arguments: Json) -> Act:
    item = new_item(target, arguments)

    async def send() -> Json:
        return details_of(await _write(client, target, "add")([item]))

    async def read_back() -> Finding:
        return found_added(target, await _rows(client, target), item)

    # A contact may be there twice; stations refuse a second entry of the other kinds.
    return Act(send, read_back, Again.LATER if target == "contact" else Again.AT_ONCE)


def change(target: str, client: AkuvoxClient, arguments: Json) -> Act:
    changes = changes_of(target, arguments)

    async def send() -> Json:
        row = await _needed(client, target, arguments)
        return details_of(await _write(client, target, "set")([whole(target, row, changes)]))

    async def read_back() -> Finding:
        row = await _find(client, target, arguments)
        return Finding.NOT_DONE if row is None else compare(row_of(row), changes)

    return Act(send, read_back)


def delete(target: str, client: AkuvoxClient, arguments: Json) -> Act:
    async def send() -> Json:
        row = await _needed(client, target, arguments)
        return details_of(await _write(client, target, "del")([{"ID": str(row["ID"])}]))

    async def read_back() -> Finding:
        return Finding.DONE if await _find(client, target, arguments) is None else Finding.NOT_DONE

    return Act(send, read_back)


def clear(target: str, client: AkuvoxClient, arguments: Json) -> Act:
    async def send() -> Json:
        return details_of(await getattr(client, find_function(f"{target}/clear").method)())

    async def read_back() -> Finding:
        return Finding.NOT_DONE if (await _page(client, target)(1)).rows else Finding.DONE

    return Act(send, read_back)


def replace(target: str, client: AkuvoxClient, arguments: Json) -> Act:
    """An import. Whether it was done cannot be told from a list."""
    content = content_of(arguments)
    call = getattr(client, find_function(f"{target}/import").method)

    async def send() -> Json:
        more = (arguments["file_type"],) if "file_type" in arguments else ()
        return details_of(await call(content, *more))

    return Act(send)


def delete_row(log: str, client: AkuvoxClient, arguments: Json) -> Act:
    """log: doorlog or callog."""
    number = str(arguments["id"])

    async def send() -> Json:
        if await _row(log, client, number) is None:
            raise Refused(f"the log has no row {number}")
        return details_of(await getattr(client, find_function(f"{log}/del").method)(number))

    async def read_back() -> Finding:
        return Finding.DONE if await _row(log, client, number) is None else Finding.NOT_DONE

    return Act(send, read_back)


def clear_log(log: str, client: AkuvoxClient, arguments: Json) -> Act:
    """New rows come in right after it, so only an empty log tells; it is never sent again: what came in since would be
    lost."""
    words = (arguments["call_type"],) if "call_type" in arguments else ()

    async def send() -> Json:
        return details_of(await getattr(client, find_function(f"{log}/clear").method)(*words))

    async def read_back() -> Finding:
        page = await getattr(client, find_function(f"{log}/get").method)(1)
        return Finding.CANNOT_TELL if page.rows or words else Finding.DONE

    return Act(send, read_back, Again.NEVER)


def content_of(arguments: Json) -> bytes:
    """Raises Refused."""
    try:
        return b64decode("".join(arguments["content"].split()), validate=True)
    except NotBase64:
        raise Refused("content is no base64") from None


def details_of(result: WriteResult) -> Json:
    """The station's numbers of what it wrote. Raises Refused when it took an entry not."""
    if result.failed:
        raise Refused(f"the station refused {result.failed} of {len(result.items)} entries: {result.message}")
    numbers = [item.id for item in result.items if item.id]
    return {"ids": numbers} if numbers else {}


async def all_rows(read: Callable[[int], Awaitable[LogPage]]) -> list[Json]:
    """Page after page until one brings nothing new: a firmware may ignore pages and give the whole list each time.

    Raises SourceTrouble; ServerFault for a list without end.
    """
    rows: list[Json] = []
    before: tuple[Json, ...] = ()
    for number in range(1, MOST_PAGES + 1):
        page = (await read(number)).rows
        if not page or page == before:
            return rows
        rows += page
        before = page
    raise ServerFault(f"a list of more than {MOST_PAGES} pages")


def _page(client: AkuvoxClient, target: str) -> Callable[[int], Awaitable[LogPage]]:
    call: Callable[[int], Awaitable[LogPage]] = getattr(client, find_function(f"{target}/get").method)
    return call


def _write(client: AkuvoxClient, target: str, action: str) -> Callable[[Sequence[Item]], Awaitable[WriteResult]]:
    call: Callable[[Sequence[Item]], Awaitable[WriteResult]] = getattr(
        client, find_function(f"{target}/{action}").method
    )
    return call


async def _rows(client: AkuvoxClient, target: str) -> list[Json]:
    return await all_rows(_page(client, target))


async def _find(client: AkuvoxClient, target: str, arguments: Json) -> Json | None:
    name, wanted = ("UserID", arguments["user_id"]) if target == "user" else ("ID", str(arguments["id"]))
    return next((row for row in await _rows(client, target) if _text(row.get(name)) == wanted), None)


async def _needed(client: AkuvoxClient, target: str, arguments: Json) -> Json:
    row = await _find(client, target, arguments)
    if row is None:
        named = f"user {arguments['user_id'][:40]!r}" if target == "user" else f"{target} with id {arguments['id']}"
        raise Refused(f"the station has no {named}")
    if not _text(row.get("ID")):
        raise Refused(f"the station shows no ID of it, so it cannot be named in a {target} call")
    return row


async def _row(log: str, client: AkuvoxClient, number: str) -> Json | None:
    rows = await all_rows(partial(_log_page, getattr(client, find_function(f"{log}/get").method)))
    return next((row for row in rows if _text(row.get("ID")) == number), None)


async def _log_page(call: Callable[[int], Awaitable[LogPage]], number: int) -> LogPage:
    return await call(number)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
