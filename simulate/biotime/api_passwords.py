"""Tokens and passwords: the login routes, and how employees get a new password."""

import random

from aiohttp import web

from simulate.biotime.answers import answer, read_json
from simulate.biotime.api_mobile import ROOT
from simulate.biotime.auth import Auth
from simulate.biotime.errors import Refused, field_error
from simulate.biotime.gate import PRINCIPAL
from simulate.biotime.people import Record
from simulate.biotime.world import World

_DONE: Record = {"status_code": 200, "message": []}
_MOST_CODES = 1_000


class PasswordsApi:
    """What would be mailed is in the world's messages. A new password ends no token."""

    def __init__(self, world: World, auth: Auth, rng: random.Random) -> None:
        self._world = world
        self._auth = auth
        self._rng = rng
        self._codes: dict[str, str] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/jwt-api-token-auth/", self.jwt),
            web.post("/api-token-auth/", self.general),
            web.post("/staff-jwt-api-token-auth/", self.staff_jwt),
            web.post("/staff-api-token-auth/", self.staff_general),
            web.post(ROOT + "reset_password/", self.reset_by_email),
            web.post(ROOT + "forgot_password_create_otp/", self.create_code),
            web.post(ROOT + "create_password/", self.create_password),
            web.post(ROOT + "employees/{id}/reset_password/", self.reset),
        ]

    async def jwt(self, request: web.Request) -> web.Response:
        return answer({"token": self._auth.login(await read_json(request), staff=False, jwt=True)})

    async def general(self, request: web.Request) -> web.Response:
        return answer({"token": self._auth.login(await read_json(request), staff=False, jwt=False)})

    async def staff_jwt(self, request: web.Request) -> web.Response:
        return answer({"token": self._auth.login(await read_json(request), staff=True, jwt=True)})

    async def staff_general(self, request: web.Request) -> web.Response:
        return answer({"token": self._auth.login(await read_json(request), staff=True, jwt=False)})

    async def reset_by_email(self, request: web.Request) -> web.Response:
        """A new password, made up, by mail."""
        employee = self._by_email(await read_json(request), "email")
        employee["password"] = f"{self._rng.randrange(10**8):08}"
        self._world.message(employee["email"], "password", employee["password"])
        return answer(_DONE)

    async def create_code(self, request: web.Request) -> web.Response:
        """A one-time password by mail; `search_item` is the address."""
        body = await read_json(request)
        for field in ("search_item", "is_cloud", "client"):
            if not body.get(field):
                raise field_error(field, "This field is required.")
        employee = self._by_email(body, "search_item")
        code = f"{self._rng.randrange(10**6):06}"
        self._codes[code] = employee["emp_code"]
        if len(self._codes) > _MOST_CODES:
            del self._codes[next(iter(self._codes))]
        self._world.message(employee["email"], "otp", code)
        return answer(_DONE)

    async def create_password(self, request: web.Request) -> web.Response:
        """A new password for a one-time password (`otp`, `password`: our reading; the document shows no body)."""
        body = await read_json(request)
        employee = self._world.people.by_code.get(self._codes.pop(str(body.get("otp", "")), ""))
        if employee is None or not body.get("password"):
            raise Refused(400, {"status_code": 400, "message": ["The one-time password or the password is missing."]})
        employee["password"] = str(body["password"])
        return answer(_DONE)

    async def reset(self, request: web.Request) -> web.Response:
        """A new password (`password`), by the employee or by a user."""
        people, key = self._world.people, request.match_info["id"]
        employee = people.employees.get(key) or people.by_code.get(key)
        principal = request[PRINCIPAL]
        if employee is None or principal.emp_code not in ("", employee["emp_code"]):
            raise Refused(403, {"detail": "You do not have permission to perform this action."})
        body = await read_json(request)
        if not body.get("password"):
            raise field_error("password", "This field is required.")
        employee["password"] = str(body["password"])
        return answer(_DONE)

    def _by_email(self, body: Record, field: str) -> Record:
        for employee in self._world.people.employees.values():
            if body.get(field) and employee["email"] == body[field]:
                return employee
        raise Refused(400, {"status_code": 400, "message": ["No such employee."]})
