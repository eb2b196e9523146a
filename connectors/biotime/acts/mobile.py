"""The mobile API: punches that employees make by telephone, and passwords. Sources: spec/connectors.md A3, (e); B3."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final

from connectors.biotime.acts.lookups import id_of
from connectors.biotime.client import BioTimeClient
from connectors.execution import Act, Again, Finding, Refused
from connectors.source import Json
from wire.biotime.errors import RowUnreadable
from wire.biotime.manual_logs import parse_manual_log
from wire.biotime.values import text_of

_ZONES_APART: Final = 15 * 60
_DAY: Final = 86_400


def clock_in(client: BioTimeClient, arguments: Json) -> Act:
    """A second one would be a second punch, at a later time: it is never sent again. Rows have no ids, so a punch is
    ours when there is one more than before of this person in this state."""
    before: Counter[str] | None = None

    async def send() -> Json:
        nonlocal before
        before = await _punches(client, arguments)
        answer = await client.clock_in(
            emp_code=arguments["emp_code"],
            state=arguments["state"],
            latitude=arguments.get("latitude", ""),
            longitude=arguments.get("longitude", ""),
            gps_location=arguments.get("gps_location", ""),
        )
        return {name: text_of(answer[name]) for name in ("punch_time",) if name in answer}

    async def read_back() -> Finding:
        if before is None:  # it was another worker that sent it
            return Finding.CANNOT_TELL
        return Finding.DONE if await _punches(client, arguments) - before else Finding.NOT_DONE

    return Act(send, read_back, Again.NEVER)


def manual_log(client: BioTimeClient, arguments: Json) -> Act:
    """The server shows the time in its own zone, which the order does not name: a log with the same wall time is the
    one that was asked for; one that is a zone apart may be."""
    moment = _moment(arguments["punch_time"])

    async def send() -> Json:
        answer = await client.create_manual_log(
            await id_of(client, "mobile_employees", arguments["emp_code"]),
            punch_epoch=int(moment.timestamp()),
            state=arguments["state"],
            work_code=arguments.get("work_code"),
            reason=arguments.get("reason"),
        )
        return {name: text_of(answer[name]) for name in ("id",) if name in answer}

    async def read_back() -> Finding:
        employee = text_of(await id_of(client, "mobile_employees", arguments["emp_code"]))
        wall = moment.replace(tzinfo=None)
        perhaps = False
        async for page in client.pages("manual_logs"):
            for row in page.rows:
                apart = _apart(row, employee, arguments["state"], wall)
                if apart == 0:
                    return Finding.DONE
                perhaps = perhaps or (apart is not None and apart < _DAY and apart % _ZONES_APART == 0)
        return Finding.CANNOT_TELL if perhaps else Finding.NOT_DONE

    return Act(send, read_back, Again.LATER)


def reset_password(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        await client.reset_password(arguments["email"])
        return {}

    return Act(send)


def forgot_password_create_otp(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        await client.forgot_password_create_otp(arguments["fields"])
        return {}

    return Act(send)


def create_password(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        await client.create_password(arguments["fields"])
        return {}

    return Act(send)


def reset_employee_password(client: BioTimeClient, arguments: Json) -> Act:
    async def send() -> Json:
        number = await id_of(client, "mobile_employees", arguments["emp_code"])
        await client.reset_employee_password(number, {**arguments.get("fields", {}), "password": arguments["password"]})
        return {}

    return Act(send)


def _moment(text: str) -> datetime:
    """Raises Refused."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.microsecond:
        raise Refused("punch_time is a time with its offset, such as 2026-03-02T08:00:00+04:00")
    return moment


def _apart(row: Json, employee: str, state: str, wall: datetime) -> int | None:
    """Seconds between the row's wall time and ours; None for a row of another person or state."""
    try:
        found = parse_manual_log(row)
    except RowUnreadable:
        return None
    if found.employee is None or found.employee.id != employee or found.state_text != state:
        return None
    return abs(int((datetime.fromisoformat(found.punch_time) - wall).total_seconds()))


async def _punches(client: BioTimeClient, arguments: Json) -> Counter[str]:
    """The latest of the person in that state, by their times."""
    page = await client.mobile_transactions_page(filters={"emp_code": arguments["emp_code"]})
    return Counter(
        text_of(row.get("punch_time"))
        for row in page.rows
        if text_of(row.get("emp_code")) == arguments["emp_code"]
        and text_of(row.get("punch_state")) == arguments["state"]
    )
