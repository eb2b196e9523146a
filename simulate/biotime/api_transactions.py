"""/iclock/api/transactions/: the punches."""

from typing import Any

from aiohttp import web

from simulate.biotime.answers import Pages
from simulate.biotime.api_company import Company
from simulate.biotime.errors import Refused
from simulate.biotime.gate import PRINCIPAL
from simulate.biotime.query import Filters
from simulate.biotime.wall import parse_bound, text
from simulate.biotime.world import World

_STATES = {0: "Check In", 1: "Check Out", 2: "Break Out", 3: "Break In", 4: "Overtime In", 5: "Overtime Out"}
_VERIFY = {0: "Any", 1: "Fingerprint", 4: "Card", 15: "Face", 25: "Palm"}


class TransactionsApi:
    """The list; its rows have the shape of the dialect and version."""

    def __init__(self, world: World, pages: Pages, company: Company) -> None:
        self._world = world
        self._pages = pages
        self._company = company
        self._size_name = "limit" if world.settings.dialect == "utimemaster" else "page_size"

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/iclock/api/transactions/", self.many)]

    async def many(self, request: web.Request) -> web.Response:
        """A page; with drift_rows, punches arrive right behind it."""
        world = self._world
        faults = world.faults
        filters = Filters() if faults.ignore_filters else self._filters(request)
        if request[PRINCIPAL].emp_code:
            filters = Filters(request[PRINCIPAL].emp_code, filters.serials, filters.start, filters.end)
        ordering = "" if faults.ignore_ordering else request.query.get("ordering", "")
        view = world.transactions.queries.view(filters, ordering)
        response = self._pages.page(
            request,
            view.count,
            lambda first, last: [self.row(slot) for slot in view.slots(first, last)],
            size_name=self._size_name,
        )
        if faults.drift_rows:
            world.make(faults.drift_rows)
        return response

    def row(self, slot: int) -> dict[str, Any]:
        """A row as the API shows it."""
        world = self._world
        settings = world.settings
        row = world.transactions.store.at(slot)
        employee = world.people.by_code.get(row.emp_code)
        terminal = world.terminals.by_serial.get(row.serial)
        area = world.people.areas.rows.get(terminal.area or 0) if terminal else None
        shown: dict[str, Any] = {
            "id": world.transactions.store.ids[slot],
            "emp_code": row.emp_code,
            "punch_time": text(row.punch),
            "punch_state": str(row.state),
            "verify_type": row.verify,
            "work_code": row.work_code,
            "terminal_sn": row.serial,
            "terminal_alias": terminal.alias if terminal else None,
            "area_alias": area["area_name"] if area else None,
            "longitude": None,
            "latitude": None,
            "gps_location": None if settings.cloud else "",
            "upload_time": text(row.upload),
            "emp": employee["id"] if settings.cloud and employee else None,
        }
        if settings.dialect == "biotime" and settings.version != "9.0":
            department = world.people.departments.rows.get(employee["department"]) if employee else None
            position = world.people.positions.rows.get(employee["position"]) if employee else None
            shown |= {
                "first_name": employee["first_name"] if employee else None,
                "last_name": employee["last_name"] if employee else None,
                "department": department["dept_name"] if department else None,
                "position": position["position_name"] if position else None,
                "punch_state_display": _STATES.get(row.state, "Unknown"),
                "verify_type_display": _VERIFY.get(row.verify, "Other"),
                "temperature": 0.0,
                "is_mask": "-",
            }
        else:
            shown |= {
                "mobile": None,
                "source": row.source,
                "purpose": 1 if row.source == 0 else 9,
                "crc": "0" if settings.cloud else None,
                "is_attendance": None if settings.cloud else 1,
                "reserved": None,
                "sync_status": None if settings.cloud else 1,
                "sync_time": None,
                "terminal": terminal.id if settings.cloud and terminal else None,
            }
            if settings.cloud:
                shown |= {"temperature": None, "mask_flag": None, "company": self._company.id}
            elif settings.dialect == "biotime":
                shown |= {"temperature": 255, "is_mask": 255}
        if row.extra:
            shown |= row.extra
        return shown

    def _filters(self, request: web.Request) -> Filters:
        query = request.query
        serials: tuple[str, ...] | None = None
        if query.get("terminal_sn"):
            serials = (query["terminal_sn"],)
        if query.get("terminal_alias"):
            named = [one.sn for one in self._world.terminals.by_id.values() if one.alias == query["terminal_alias"]]
            serials = tuple(sn for sn in named if serials is None or sn in serials)
        times: dict[str, int | None] = {"start_time": None, "end_time": None}
        for name in times:
            if query.get(name):
                try:
                    times[name] = parse_bound(query[name].strip())
                except ValueError:
                    raise Refused(400, {name: ["Enter a valid date/time."]}) from None
        return Filters(query.get("emp_code") or None, serials, times["start_time"], times["end_time"])
