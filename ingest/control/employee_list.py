"""Whose cards a caller may look at and decide on: by tenant, and by the employee's home site at the date."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

from ingest.control.caller import ALL, Caller
from ingest.control.errors import NotThere
from ingest.control.home_sites import Home, HomeSites, today
from ingest.control.on_demand import OnDemand
from runtime.settings import Settings


class EmployeeList:
    def __init__(
        self, settings: Settings, homes: OnDemand[HomeSites], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._default_tenant = settings.ingest.default_tenant
        self._operators = settings.control.operators
        self._homes = homes
        self._clock = clock

    def own_code(self, caller: Caller) -> str:
        """Employee code of who asks: by the setting control.operators, else the name itself, in case it is one."""
        return self._operators.get(caller.operator.who, caller.operator.who)

    def tenant_of(self, caller: Caller, asked: str) -> str:
        """Raises NotThere for another's."""
        tenant = asked or (self._default_tenant if caller.tenant == ALL else caller.tenant)
        if caller.tenant not in (ALL, tenant):
            raise NotThere(f"there is no tenant {tenant[:80]}")
        return tenant

    async def homes(self) -> HomeSites:
        """Raises ViewUnreadable."""
        return await self._homes.get()

    def home(self, homes: HomeSites, caller: Caller, tenant: str, employee: str, day: date | None) -> Home:
        """Of an employee with a record. Raises NotThere, also for one who is none of the caller's."""
        home = homes.find(tenant, employee)
        if home is None or not self.sees(homes, caller, tenant, employee, day):
            raise NotThere(f"tenant {tenant} has no employee {employee[:64]}")
        return home

    def sees(self, homes: HomeSites, caller: Caller, tenant: str, employee: str, day: date | None) -> bool:
        """Somebody without a record is at no site: only callers of all sites see them."""
        home = homes.find(tenant, employee)
        return caller.sees(tenant, home.at(day or today(int(self._clock() * 1000))) if home else "")
