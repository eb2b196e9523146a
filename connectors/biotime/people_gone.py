"""What goes out of employees, and what is told of those who are gone: ended, never deleted."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.biotime.people_kept import KeptPerson
from connectors.biotime.people_records import (
    IdentityPlace,
    Record,
    closed,
    employee_record,
    identity_record,
    place_key,
)
from connectors.biotime.reader import ServerReader
from connectors.source import Json
from schemas.codec import EventT, NotAnEvent, decode_event
from schemas.employees import Employee, Identity, employee_key
from schemas.polled import PolledTable

log = logging.getLogger(__name__)


@dataclass(slots=True)
class PeopleOut:
    """Of one page, or of some who are gone."""

    rows: list[Json] = field(default_factory=list)
    employees: list[Record] = field(default_factory=list)
    identities: list[Record] = field(default_factory=list)

    async def deliver(self, reader: ServerReader) -> None:
        await reader.emit(PolledTable.BIOTIME_EMPLOYEES, self.rows)
        if self.employees:
            await reader.tools.emit.records("employees", self.employees)
        if self.identities:
            await reader.tools.emit.records("identities", self.identities)


def deleted_row(code: str) -> Json:
    return {"emp_code": code, "@deleted": True}


async def those_gone(
    reader: ServerReader, people: Iterable[KeptPerson], back: Mapping[str, Sequence[IdentityPlace]]
) -> PeopleOut:
    """back: codes that are there under another id, and where. Whom another server, or an operator, told last stays.

    Raises runtime.errors.TopicUnread.
    """
    tools, server, now_ms, out = reader.tools, reader.server, reader.now_ms(), PeopleOut()
    employee_keys: list[bytes] = []
    identity_keys: list[bytes] = []
    for person in people:
        if not person.code:
            continue
        there = back.get(person.code, ())
        identity_keys += [place_key(tools.tenant, person.code, place) for place in person.places if place not in there]
        if person.code in back:
            continue
        out.rows.append(deleted_row(person.code))
        key = employee_key(tools.tenant, server.employee_prefix + person.code)
        written = tools.views.employees.get(key)
        if written is not None and written.by == server.key:
            employee_keys.append(key)
    for value in (await tools.views.employees.values(employee_keys)).values():
        if (employee := _decoded(Employee, value)) is not None:
            out.employees.append(employee_record(replace(employee, active=False, rank=now_ms)))
    for value in (await tools.views.identities.values(identity_keys)).values():
        if (identity := _decoded(Identity, value)) is not None:
            out.identities.append(identity_record(closed(identity, now_ms)))
    return out


def _decoded(kind: type[EventT], value: bytes) -> EventT | None:
    try:
        return decode_event(kind, value)
    except NotAnEvent as error:
        log.error("a record that should be ended makes no sense: %s", error)
        return None
