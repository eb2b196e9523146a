"""People and what they belong to: `/personnel/api/` (utimemaster-api 6 to 9; biotimecloud-api 5 to 8).

Ids are numbers on-premises and UUIDs in the cloud. Actions on several employees at once are in no document: their
bodies are those of public clients (spec/connectors.md A3), lists joined by commas.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.biotime.calls.caller import Caller
from wire.biotime.endpoints import BY_NAME
from wire.biotime.envelope import Page
from wire.biotime.values import Json

Id = int | str


class PersonnelCalls(Caller):
    """An update changes the fields that are given (PATCH). Every delete is dangerous: what hangs on it goes along."""

    async def employees_page(
        self, *, page: int = 1, page_size: int = 0, filters: Mapping[str, str] | None = None, ordering: str = ""
    ) -> Page:
        """filters: emp_code, first_name, last_name, department, app_status."""
        return await self.list_page("employees", page=page, page_size=page_size, filters=filters, ordering=ordering)

    async def employee(self, number: Id) -> Json | None:
        return await self._object(BY_NAME["employee"], id=number)

    async def create_employee(self, body: Json) -> Json:
        """body: emp_code, department (id), area (list of ids: whose devices get the person); perhaps names, flags."""
        return await self._write("create_employee", body)

    async def update_employee(self, number: Id, changes: Json) -> Json:
        return await self._write("update_employee", changes, id=number)

    async def delete_employee(self, number: Id) -> Json:
        """Resign (adjust_resign) rather than delete: punches hang on a person."""
        return await self._write("delete_employee", id=number)

    async def departments_page(
        self, *, page: int = 1, page_size: int = 0, filters: Mapping[str, str] | None = None, ordering: str = ""
    ) -> Page:
        """filters: dept_code, dept_name, parent_dept."""
        return await self.list_page("departments", page=page, page_size=page_size, filters=filters, ordering=ordering)

    async def department(self, number: Id) -> Json | None:
        return await self._object(BY_NAME["department"], id=number)

    async def create_department(self, body: Json) -> Json:
        """body: dept_code, dept_name; perhaps parent_dept (id)."""
        return await self._write("create_department", body)

    async def update_department(self, number: Id, changes: Json) -> Json:
        return await self._write("update_department", changes, id=number)

    async def delete_department(self, number: Id) -> Json:
        return await self._write("delete_department", id=number)

    async def areas_page(
        self, *, page: int = 1, page_size: int = 0, filters: Mapping[str, str] | None = None, ordering: str = ""
    ) -> Page:
        """filters: area_code, area_name, parent_area."""
        return await self.list_page("areas", page=page, page_size=page_size, filters=filters, ordering=ordering)

    async def area(self, number: Id) -> Json | None:
        return await self._object(BY_NAME["area"], id=number)

    async def create_area(self, body: Json) -> Json:
        """body: area_code, area_name; perhaps parent_area (id)."""
        return await self._write("create_area", body)

    async def update_area(self, number: Id, changes: Json) -> Json:
        return await self._write("update_area", changes, id=number)

    async def delete_area(self, number: Id) -> Json:
        return await self._write("delete_area", id=number)

    async def positions_page(
        self, *, page: int = 1, page_size: int = 0, filters: Mapping[str, str] | None = None, ordering: str = ""
    ) -> Page:
        """filters: position_code, position_name, parent_position."""
        return await self.list_page("positions", page=page, page_size=page_size, filters=filters, ordering=ordering)

    async def position(self, number: Id) -> Json | None:
        return await self._object(BY_NAME["position"], id=number)

    async def create_position(self, body: Json) -> Json:
        """body: position_code, position_name; perhaps parent_position (id)."""
        return await self._write("create_position", body)

    async def update_position(self, number: Id, changes: Json) -> Json:
        return await self._write("update_position", changes, id=number)

    async def delete_position(self, number: Id) -> Json:
        return await self._write("delete_position", id=number)

    async def adjust_area(self, employees: Iterable[Id], areas: Iterable[Id]) -> Json:
        """The people get these areas and no others."""
        return await self._write("adjust_area", {"employees": _joined(employees), "areas": _joined(areas)})

    async def adjust_department(self, employees: Iterable[Id], department: Id) -> Json:
        return await self._write("adjust_department", {"employees": _joined(employees), "department": department})

    async def adjust_position(self, employees: Iterable[Id], position: Id) -> Json:
        return await self._write("adjust_position", {"employees": _joined(employees), "position": position})

    async def adjust_resign(
        self,
        employees: Iterable[Id],
        *,
        resign_date: str,
        resign_type: int,
        reason: str = "",
        disable_attendance: bool = False,
    ) -> Json:
        """resign_date: `YYYY-MM-DD`; resign_type: 1 quit, 2 dismissed, 3 resigned, 4 transferred, 5 unpaid."""
        body = {
            "employees": _joined(employees),
            "resign_date": resign_date,
            "resign_type": resign_type,
            "reason": reason,
            "disableatt": int(disable_attendance),
        }
        return await self._write("adjust_resign", body)

    async def resync_to_device(self, employees: Iterable[Id]) -> Json:
        """The people are sent to their devices again."""
        return await self._write("resync_to_device", {"employees": _joined(employees)})

    async def del_bio_template(
        self,
        employees: Iterable[Id],
        *,
        finger: bool = False,
        face: bool = False,
        finger_vein: bool = False,
        palm: bool = False,
    ) -> Json:
        """Dangerous: the people must be enrolled again."""
        body = {
            "employees": _joined(employees),
            "finger_print": finger,
            "face": face,
            "finger_vein": finger_vein,
            "palm": palm,
        }
        return await self._write("del_bio_template", body)


def _joined(ids: Iterable[Id]) -> str:
    return ",".join(str(number) for number in ids)
