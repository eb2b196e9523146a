"""What the server knows by its own ids, found by the codes that people use.

Servers read over a filter that they do not know, and then give the whole list: every row is looked at (B-2 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from connectors.biotime.client import BioTimeClient
from connectors.execution import Refused
from connectors.source import Json
from wire.biotime.values import text_of

MOST_PEOPLE: Final = 100
# Name of the list: the field that people know its rows by.
CODES: Final = {
    "employees": "emp_code", "departments": "dept_code", "areas": "area_code", "positions": "position_code",
    "terminals": "sn", "mobile_employees": "emp_code",
}  # fmt: skip


async def find(client: BioTimeClient, table: str, code: str) -> Json | None:
    """The row as the list has it. Raises SourceTrouble."""
    field = CODES[table]
    wanted = _spelt(table, code)
    async for page in client.pages(table, filters={field: wanted}):
        for row in page.rows:
            if _spelt(table, text_of(row.get(field))) == wanted:
                return row
    return None


def _spelt(table: str, code: str) -> str:
    """Serials in upper case, as everywhere."""
    return code.strip().upper() if table == "terminals" else code.strip()


async def needed(client: BioTimeClient, table: str, code: str) -> Json:
    """Raises Refused when there is none; SourceTrouble."""
    row = await find(client, table, code)
    if row is None:
        raise Refused(f"the server has no {CODES[table]} {code[:40]!r} among its {table}")
    return row


async def id_of(client: BioTimeClient, table: str, code: str) -> Any:
    """As the server gives it: a number, or a UUID in the cloud. Raises as `needed`."""
    number = (await needed(client, table, code)).get("id")
    if not text_of(number) or isinstance(number, bool):
        raise Refused(f"the server shows no id of {CODES[table]} {code[:40]!r}")
    return number


async def ids_of(client: BioTimeClient, table: str, codes: Sequence[str]) -> list[Any]:
    """Raises as `needed`; Refused for none and for too many."""
    wanted = list(dict.fromkeys(codes))
    if not 1 <= len(wanted) <= MOST_PEOPLE:
        raise Refused(f"{len(wanted)} codes are named: 1 to {MOST_PEOPLE} go into one command")
    return [await id_of(client, table, code) for code in wanted]


async def employee(client: BioTimeClient, emp_code: str) -> Json | None:
    """What list and detail show together: a cloud's list shows little, a detail may lack the id."""
    row = await find(client, "employees", emp_code)
    if row is None:
        return None
    detail = await client.employee(row["id"]) if "id" in row else None
    return {**row, **(detail or {})}
