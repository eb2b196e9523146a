"""/personnel/api/: employees and what is done with them."""

from functools import partial
from typing import Any

from aiohttp import web

from simulate.biotime.answers import Pages, answer, read_json
from simulate.biotime.api_trees import brief
from simulate.biotime.errors import field_error
from simulate.biotime.gate import PRINCIPAL, users_only
from simulate.biotime.people import EMPLOYEE_TEXTS, Record, ids_in
from simulate.biotime.world import World

_ROOT = "/personnel/api/employees/"
_ACTIONS = (
    "adjust_area",
    "adjust_department",
    "adjust_position",
    "adjust_resign",
    "resync_to_device",
    "del_bio_template",
)
_FLAT = ("enable_att", "enable_overtime", "enable_holiday")
_FILTERS = ("emp_code", "first_name", "last_name", "department", "position", "app_status")


class EmployeesApi:
    """Employees. A list shows objects where a detail shows ids; a cloud list shows little."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._people = world.people
        self._pages = pages
        self._size_name = "page_size" if world.settings.dialect == "biotime" else "limit"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_ROOT, self.many),
            web.post(_ROOT, self.create),
            *(web.post(f"{_ROOT}{name}/", partial(self.action, name)) for name in _ACTIONS),
            web.get(_ROOT + "{id}/", self.read),
            web.patch(_ROOT + "{id}/", self.update),
            web.delete(_ROOT + "{id}/", self.delete),
        ]

    async def many(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        query = request.query
        found = [one for one in self._people.employees.values() if not one["resigned"]]
        for name in _FILTERS:
            if query.get(name):
                found = [one for one in found if str(one[name]) == query[name]]
        for name in ("emp_code", "first_name", "last_name"):
            wanted = query.get(f"{name}_icontains", "").lower()
            found = [one for one in found if wanted in str(one[name] or "").lower()]
        ordering = query.get("ordering", "")
        if ordering.lstrip("-") in ("id", "emp_code", "first_name"):
            found.sort(key=lambda one: str(one[ordering.lstrip("-")]), reverse=ordering.startswith("-"))
        return self._pages.page(
            request,
            len(found),
            lambda first, last: [self.listed(one) for one in found[first:last]],
            size_name=self._size_name,
        )

    async def read(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        record = self._people.get(request.match_info["id"])
        if self._world.settings.cloud:
            return answer(self.listed(record))
        if self._world.settings.dialect == "biotime":
            return answer(self.full(record))
        return answer({key: value for key, value in self.bare(record).items() if key != "id"})

    async def create(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        record = self._people.create(await read_json(request))
        return answer(self.full(record) if self._world.settings.dialect == "utimemaster" else self.bare(record), 201)

    async def update(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        record = self._people.get(request.match_info["id"])
        self._people.update(record, await read_json(request))
        return answer(self.bare(record))

    async def delete(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        self._people.delete(self._people.get(request.match_info["id"]))
        return web.Response(status=204)

    async def action(self, name: str, request: web.Request) -> web.Response:
        """One of the actions, on the employees that `employees` lists."""
        users_only(request[PRINCIPAL])
        body = await read_json(request)
        chosen = self._people.named(body)
        if name == "adjust_area":
            ids = [self._people.areas.reference("areas", area) for area in ids_in(body, "areas")]
            for employee in chosen:
                employee["area"] = list(ids)
        elif name in ("adjust_department", "adjust_position"):
            field = name.removeprefix("adjust_")
            if body.get(field) is None:
                raise field_error(field, "This field is required.")
            for employee in chosen:
                self._people.update(employee, {field: body[field]})
        elif name == "adjust_resign":
            for employee in chosen:
                employee["resigned"] = True
        elif name == "resync_to_device":
            self._resync(chosen)
        else:
            for employee in chosen:
                employee["templates"] = 0
        return answer({"code": 0, "msg": "", "data": []})

    def listed(self, record: Record) -> Record:
        """A row of a list."""
        if not self._world.settings.cloud:
            return self.full(record)
        department = self._people.departments.rows[record["department"]]
        position = self._people.positions.rows.get(record["position"])
        return {
            "id": record["id"],
            "emp_code": record["emp_code"],
            "first_name": record["first_name"],
            "last_name": record["last_name"],
            "hire_date": record["hire_date"],
            "dept_name": department["dept_name"],
            "department": record["department"],
            "position": record["position"],
            "position_name": position["position_name"] if position else None,
        }

    def bare(self, record: Record) -> Record:
        """References as ids."""
        names = ("department", "position", "hire_date", "birthday", "verify_mode", "emp_type", *_FLAT, "dev_privilege")
        shown = {"id": record["id"], "emp_code": record["emp_code"]}
        shown |= {name: record[name] for name in (*EMPLOYEE_TEXTS, *names)}
        return shown | {name: record[name] for name in ("self_password", "flow_role", "area", "app_status", "app_role")}

    def full(self, record: Record) -> Record:
        """References as objects; with BioTime 9 the rules of attendance, too."""
        people = self._people
        department = people.departments.rows[record["department"]]
        position = people.positions.rows.get(record["position"])
        areas = [brief(people.areas, people.areas.rows[one]) for one in record["area"] if one in people.areas.rows]
        shown: dict[str, Any] = self.bare(record) | {
            "department": brief(people.departments, department),
            "position": brief(people.positions, position) if position else None,
            "area": areas,
        }
        if self._world.settings.dialect == "biotime" and self._world.settings.version != "8.0":
            flags = {name: shown.pop(name) for name in _FLAT}
            del shown["self_password"], shown["flow_role"]
            return shown | {
                "full_name": f"{record['first_name'] or ''} {record['last_name'] or ''}".strip(),
                "attemployee": {
                    "id": record["id"],
                    "enable_attendance": flags["enable_att"],
                    "enable_overtime": flags["enable_overtime"],
                    "enable_holiday": flags["enable_holiday"],
                    "enable_schedule": True,
                },
            }
        return shown | {
            "dept_name": department["dept_name"],
            "position_name": position["position_name"] if position else None,
            "area_name": ",".join(area["area_name"] for area in areas),
        }

    def _resync(self, chosen: list[Record]) -> None:
        areas = {area for employee in chosen for area in employee["area"]}
        for terminal in self._world.terminals.by_id.values():
            if terminal.area in areas:
                terminal.wiped = False
