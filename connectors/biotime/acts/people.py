"""Persons on a server: added, changed, deleted, moved, sent to their terminals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from connectors.biotime.acts.comparing import compare
from connectors.biotime.acts.lookups import employee, find, id_of, ids_of
from connectors.biotime.client import BioTimeClient
from connectors.execution import Act, Again, Finding, Refused
from connectors.source import Json
from wire.biotime.values import text_of


def details_of(answer: Json) -> Json:
    """The server's own id: of all else somebody might not want to read in a log."""
    number = text_of(answer.get("id"))
    return {"id": number} if number else {}


def create(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        return details_of(await client.create_employee(await _body(client, arguments)))

    async def read_back() -> Finding:
        row = await employee(client, arguments["emp_code"])
        return compare(row, await _body(client, arguments), new=True) if row is not None else Finding.NOT_DONE

    return Act(send, read_back)


def update(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        changes = await _body(client, arguments)
        del changes["emp_code"]
        if not changes:
            raise Refused("nothing to change is named")
        number = await id_of(client, "employees", arguments["emp_code"])
        await client.update_employee(number, changes)
        return {"id": text_of(number)}

    async def read_back() -> Finding:
        row = await employee(client, arguments["emp_code"])
        return compare(row, await _body(client, arguments), new=False) if row is not None else Finding.NOT_DONE

    return Act(send, read_back)


def delete(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        await client.delete_employee(await id_of(client, "employees", arguments["emp_code"]))
        return {}

    async def read_back() -> Finding:
        gone = await find(client, "employees", arguments["emp_code"]) is None
        return Finding.DONE if gone else Finding.NOT_DONE

    return Act(send, read_back)


def adjust_area(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        people = await ids_of(client, "employees", arguments["emp_codes"])
        await client.adjust_area(people, await ids_of(client, "areas", arguments["areas"]))
        return {}

    async def wanted() -> Json:
        return {"area": await ids_of(client, "areas", arguments["areas"])}

    return Act(send, lambda: _all_have(client, arguments["emp_codes"], wanted))


def adjust_department(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        people = await ids_of(client, "employees", arguments["emp_codes"])
        await client.adjust_department(people, await id_of(client, "departments", arguments["department"]))
        return {}

    async def wanted() -> Json:
        return {"department": await id_of(client, "departments", arguments["department"])}

    return Act(send, lambda: _all_have(client, arguments["emp_codes"], wanted))


def adjust_position(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        people = await ids_of(client, "employees", arguments["emp_codes"])
        await client.adjust_position(people, await id_of(client, "positions", arguments["position"]))
        return {}

    async def wanted() -> Json:
        return {"position": await id_of(client, "positions", arguments["position"])}

    return Act(send, lambda: _all_have(client, arguments["emp_codes"], wanted))


def adjust_resign(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        await client.adjust_resign(
            await ids_of(client, "employees", arguments["emp_codes"]),
            resign_date=arguments["resign_date"],
            resign_type=arguments["resign_type"],
            reason=arguments.get("reason", ""),
            disable_attendance=arguments.get("disable_attendance", False),
        )
        return {}

    async def read_back() -> Finding:
        """A list that still has somebody proves nothing: it may show the ones who left, too."""
        for code in arguments["emp_codes"]:
            if await find(client, "employees", code) is not None:
                return Finding.CANNOT_TELL
        return Finding.DONE

    return Act(send, read_back, Again.LATER)


def resync_to_device(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        await client.resync_to_device(await ids_of(client, "employees", arguments["emp_codes"]))
        return {}

    return Act(send)


def del_bio_template(client: BioTimeClient, arguments: Json) -> Act:
    kinds = {name: arguments.get(name, False) for name in ("finger", "face", "finger_vein", "palm")}

    async def send() -> Json:
        if not any(kinds.values()):
            raise Refused(f"no kind of template is named: one of {', '.join(kinds)}")
        await client.del_bio_template(await ids_of(client, "employees", arguments["emp_codes"]), **kinds)
        return {}

    return Act(send)


_PLAIN: Final = (
    "emp_code", "first_name", "last_name", "hire_date", "email", "card_no", "device_password", "verify_mode",
    "dev_privilege", "enable_att", "enable_overtime", "enable_holiday",
)  # fmt: skip


async def _body(client: BioTimeClient, arguments: Json) -> Json:
    """In the server's words, with its ids. Raises Refused, SourceTrouble."""
    body: dict[str, Any] = dict(arguments.get("fields", {}))
    body |= {name: arguments[name] for name in _PLAIN if name in arguments}
    for name, table in (("department", "departments"), ("position", "positions")):
        if name in arguments:
            body[name] = await id_of(client, table, arguments[name])
    if "area" in arguments:
        body["area"] = await ids_of(client, "areas", arguments["area"])
    return body


async def _all_have(client: BioTimeClient, emp_codes: Sequence[str], wanted: Callable[[], Awaitable[Json]]) -> Finding:
    expected = await wanted()
    findings = set()
    for code in emp_codes:
        row = await employee(client, code)
        findings.add(Finding.NOT_DONE if row is None else compare(row, expected, new=False))
    if Finding.NOT_DONE in findings:
        return Finding.NOT_DONE
    return Finding.CANNOT_TELL if Finding.CANNOT_TELL in findings else Finding.DONE
