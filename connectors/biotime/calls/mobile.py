"""The mobile API, `/mobile/api/v1.0/` (biotimecloud-api 6): what the employee of the mobile login may see and do."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.biotime.calls.caller import Caller
from wire.biotime.endpoints import BY_NAME
from wire.biotime.envelope import Page
from wire.biotime.values import Json

Id = int | str


class MobileCalls(Caller):
    """Password calls are dangerous (errata B3). Their bodies are given by the caller: the document names fields for all
    of them together (search_item, is_cloud, company_name, client, language)."""

    async def app_settings(self) -> Json | None:
        """The document prints two paths (errata B3); the second is asked where the first is not there."""
        return await self._object(BY_NAME["app_settings"])

    async def mobile_employees_page(self, *, page: int = 1, page_size: int = 0) -> Page:
        return await self.list_page("mobile_employees", page=page, page_size=page_size)

    async def mobile_employee(self, number: Id) -> Json | None:
        """The profile."""
        return await self._object(BY_NAME["mobile_employee"], id=number)

    async def mobile_transactions_page(
        self, *, page: int = 1, page_size: int = 0, filters: Mapping[str, str] | None = None
    ) -> Page:
        """Rows without ids, times as wall clock stamped as UTC: wire.biotime.mobile."""
        return await self.list_page("mobile_transactions", page=page, page_size=page_size, filters=filters)

    async def clock_in(
        self,
        *,
        emp_code: str,
        state: int | str,
        latitude: str = "",
        longitude: str = "",
        gps_location: str = "",
    ) -> Json:
        """A punch now, by the server's clock. One that timed out may have been stored: read back first."""
        body = {
            "latitude": latitude,
            "longitude": longitude,
            "punch_state": str(state),
            "source": 3,
            "emp_code": emp_code,
            "terminal_sn": "App",
            "gps_location": gps_location,
        }
        return await self._write("clock_in", body)

    async def manual_logs_page(
        self, *, page: int = 1, page_size: int = 0, filters: Mapping[str, str] | None = None
    ) -> Page:
        return await self.list_page("manual_logs", page=page, page_size=page_size, filters=filters)

    async def create_manual_log(
        self,
        employee: Id,
        *,
        punch_epoch: int,
        state: int | str,
        work_code: str | None = None,
        reason: str | None = None,
    ) -> Json:
        """Asks for a punch that was missed. punch_epoch: true seconds since the epoch, UTC (spec A3, an inference)."""
        body = {
            "punch_time": str(punch_epoch),
            "punch_state": str(state),
            "work_code": work_code,
            "apply_reason": reason,
        }
        return await self._write("create_manual_log", body, id=employee)

    async def weekly_summary(self, employee: Id) -> Json | None:
        return await self._object(BY_NAME["weekly_summary"], id=employee)

    async def monthly_summary(self, employee: Id) -> Json | None:
        return await self._object(BY_NAME["monthly_summary"], id=employee)

    async def exception_summary(self, employee: Id, start_date: str, end_date: str) -> Json | None:
        """Dates `YYYY-MM-DD`."""
        query = {"start_date": start_date, "end_date": end_date}
        return await self._object(BY_NAME["exception_summary"], query, id=employee)

    async def total_time_cards_page(
        self,
        start_date: str,
        end_date: str,
        *,
        departments: str = "",
        employees: str = "",
        page: int = 1,
        page_size: int = 0,
    ) -> Page:
        """The attendance report. Dates `YYYY-MM-DD`; departments, employees: ids, empty for all."""
        filters = {
            "start_date": start_date,
            "end_date": end_date,
            "departments": departments,
            "employees": employees,
        }
        return await self.list_page("total_time_cards", page=page, page_size=page_size, filters=filters)

    async def reset_password(self, email: str) -> Json:
        """Dangerous."""
        return await self._write("reset_password", {"email": email})

    async def forgot_password_create_otp(self, body: Json) -> Json:
        """Dangerous."""
        return await self._write("forgot_password_create_otp", body)

    async def create_password(self, body: Json) -> Json:
        """Dangerous."""
        return await self._write("create_password", body)

    async def reset_employee_password(self, employee: Id, body: Json) -> Json:
        """Dangerous."""
        return await self._write("reset_employee_password", body, id=employee)
