"""What operators say of people: who they are and how employed, whose a PIN is, and planned shifts of single dates.

Each change is in the audit log before it takes effect. What is written was checked by who asks (cli/employees_*.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import islice
from typing import Final, TypeVar

import orjson

from ingest.audit import audit_event, write_audit
from ingest.control.caller import Caller
from ingest.control.errors import Forbidden, NotNow
from runtime.errors import BufferFull, DeliveryFailed, TopicUnread
from runtime.latest_values import latest_where
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.sections import KafkaSettings
from schemas.audit import AuditEvent
from schemas.codec import NotAnEvent, decode_event, encode_event
from schemas.employees import (
    Employee,
    Identity,
    employee_key,
    identity_key,
    identity_partition_by,
    parse_identity_key,
)
from schemas.registry import Record
from schemas.timecards_input import PlannedShift, Roster, TimecardInput, TimecardInputKind, timecards_key

TOPICS: Final = ("employees", "identities", "timecards.input")
_AT_ONCE: Final = 500  # people whose records wait for Kafka together
_CLIENT_ID: Final = "punchstream-operator-people"

_T = TypeVar("_T")
Dates = Mapping[date, Sequence[PlannedShift] | None]


@dataclass(frozen=True, slots=True)
class KnownPeople:
    """By employee code, and by key of the record. unreadable: records that make no sense and are left out."""

    employees: Mapping[str, Employee]
    identities: Mapping[bytes, Identity]
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What to write of one person. employee: None where only PINs change; previous: what is there now; taken_from: of
    each identity whose it was, empty where it was nobody's or this person's."""

    code: str
    employee: Employee | None
    previous: Employee | None
    identities: tuple[Identity, ...] = ()
    taken_from: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of what differs, rank aside."""
        if self.employee is None:
            return ()
        plain = self.previous or Employee(tenant="-", employee="-", rank=0, source="operator")
        names = (field.name for field in fields(Employee) if field.name not in ("v", "tenant", "employee", "rank"))
        return tuple(name for name in names if getattr(self.employee, name) != getattr(plain, name))


class EmployeeDesk:
    """`producer` has `audit` and TOPICS prepared."""

    def __init__(
        self,
        kafka: KafkaSettings,
        *,
        registry: RegistryView,
        producer: Producer,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._kafka = kafka
        self._registry = registry
        self._producer = producer
        self._clock = clock

    def registry(self) -> list[Record]:
        return self._registry.records()

    def now_ms(self) -> int:
        return int(self._clock() * 1000)

    async def known(
        self, caller: Caller, tenant: str, employees: Collection[str] | None = None, pins: Collection[str] | None = None
    ) -> KnownPeople:
        """As the topics are now. None is all, else only these employees, and the identities of these normal PINs.

        Raises Forbidden, NotNow.
        """
        _require_tenant(caller, tenant)
        codes = None if employees is None else {employee_key(tenant, code) for code in employees}
        start = f"{tenant}+".encode()

        def is_employee(key: bytes) -> bool:
            return key in codes if codes is not None else key.startswith(start)

        def is_identity(key: bytes) -> bool:
            if not key.startswith(start):
                return False
            return pins is None or _pin_of(key) in pins

        try:
            people = await latest_where(self._kafka, "employees", is_employee, client_id=_CLIENT_ID)
            identities = await latest_where(self._kafka, "identities", is_identity, client_id=_CLIENT_ID)
        except TopicUnread as error:
            raise NotNow(str(error)) from error
        unreadable: list[str] = []
        found = {person.employee: person for _, person in _decoded(Employee, people, unreadable)}
        return KnownPeople(found, dict(_decoded(Identity, identities, unreadable)), len(unreadable))

    async def write(self, caller: Caller, tenant: str, changes: Iterable[PersonChange], reason: str) -> int:
        """How many records Kafka has; changes that change nothing are passed over.

        Raises Forbidden, NotNow: some may be written, and writing again is safe.
        """
        caller.require("operate", "changing people")
        _require_tenant(caller, tenant)
        written, at = 0, self.now_ms()
        for part in _parts(change for change in changes if change.employee is not None or change.identities):
            await self._audit([_change_event(caller, tenant, change, at, reason) for change in part])
            records = [record for change in part for record in _records(change)]
            await self._send(records)
            written += len(records)
        return written

    async def write_rosters(self, caller: Caller, tenant: str, rosters: Mapping[str, Dates], reason: str) -> int:
        """Planned shifts by employee and date; None takes an entry away. Returns how many people were written, raises
        what `write` raises."""
        caller.require("operate", "changing rosters")
        _require_tenant(caller, tenant)
        at = self.now_ms()
        for part in _parts(rosters.items()):
            events, records = [], []
            for employee, dates in part:
                roster = Roster(
                    version=at,
                    dates={day.isoformat(): None if plan is None else list(plan) for day, plan in dates.items()},
                    changed_by=caller.operator.who,
                )
                value = encode_event(
                    TimecardInput(kind=TimecardInputKind.ROSTER, tenant=tenant, employee=employee, roster=roster)
                )
                key = timecards_key(tenant, employee)
                records.append(("timecards.input", key, value, key))
                details = {"dates": ",".join(roster.dates)}
                events.append(
                    audit_event(
                        caller.operator, "roster.change", employee, at=at, tenant=tenant, reason=reason, details=details
                    )
                )
            await self._audit(events)
            await self._send(records)
        return len(rosters)

    async def _send(self, records: Iterable[tuple[str, bytes, bytes, bytes]]) -> None:
        """(topic, key, value, partition_by)"""
        try:
            batches = {self._producer.append(topic, key, value, partition_by=by) for topic, key, value, by in records}
            for batch in batches:
                await batch.acked()
        except (BufferFull, DeliveryFailed) as error:
            raise NotNow(f"Kafka does not take all of it; do it again: {error}") from error

    async def _audit(self, events: Sequence[AuditEvent]) -> None:
        try:
            await write_audit(self._producer, events)
        except (BufferFull, DeliveryFailed) as error:
            raise NotNow(f"the audit log does not take it, so the rest was not done: {error}") from error


def _require_tenant(caller: Caller, tenant: str) -> None:
    if not (caller.is_of_all_sites and caller.sees(tenant, "")):
        raise Forbidden(f"{caller.operator.who} has no right to the people of tenant {tenant[:80]}")


def _change_event(caller: Caller, tenant: str, change: PersonChange, at: int, reason: str) -> AuditEvent:
    """Names are told by the record alone: the audit log outlives it."""
    details = {"fields": ",".join(change.fields)} if change.fields else {}
    if change.employee is not None and "employment" in change.fields:
        details["employment"] = orjson.dumps(change.employee.employment).decode()
    if change.identities:
        details["pins"] = ",".join(identity_key(one).decode() for one in change.identities)
    return audit_event(
        caller.operator, "employee.change", change.code, at=at, tenant=tenant, reason=reason, details=details
    )


def _records(change: PersonChange) -> list[tuple[str, bytes, bytes, bytes]]:
    records = []
    if change.employee is not None:
        key = employee_key(change.employee.tenant, change.employee.employee)
        records.append(("employees", key, encode_event(change.employee), key))
    identities = change.identities
    return records + [("identities", identity_key(i), encode_event(i), identity_partition_by(i)) for i in identities]


def _parts(changes: Iterable[_T]) -> Iterable[list[_T]]:
    rest = iter(changes)
    while part := list(islice(rest, _AT_ONCE)):
        yield part


def _decoded(kind: type[_T], values: Mapping[bytes, bytes], unreadable: list[str]) -> Iterable[tuple[bytes, _T]]:
    for key, value in sorted(values.items()):
        try:
            yield key, decode_event(kind, value)
        except NotAnEvent as error:
            unreadable.append(f"{key!r}: {error}")


def _pin_of(key: bytes) -> str:
    try:
        return parse_identity_key(key)[2]
    except ValueError:
        return ""
