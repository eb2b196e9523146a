"""One correction for many: the clock was down, everybody is sent home early. First what it would be, then that.

The preview has a digest of all that it would write; writing names it, and is refused when it would write anything else.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final

from ingest.control.caller import Caller
from ingest.control.correction_desk import CorrectionDesk, concerned_day
from ingest.control.correction_requests import MAX_AT_ONCE, Bulk, Change, Wanted, check_reason, correction_of
from ingest.control.correction_states import same_matter, stands, words_of
from ingest.control.correction_store import CorrectionStore
from ingest.control.correction_view import CorrectionView
from ingest.control.employee_list import EmployeeList
from ingest.control.errors import ControlRefused, NotThere, Poison, RequestInvalid
from ingest.control.models import Model
from ingest.control.records import Records
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.settings import Settings
from schemas.codec import NotAnEvent, decode_event
from schemas.corrections import Correction, CorrectionOperation
from schemas.employees import Identity
from schemas.registry import AreaRecord, period_at

_IDENTITIES: Final = "identities"
_MOST_NAMED: Final = 30
_BREATH: Final = 100  # corrections that are made before others of the process have their turn


class PlanItem(Model):
    """One employee: what is asked for, or why nothing is. One of the last two is empty."""

    employee: str
    what: str
    skipped: str
    correction_id: str = ""


class Plan(Model):
    """`batch` is empty in a preview; `plan` is what writing it names."""

    batch: str
    plan: str
    items: list[PlanItem]


class BulkDesk:
    """`producer` has `identities` prepared. Methods raise what those of CorrectionDesk do."""

    def __init__(
        self,
        settings: Settings,
        desk: CorrectionDesk,
        *,
        registry: RegistryView,
        employees: EmployeeList,
        store: CorrectionStore,
        records: Records,
        producer: Producer,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._reason_codes = settings.control.reason_codes
        self._desk = desk
        self._registry = registry
        self._employees = employees
        self._store = store
        self._records = records
        self._producer = producer
        self._clock = clock
        self._new_id = new_id

    async def request(self, caller: Caller, bulk: Bulk) -> Plan:
        """A preview, or with `plan` what that preview showed, written as pending corrections of one batch."""
        caller.require("operate", "asking for corrections")
        check_reason(bulk, self._reason_codes)
        if sum(map(bool, (bulk.employees, bulk.of_site, bulk.of_device))) != 1:
            raise RequestInvalid("say for whom, by one of: employees, of_site, of_device")
        tenant = self._employees.tenant_of(caller, bulk.tenant)
        at = int(self._clock() * 1000)
        batch = self._new_id() if bulk.plan else ""
        async with self._store.writing:
            view = await self._store.current()
            items: list[PlanItem] = []
            going: list[Correction] = []
            employees, place = await self._for_whom(caller, tenant, bulk, at)
            for number, employee in enumerate(employees, 1):
                made = await self._made(caller, tenant, bulk, employee, place, view, batch, at)
                items.append(
                    PlanItem(employee=employee, what="", skipped=made)
                    if isinstance(made, str)
                    else PlanItem(
                        employee=employee, what=words_of(made), skipped="",
                        correction_id=made.correction_id if batch else "",
                    )
                )  # fmt: skip
                if isinstance(made, Correction):
                    going.append(made)
                if number % _BREATH == 0:
                    await asyncio.sleep(0)
            digest = _digest(going)
            if not bulk.plan or not going:
                return Plan(batch="", plan=digest if going else "", items=items)
            if bulk.plan != digest:
                raise ControlRefused("things changed since the preview: look at a new one")
            named = ", ".join(one.employee for one in going[:_MOST_NAMED])
            await self._store.write(
                caller, "correction.request", f"batch {batch}", going, at=at, reason=bulk.reason,
                details={"corrections": str(len(going)), "what": words_of(going[0]), "employees": named,
                         "reason_code": bulk.reason_code},
            )  # fmt: skip
        return Plan(batch=batch, plan=digest, items=items)

    async def _made(
        self,
        caller: Caller,
        tenant: str,
        bulk: Bulk,
        employee: str,
        place: str,
        view: CorrectionView,
        batch: str,
        at: int,
    ) -> Correction | str:
        """The correction, or why there is none. place: the site where nobody names one."""
        day = concerned_day(bulk)
        try:
            home = self._employees.home(await self._employees.homes(), caller, tenant, employee, day)
            site = bulk.site or place or home.at(day or _day(at))
            common: dict[str, Any] = {name: getattr(bulk, name) for name in Change.model_fields}
            made = correction_of(
                Wanted(operation=CorrectionOperation(bulk.operation), employee=employee, **common),
                correction_id=self._new_id(), tenant=tenant, who=caller.operator.who, at=at, batch=batch, site=site,
                zone=self._desk.zone_at(caller, tenant, site, bulk.site, at),
            )  # fmt: skip
        except Poison as error:
            return str(error)
        for other in view.of_employee(tenant, employee):
            if stands(other) and same_matter(other) == same_matter(made):
                return f"the same is {other.status.value} already: correction {other.correction_id}"
        return made

    async def _for_whom(self, caller: Caller, tenant: str, bulk: Bulk, at: int) -> tuple[list[str], str]:
        """Each once, in order of their codes; and the device's site. Raises NotThere for nobody, ControlRefused for too
        many."""
        found: Iterable[str] = bulk.employees
        place = ""
        if bulk.of_site:
            self._desk.zone_at(caller, tenant, bulk.of_site, bulk.of_site, at)  # it must be there, and the caller's
            found = (await self._employees.homes()).of_site(tenant, bulk.of_site, concerned_day(bulk) or _day(at))
        if bulk.of_device:
            serial, then = bulk.of_device.upper(), _instant(bulk, at)
            device = self._registry.device(serial)
            period = device.at(then) if device else None
            if period is None or not caller.sees(period.tenant or tenant, period.site):
                raise NotThere(f"there was no device {serial[:80]}")
            found, place = await self._people_of_device(tenant, serial, then), period.site
        employees = sorted(set(found))
        if not employees:
            raise NotThere("nobody is there for whom to ask")
        if len(employees) > MAX_AT_ONCE:
            raise ControlRefused(f"these are {len(employees)} employees, at most {MAX_AT_ONCE} at once")
        return employees, place

    async def _people_of_device(self, tenant: str, serial: str, at: int) -> set[str]:
        """Whoever has an identity there or in an area that it is in."""
        areas = [
            record.id
            for record in self._registry.records()
            if isinstance(record, AreaRecord)
            and (period := period_at(record.periods, at)) is not None
            and serial in period.devices
        ]
        scopes = {f"device:{serial}", *(f"area:{area}" for area in areas)}
        latest: dict[bytes, Identity] = {}

        def look(record: Any) -> None:
            latest.pop(record.key, None)
            try:
                identity = decode_event(Identity, record.value) if record.value else None
            except NotAnEvent:
                return  # whoever resolves counts and logs it
            if identity and identity.tenant == tenant and identity.scope in scopes:
                latest[record.key] = identity

        partitions = {
            self._producer.partition(_IDENTITIES, scope.partition(":")[2].encode()) for scope in sorted(scopes)
        }
        await self._records.visit(_IDENTITIES, sorted(partitions), look)
        holds = (one for one in latest.values() if (one.valid_from or 0) <= at < (one.valid_to or 1 << 62))
        return {one.employee for one in holds if one.employee}


def _instant(bulk: Bulk, now: int) -> int:
    """About when it is, to the day: a wall time is read as if it were UTC."""
    if bulk.at is not None:
        return bulk.at
    day = concerned_day(bulk)
    return now if day is None else int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp() * 1000)


def _day(at: int) -> date:
    return datetime.fromtimestamp(at / 1000, UTC).date()


def _digest(going: list[Correction]) -> str:
    said = [
        (one.tenant, one.employee, *map(str, same_matter(one)), one.site, one.zone, one.work_code, one.reason_code)
        for one in going
    ]
    return sha256(repr(sorted(said)).encode()).hexdigest()[:32]
