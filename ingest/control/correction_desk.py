"""Asking for corrections of punches and leave, deciding on them, and looking at them. Source: docs/corrections.md."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Final

from ingest.control.caller import Caller
from ingest.control.correction_requests import MAX_AT_ONCE, Change, Wanted, check_reason, correction_of
from ingest.control.correction_states import Verdict, day_of, decided, same_matter, stands, words_of
from ingest.control.correction_store import CorrectionStore
from ingest.control.correction_view import CorrectionView
from ingest.control.employee_list import EmployeeList
from ingest.control.errors import ControlRefused, NotThere, Poison, RequestInvalid
from ingest.control.models import Model
from ingest.control.punch_search import PunchSearch
from ingest.control.wall_times import date_of, wall_of
from runtime.registry_view import RegistryView
from runtime.settings import Settings
from schemas.corrections import Correction, CorrectionOperation, CorrectionStatus
from schemas.identity import event_id
from schemas.registry import period_at

_MOST_NAMED: Final = 30
_BREATH: Final = 100  # corrections, before others of the process have their turn


class Decided(Model):
    """What came of a decision on one correction; `refusal` is empty when it was taken."""

    correction_id: str
    employee: str
    status: CorrectionStatus | None
    refusal: str = ""


class CorrectionDesk:
    """Methods raise Forbidden, NotThere, RequestInvalid, ControlRefused, NotNow, ViewUnreadable."""

    def __init__(
        self,
        settings: Settings,
        *,
        registry: RegistryView,
        employees: EmployeeList,
        store: CorrectionStore,
        punches: PunchSearch,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._reason_codes = settings.control.reason_codes
        self._registry = registry
        self._employees = employees
        self._store = store
        self._punches = punches
        self._clock = clock
        self._new_id = new_id

    async def request(self, caller: Caller, wanted: Wanted) -> Correction:
        """A pending correction. A second request under a key gives the first's, however that stands by now."""
        caller.require("operate", "asking for a correction")
        check_reason(wanted, self._reason_codes)
        tenant = self._employees.tenant_of(caller, wanted.tenant)
        day = concerned_day(wanted)
        home = self._employees.home(await self._employees.homes(), caller, tenant, wanted.employee, day)
        at = int(self._clock() * 1000)
        site = wanted.site or home.at(day or datetime.fromtimestamp(at / 1000, UTC).date())
        zone = self.zone_at(caller, tenant, site, wanted.site, at)
        if wanted.operation in (CorrectionOperation.EDIT, CorrectionOperation.VOID) and wanted.target_at is None:
            wanted = wanted.model_copy(update={"target_at": await self._target_at(tenant, wanted)})
        async with self._store.writing:
            view = await self._store.current()
            key = (caller.operator.who, wanted.key)
            correction_id = event_id(tenant, "correction", *key) if wanted.key else self._new_id()
            made = correction_of(
                wanted, correction_id=correction_id, tenant=tenant, zone=zone, site=site, who=caller.operator.who, at=at
            )
            if wanted.key and (earlier := await self._find(view, correction_id, tenant, wanted.employee)) is not None:
                if (earlier.employee, same_matter(earlier)) != (made.employee, same_matter(made)):
                    raise ControlRefused(f"the key was used for another request: {words_of(earlier)}")
                return earlier
            for other in view.of_employee(tenant, made.employee):
                if stands(other) and same_matter(other) == same_matter(made):
                    raise ControlRefused(f"the same is {other.status.value} already: correction {other.correction_id}")
            (written,) = await self._store.write(
                caller, "correction.request", made.employee, [made], at=at, reason=made.reason,
                details={"correction": made.correction_id, "what": words_of(made), "reason_code": made.reason_code},
            )  # fmt: skip
        return written

    async def decide(
        self, caller: Caller, verdict: Verdict, *, ids: Sequence[str] = (), batch: str = "", reason: str = ""
    ) -> list[Decided]:
        """On those named, or on those of a batch that are in the state for it. What is refused of one is told."""
        caller.require("operate", "deciding on corrections")
        if bool(ids) == bool(batch) or len(ids) > MAX_AT_ONCE:
            raise RequestInvalid(f"say which: ids, at most {MAX_AT_ONCE}, or a batch")
        homes = await self._employees.homes()
        own, at = self._employees.own_code(caller), int(self._clock() * 1000)
        results: dict[str, Decided] = {}
        going: list[Correction] = []
        async with self._store.writing:
            view = await self._store.current()
            found = await self._named(view, ids) if ids else await self._of_batch(view, batch, verdict)
            for number, (correction_id, before) in enumerate(found.items()):
                if number % _BREATH == 0:
                    await asyncio.sleep(0)
                if before is None or not self._employees.sees(
                    homes, caller, before.tenant, before.employee, day_of(before)
                ):
                    if not batch:
                        results[correction_id] = _decided(correction_id, None, "there is no such correction")
                    continue
                try:
                    going.append(decided(before, verdict, who=caller.operator.who, own=own, at=at, reason=reason))
                except Poison as error:
                    results[correction_id] = _decided(correction_id, before, str(error))
            if batch and not (results or going):
                raise NotThere(f"no correction of batch {batch} is there to {verdict.value}")
            for tenant in dict.fromkeys(one.tenant for one in going):
                of_tenant = [one for one in going if one.tenant == tenant]
                results |= await self._carry_out(caller, verdict, of_tenant, batch, at, reason)
        return [results[correction_id] for correction_id in found if correction_id in results]

    async def _carry_out(
        self, caller: Caller, verdict: Verdict, going: Sequence[Correction], batch: str, at: int, reason: str
    ) -> dict[str, Decided]:
        details = {
            "corrections": str(len(going)),
            "ids": ", ".join(one.correction_id for one in going[:_MOST_NAMED]),
            "employees": ", ".join(dict.fromkeys(one.employee for one in going[:_MOST_NAMED])),
        }
        target = f"batch {batch}" if batch else going[0].correction_id if len(going) == 1 else "several"
        action = f"correction.{verdict.value}"
        standing = await self._store.write(caller, action, target, going, at=at, reason=reason, details=details)
        return {
            now.correction_id: _decided(
                now.correction_id, now, "" if now == one else f"{now.decided_by} was first: it is {now.status.value}"
            )
            for one, now in zip(going, standing, strict=True)
        }

    async def known(
        self,
        caller: Caller,
        *,
        tenant: str = "",
        employee: str = "",
        batch: str = "",
        status: CorrectionStatus | None = None,
        older: bool = False,
    ) -> list[Correction]:
        """Those at hand (setting control.corrections_days), the newest first; `older`: all that there ever were."""
        asked = self._employees.tenant_of(caller, tenant) if tenant or employee else ""

        def wanted(one: Correction) -> bool:
            return (
                (not asked or one.tenant == asked)
                and (not employee or one.employee == employee)
                and (not batch or one.batch == batch)
            )

        if older:
            if not (employee or batch):
                raise RequestInvalid("older ones are read for an employee or a batch")
            found = await self._store.read(wanted, tenant=asked, employee=employee)
        else:
            view = await self._store.view()
            found = [one for one in (view.of_employee(asked, employee) if employee else view.all()) if wanted(one)]
        homes = await self._employees.homes()
        found = [
            one
            for one in found
            if (status is None or one.status is status)
            and self._employees.sees(homes, caller, one.tenant, one.employee, day_of(one))
        ]
        return sorted(found, key=lambda one: (-(one.requested_at or 0), one.correction_id))

    async def find(self, caller: Caller, correction_id: str) -> Correction:
        found = await self._find(await self._store.current(), correction_id)
        homes = await self._employees.homes()
        if found is None or not self._employees.sees(homes, caller, found.tenant, found.employee, day_of(found)):
            raise NotThere(f"there is no correction {correction_id[:32]}")
        return found

    def zone_at(self, caller: Caller, tenant: str, site: str, named: str, at: int) -> str:
        """The zone of a site, empty when nobody knows it. Raises NotThere for one that is `named` but not there."""
        record = self._registry.site(site)
        if named and (record is None or not caller.sees(tenant, named)):
            raise NotThere(f"the registry has no site {named[:64]}")
        period = (period_at(record.periods, at) or record.periods[-1]) if record and record.periods else None
        return period.zone if period else ""

    async def _target_at(self, tenant: str, wanted: Wanted) -> int:
        added = (await self._store.current()).find(wanted.target)
        if added is not None and (added.tenant, added.employee) == (tenant, wanted.employee) and added.punch_at:
            return added.punch_at
        return (await self._punches.find(tenant, wanted.target, wanted.serial)).punch_at

    async def _find(
        self, view: CorrectionView, correction_id: str, tenant: str = "", employee: str = ""
    ) -> Correction | None:
        """At hand, else out of the topic."""
        if known := view.find(correction_id):
            return known
        read = await self._store.read(lambda one: True, tenant=tenant, employee=employee, correction_id=correction_id)
        return read[0] if read else None

    async def _named(self, view: CorrectionView, ids: Sequence[str]) -> dict[str, Correction | None]:
        found = {one: view.find(one) for one in ids}
        if missing := {one for one, correction in found.items() if correction is None}:
            found |= {one.correction_id: one for one in await self._store.read(lambda c: c.correction_id in missing)}
        return found

    async def _of_batch(self, view: CorrectionView, batch: str, verdict: Verdict) -> dict[str, Correction | None]:
        """Pending ones are always at hand; of approved ones the old are read."""
        if verdict is Verdict.REVOKE:
            read = await self._store.read(lambda one: one.batch == batch)
            return {one.correction_id: one for one in read if one.status is CorrectionStatus.APPROVED}
        pending = (one for one in view.all() if one.status is CorrectionStatus.PENDING)
        return {one.correction_id: one for one in pending if one.batch == batch}


def _decided(correction_id: str, standing: Correction | None, refusal: str) -> Decided:
    return Decided(
        correction_id=correction_id,
        employee=standing.employee if standing else "",
        status=standing.status if standing else None,
        refusal=refusal,
    )


def concerned_day(change: Change) -> date | None:
    """The date that a change is about. Raises RequestInvalid."""
    if change.work_date:
        return date_of(change.work_date, "work_date")
    if change.local:
        return wall_of(change.local).date()
    at = change.at if change.at is not None else getattr(change, "target_at", None)
    return None if at is None else datetime.fromtimestamp(at / 1000, UTC).date()
