"""The reader of employees: all of them, again and again, since no server tells who changed.

Rows that changed go out; their records go to `employees` and `identities`. Who is gone is ended there, never deleted.
Source: spec/connectors.md A3, F24; errata B6; DESIGN 4, 6.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Final

from prometheus_client import Counter

from connectors.biotime.people_gone import PeopleOut, deleted_row, those_gone
from connectors.biotime.people_kept import KeptPeople, KeptPerson
from connectors.biotime.people_records import (
    GroupCodes,
    IdentityPlace,
    Person,
    employee_record,
    identity_record,
    inputs_of,
    person_of,
    place_key,
    void,
    with_employment,
)
from connectors.biotime.reader import ServerReader, digest_of
from connectors.biotime.reading import Absences, Reading
from connectors.errors import ServerFault, SourceTrouble
from connectors.source import Json, Outcome
from schemas.employees import Employee, employee_key
from schemas.identity import normal_pin
from wire.biotime.errors import RowUnreadable
from wire.biotime.personnel import EmployeeRow, parse_employee
from wire.biotime.secrets import strip_person

log = logging.getLogger(__name__)

_SAVE_PAGES: Final = 10  # so often where nothing changed
_GONE_SLICE: Final = 500  # one reading of the topics for so many

ABSENT_HELD = Counter(
    "punchstream_connectors_biotime_absent_held_total",
    "people who were gone from a server all at once, which is not believed",
)


class PeopleJob:
    """One page a run. A worker that takes over goes on at the page that was saved, and decides about nobody until it
    has read all of the list twice itself."""

    name = "people"

    def __init__(self, reader: ServerReader) -> None:
        self.every_seconds = reader.server.people_seconds
        self._reader = reader
        self._absences = Absences()
        self._reading: Reading | None = None
        self._suspected: set[str] = set()  # codes of `suspects`
        self._back: dict[str, list[IdentityPlace]] = {}  # those of them that are there under another id
        self._gone: list[str] = []
        self._is_second = False

    async def run(self) -> Outcome:
        if self._gone:
            told = await self._let_go()
            return Outcome(told, again=bool(self._gone))
        kept = KeptPeople(self._reader.tools.state)
        reading = self._reading = self._reading or Reading(self.name, kept.page)
        try:
            page = await self._reader.client.employees_page(page=reading.page)
        except SourceTrouble:
            reading.spoil()
            raise
        rows = [strip_person(row)[0] for row in page.rows]
        try:
            is_used = reading.take(page, [_key(row) for row in rows])
        except ServerFault:
            self._reading = Reading(self.name)
            raise
        out = PeopleOut()
        if is_used:
            codes = self._group_codes()
            for raw, row in zip(page.rows, rows, strict=True):
                self._row(out, kept, codes, raw, row)
        await out.deliver(self._reader)
        following = 1 if reading.ended else reading.page
        values = kept.changes(following, save_page=following % _SAVE_PAGES == 0 or (reading.ended and kept.page != 1))
        if values:
            await self._reader.tools.state.put(values)
        return Outcome(len(out.rows), again=await self._ended(reading) if reading.ended else True)

    def _row(self, out: PeopleOut, kept: KeptPeople, codes: GroupCodes, raw: Json, stripped: Json) -> None:
        """raw still has its secrets: only `emit` may see it, which takes them out and names them."""
        number, before = _key(stripped), kept.get(_key(stripped))
        row = _parsed(stripped)
        if row is None:  # the normalizer makes a dead letter of it, once
            digest = digest_of(stripped)
            if before is None or before.digest != digest:
                out.rows.append(raw)
                kept.set(number, KeptPerson("", None, [], digest))
            return
        server, tools = self._reader.server, self._reader.tools
        today, now_ms = self._reader.today(), self._reader.now_ms()
        code = row.emp_code.strip()
        digest = digest_of(inputs_of(stripped, row, server, codes, today))
        if code in self._suspected and before is not None:
            self._back[code] = before.places
        if before is not None and before.digest == digest and self._is_told(before):
            return
        person = person_of(row, server, tools.tenant, codes, now_ms=now_ms, today=today)
        if before is None or before.digest != digest:
            out.rows.append(raw)
        places = [] if person is None else person.places
        if person is not None:
            former = self._name(before.code) if before is not None and before.scopes else ""
            out.employees.append(employee_record(self._employed(person.employee, former)))
            out.identities += map(identity_record, person.identities)
            if before is not None:
                self._end_what_was(out, before, person, code, now_ms)
        since = places[0].since if places else None
        kept.set(number, KeptPerson(code, since, [place.scope for place in places], digest))
        if code in self._suspected:
            self._back[code] = places

    def _is_told(self, kept: KeptPerson) -> bool:
        """Whether the topics have something of each record: an operator may have deleted one of his, or all is new."""
        tools, views = self._reader.tools, self._reader.tools.views
        if not kept.scopes:
            return True
        if views.employees.get(employee_key(tools.tenant, self._name(kept.code))) is None:
            return False
        keys = (place_key(tools.tenant, kept.code, place) for place in kept.places)
        return all(views.identities.get(key) is not None for key in keys)

    def _end_what_was(self, out: PeopleOut, before: KeptPerson, person: Person, code: str, now_ms: int) -> None:
        now = person.identities[0]
        if before.code != code and before.scopes:  # the person has another code: the old one is nobody's
            old = self._name(before.code)
            out.rows.append(deleted_row(before.code))
            left = replace(person.employee, employee=old, active=False)
            out.employees.append(employee_record(self._employed(left)))
            now = replace(now, employee=old, pin=normal_pin(before.code), valid_from=before.since)
            gone = before.places
        else:
            gone = [place for place in before.places if place not in person.places]
        out.identities += [identity_record(void(now, place, now_ms)) for place in gone]

    async def _ended(self, reading: Reading) -> bool:
        """Who is missing? Whether to go on at once."""
        self._reading = None
        missing: dict[str, str] = {}  # id to code
        known = 0
        kept = KeptPeople(self._reader.tools.state)
        for chunk in kept.chunks if reading.is_whole else ():
            await asyncio.sleep(0)  # half a million people take a second: others have their turn in between
            people = kept.people_of(chunk)
            known += len(people)
            missing |= {number: person.code for number, person in people.items() if number not in reading.seen}
        self._gone = sorted(self._absences.judge(missing.keys(), known, reading))
        if self._absences.held:
            ABSENT_HELD.inc(self._absences.held)
            log.warning(
                "%s: %d of %d people are gone at once, which is not believed: has its user lost a right?",
                self._reader.server.key, self._absences.held, known,
            )  # fmt: skip
        self._suspected = {missing[number] for number in self._absences.suspects if number in missing}
        if self._gone:
            return True
        self._back = {}
        self._is_second = bool(self._suspected) and not self._is_second
        return self._is_second

    async def _let_go(self) -> int:
        """The next of those who are gone."""
        kept = KeptPeople(self._reader.tools.state)
        numbers, rest = self._gone[:_GONE_SLICE], self._gone[_GONE_SLICE:]
        people = [person for number in numbers if (person := kept.get(number)) is not None]
        out = await those_gone(self._reader, people, self._back)
        await out.deliver(self._reader)
        for number in numbers:
            kept.set(number, None)
        await self._reader.tools.state.put(kept.changes(kept.page, save_page=False))
        log.info("%s: %d people are gone, their PINs are nobody's from now on", self._reader.server.key, len(out.rows))
        self._gone = rest
        if not rest:
            self._back, self._is_second = {}, False
        return len(out.rows)

    def _employed(self, employee: Employee, former: str = "") -> Employee:
        """As operators said that the person is employed. former: the code that the person had; a new one takes it
        along."""
        for name in filter(None, (employee.employee, former)):
            written = self._reader.tools.views.employees.get(employee_key(employee.tenant, name))
            if written is not None and written.employment:
                try:
                    return with_employment(employee, written.employment)
                except ValueError as error:
                    log.error("the employment of %s makes no sense and is not carried over: %s", name, error)
        return employee

    def _name(self, code: str) -> str:
        return self._reader.server.employee_prefix + code

    def _group_codes(self) -> GroupCodes:
        state = self._reader.tools.state
        return GroupCodes(*((state.get(kind) or {}).get("codes", {}) for kind in ("departments", "positions", "areas")))


def _parsed(row: Json) -> EmployeeRow | None:
    try:
        return parse_employee(row)
    except RowUnreadable:
        return None


def _key(row: Json) -> str:
    """The id; where there is none, the code or all of it."""
    number = row.get("id")
    if number is not None and str(number):
        return str(number)
    return f"@{row.get('emp_code') or digest_of(row)}"
