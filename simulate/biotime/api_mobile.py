"""/mobile/api/v1.0/: what employees do by telephone. Everything but the login wants a token."""

from datetime import UTC, datetime
from functools import partial

from aiohttp import web

from simulate.biotime.answers import Pages, answer, read_json
from simulate.biotime.api_company import Company
from simulate.biotime.auth import Auth
from simulate.biotime.errors import Refused, field_error, not_found
from simulate.biotime.gate import PRINCIPAL, users_only
from simulate.biotime.manual_logs import ManualLog
from simulate.biotime.people import Record
from simulate.biotime.query import Filters
from simulate.biotime.time_cards import TimeCards
from simulate.biotime.wall import DAY, text, wall_of
from simulate.biotime.world import APP, World

ROOT = "/mobile/api/v1.0/"

_DONE: Record = {"status_code": 200, "message": []}
_SUMMARIES = {"weekly_summary": 7, "monthly_summary": 30, "exception_summary": 30}


class MobileApi:
    """Settings, people, punches, manual logs and summaries; passwords are in api_passwords.py."""

    def __init__(self, world: World, auth: Auth, pages: Pages, company: Company) -> None:
        self._world = world
        self._auth = auth
        self._pages = pages
        self._company = company
        self._cards = TimeCards(world)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(ROOT + "auth_token/", self.login),
            web.get(ROOT + "configurations/app_settings/", self.app_settings),
            web.get(ROOT + "app_settings/", self.app_settings),
            web.get(ROOT + "employees/", self.employees),
            web.get(ROOT + "employees/{id}/", self.profile),
            web.get(ROOT + "transactions/", self.transactions),
            web.post(ROOT + "transactions/", self.clock_in),
            web.post(ROOT + "employees/{id}/manual_logs/", self.apply),
            web.get(ROOT + "manual_logs/", self.manual_logs),
            *(web.get(ROOT + "employees/{id}/" + name + "/", partial(self.summary, name)) for name in _SUMMARIES),
        ]

    async def login(self, request: web.Request) -> web.Response:
        token = self._auth.mobile_login(await read_json(request), request.headers.get("Client", ""))
        return answer({"token": token, **_DONE})

    async def app_settings(self, request: web.Request) -> web.Response:
        code = request[PRINCIPAL].emp_code or next(iter(self._world.people.by_code))
        employee = self._world.people.by_code.get(code)
        if employee is None:
            raise not_found()
        areas = [self._world.people.areas.rows[area]["area_name"] for area in employee["area"]]
        return answer(
            {
                "server_name": "",
                "emp_id": employee["id"],
                "emp_code": code,
                "name": employee["first_name"],
                **self._places(employee, ""),
                "photo": "",
                "area": ",".join(areas),
                "app_role": employee["app_role"],
                "ts_email": "support@example.com",
                "website": "https://example.com/",
                "copyright": "Simulated",
                **_DONE,
            }
        )

    async def employees(self, request: web.Request) -> web.Response:
        found = list(self._world.people.employees.values())
        return self._pages.page(
            request, len(found), lambda first, last: [self._person(one) for one in found[first:last]], mobile=True
        )

    async def profile(self, request: web.Request) -> web.Response:
        return answer({**self._person(self._employee(request)), **_DONE})

    async def transactions(self, request: web.Request) -> web.Response:
        """Newest first; dates and times as if wall time were UTC. An employee sees his own, a manager all."""
        store = self._world.transactions.store
        view = self._world.transactions.queries.view(Filters(self._only(request)), "-punch_time")

        def rows(first: int, last: int) -> list[Record]:
            found = []
            for slot in view.slots(first, last):
                row = store.at(slot)
                terminal = self._world.terminals.by_serial.get(row.serial)
                place = row.extra["gps_location"] if row.extra else None
                found.append(
                    {
                        "emp_code": row.emp_code,
                        "punch_date": row.punch // DAY * DAY,
                        "punch_time": row.punch,
                        "punch_state": str(row.state),
                        "source": row.source,
                        "description": place or (terminal.alias if terminal else ""),
                        "gps_location": place,
                        "terminal_sn": row.serial,
                    }
                )
            return found

        return self._pages.page(request, view.count, rows, mobile=True)

    async def clock_in(self, request: web.Request) -> web.Response:
        body = await read_json(request)
        if body.get("punch_state") in (None, ""):
            raise field_error("punch_state", "This field is required.")
        code = request[PRINCIPAL].emp_code or str(body.get("emp_code", ""))
        employee = self._world.people.by_code.get(code)
        if employee is None:
            raise field_error("emp_code", "No such employee.")
        place = {name: body.get(name) for name in ("longitude", "latitude", "gps_location")}
        _, row = self._world.clock_in(code, _state(body["punch_state"]), place)
        moment = datetime.fromtimestamp(self._world.clock.now(), UTC).astimezone(self._world.upload_zone)
        return answer(
            {
                "latitude": body.get("latitude"),
                "longitude": body.get("longitude"),
                "punch_state": str(row.state),
                "source": 3,
                "emp_code": code,
                "terminal_sn": APP,
                "gps_location": body.get("gps_location"),
                "emp_id": employee["id"],
                "punch_time": text(row.punch),
                "upload_time": moment.replace(tzinfo=None).isoformat(timespec="microseconds"),
                "status_code": 201,
                "message": [],
            },
            201,
        )

    async def apply(self, request: web.Request) -> web.Response:
        """A forgotten punch; punch_time is a true instant, seconds since 1970 UTC, as text."""
        employee = self._employee(request)
        body = await read_json(request)
        try:
            second = wall_of(int(body["punch_time"]), self._world.zone)
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            raise field_error("punch_time", "Enter a valid time.") from None
        state, reason = _state(body.get("punch_state", 0)), str(body.get("apply_reason") or "")
        work_code = str(body.get("work_code") or "")
        row = self._world.manual_logs.apply(employee["emp_code"], second, state, work_code, reason)
        return answer(
            {
                "punch_time": body["punch_time"],
                "apply_reason": body.get("apply_reason"),
                "punch_state": state,
                "work_code": body.get("work_code"),
                "id": row.id,
                "status_code": 201,
                "message": [],
            },
            201,
        )

    async def manual_logs(self, request: web.Request) -> web.Response:
        only = self._only(request)
        found = [row for row in self._world.manual_logs.rows.values() if only in (None, row.emp_code)]
        return self._pages.page(
            request, len(found), lambda first, last: [self._log(row) for row in found[first:last]], mobile=True
        )

    async def summary(self, name: str, request: web.Request) -> web.Response:
        """Days on which something happened, up to today."""
        employee = self._employee(request)
        today = self._world.now() // DAY
        first = today - _SUMMARIES[name] + 1
        punches = self._cards.punches(employee["emp_code"], first, today)
        cards = [self._cards.report(employee, day, punches.get(day, [])) for day in range(first, today + 1)]
        return answer(
            {
                "late": sum(bool(card["late"]) for card in cards),
                "early_out": sum(bool(card["early_leave"]) for card in cards),
                "absent": sum(bool(card["absent"]) for card in cards),
                "leave": 0,
                "overtime": sum(bool(card["normal_ot"] or card["weekend_ot"]) for card in cards),
            }
        )

    def _only(self, request: web.Request) -> str | None:
        """The employee whose rows the caller may see; None is everybody."""
        employee = self._world.people.by_code.get(request[PRINCIPAL].emp_code)
        return None if employee is None or employee["app_role"] == 2 else str(employee["emp_code"])

    def _employee(self, request: web.Request) -> Record:
        """The employee of the path, by id or by code."""
        people, key = self._world.people, request.match_info["id"]
        employee = people.employees.get(key) or people.by_code.get(key)
        if employee is None:
            raise not_found()
        only = self._only(request)
        if only is not None and only != employee["emp_code"]:
            users_only(request[PRINCIPAL])
        return employee

    def _places(self, employee: Record, suffix: str) -> Record:
        people = self._world.people
        position = people.positions.rows.get(employee["position"])
        return {
            f"department{suffix}": people.departments.rows[employee["department"]]["dept_name"],
            f"position{suffix}": position["position_name"] if position else None,
        }

    def _person(self, employee: Record) -> Record:
        shown = {name: employee[name] for name in ("id", "emp_code", "first_name", "email")}
        return {**shown, "photo": "", **self._places(employee, "_name")}

    def _log(self, row: ManualLog) -> Record:
        employee = self._world.people.by_code.get(row.emp_code)
        decided = row.audit_time is not None
        return {
            "id": row.id,
            "audit_status": int(row.status),
            "revoke_reason": row.revoke_reason,
            "punch_time": text(row.punch),
            "punch_state": row.state,
            "work_code": row.work_code,
            "apply_reason": row.apply_reason,
            "apply_time": text(row.apply_time),
            "audit_reason": "" if decided else None,
            "audit_time": None if row.audit_time is None else text(row.audit_time),
            "approval_level": None,
            "audit_user_id": None,
            "approver": self._world.settings.email if decided else None,
            "company": self._company.id,
            "employee": employee["id"] if employee else None,
        }


def _state(value: object) -> int:
    try:
        state = int(str(value))
    except ValueError:
        state = -1
    if not 0 <= state <= 255:
        raise Refused(400, {"punch_state": ["Enter a number from 0 to 255."]})
    return state
