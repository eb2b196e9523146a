"""/att/api/: the total time card report, old and new; and the telephone's form of it."""

from collections.abc import Callable

from aiohttp import web

from simulate.biotime.answers import Pages
from simulate.biotime.errors import Refused, field_error
from simulate.biotime.gate import PRINCIPAL
from simulate.biotime.people import Record
from simulate.biotime.time_cards import TimeCards
from simulate.biotime.wall import DAY, parse
from simulate.biotime.world import World

V1 = "/att/api/totalTimeCardReport/"
V2 = "/att/api/totalTimeCardReportV2/"

_LONGEST_DAYS = 400
_NOBODY = "-1"

Cell = Callable[[Record, int, list[int]], Record]


class ReportsApi:
    """Which server has which: the cloud and 8.0 have the old report, 9.x the new one, UTimeMaster none."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages
        self._cards = TimeCards(world)

    def routes(self) -> list[web.RouteDef]:
        settings = self._world.settings
        routes = [web.get("/mobile/api/v1.0/total_time_cards/page_data/", self.page_data)]
        if settings.cloud or (settings.dialect == "biotime" and settings.version == "8.0"):
            routes.append(web.get(V1, self.report))
        elif settings.dialect == "biotime":
            routes.append(web.get(V2, self.report))
        return routes

    async def report(self, request: web.Request) -> web.Response:
        """In the cloud `next` is always null, as the document shows it."""
        return self._page(request, self._cards.report, no_next=self._world.settings.cloud)

    async def page_data(self, request: web.Request) -> web.Response:
        return self._page(request, self._cards.page_data)

    def _page(self, request: web.Request, cell: Cell, *, no_next: bool = False) -> web.Response:
        first, last = self._days(request)
        employees = self._chosen(request)
        days = last - first + 1

        def rows(start: int, stop: int) -> list[Record]:
            found: list[Record] = []
            punches: dict[int, list[int]] = {}
            of = -1
            for number in range(start, min(stop, len(employees) * days)):
                who, day = divmod(number, days)
                if who != of:
                    of, punches = who, self._cards.punches(employees[who]["emp_code"], first, last)
                found.append(cell(employees[who], first + day, punches.get(first + day, [])))
            return found

        return self._pages.page(request, len(employees) * days, rows, no_next=no_next)

    def _days(self, request: web.Request) -> tuple[int, int]:
        days = []
        for name in ("start_date", "end_date"):
            try:
                days.append(parse(request.query.get(name, "").strip()) // DAY)
            except ValueError:
                raise field_error(name, "Enter a valid date.") from None
        first, last = days
        if last < first or last - first > _LONGEST_DAYS:
            raise Refused(400, {"end_date": [f"Up to {_LONGEST_DAYS} days from the start."]})
        return first, last

    def _chosen(self, request: web.Request) -> list[Record]:
        found = [one for one in self._world.people.employees.values() if not one["resigned"]]
        if request[PRINCIPAL].emp_code:
            found = [one for one in found if one["emp_code"] == request[PRINCIPAL].emp_code]
        for name, field in (("employees", "id"), ("departments", "department"), ("areas", "area")):
            wanted = request.query.get(name, "")
            if wanted and wanted != _NOBODY:
                keys = set(wanted.split(","))
                found = [one for one in found if keys & _keys(one[field])]
        return found


def _keys(value: object) -> set[str]:
    return {str(one) for one in value} if isinstance(value, list) else {str(value)}
