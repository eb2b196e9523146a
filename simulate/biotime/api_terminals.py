"""/iclock/api/terminals/: the inventory, and the commands to terminals."""

from functools import partial
from typing import Any

from aiohttp import web

from simulate.biotime.answers import Pages, answer, read_json
from simulate.biotime.api_company import Company
from simulate.biotime.gate import PRINCIPAL, users_only
from simulate.biotime.people import Record
from simulate.biotime.terminals import COMMANDS, Terminal
from simulate.biotime.wall import text
from simulate.biotime.world import World

_ROOT = "/iclock/api/terminals/"


class TerminalsApi:
    """All endpoints of the devices' chapter. Only users may come here."""

    def __init__(self, world: World, pages: Pages, company: Company) -> None:
        self._world = world
        self._pages = pages
        self._company = company
        self._size_name = "limit" if world.settings.dialect == "utimemaster" else "page_size"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_ROOT, self.many),
            web.post(_ROOT, self.create),
            *(web.post(f"{_ROOT}{name}/", partial(self.command, name)) for name in COMMANDS),
            web.get(_ROOT + "{id}/", self.read),
            web.put(_ROOT + "{id}/", self.update),
            web.delete(_ROOT + "{id}/", self.delete),
        ]

    async def many(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        self._world.terminals.touch()
        found = [self.row(one) for one in self._world.terminals.by_id.values() if self._matches(one, request.query)]
        return self._pages.page(request, len(found), lambda a, b: found[a:b], size_name=self._size_name)

    async def read(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        self._world.terminals.touch()
        return answer(self.row(self._world.terminals.get(request.match_info["id"])))

    async def create(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        return answer(self.row(self._world.terminals.write(await read_json(request), None)), 201)

    async def update(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        terminal = self._world.terminals.get(request.match_info["id"])
        return answer(self.row(self._world.terminals.write(await read_json(request), terminal)))

    async def delete(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        self._world.terminals.remove(self._world.terminals.get(request.match_info["id"]))
        return web.Response(status=204)

    async def command(self, name: str, request: web.Request) -> web.Response:
        """Queue a command for each terminal that the body names."""
        users_only(request[PRINCIPAL])
        for terminal in self._world.terminals.named(await read_json(request)):
            self._world.terminals.command(terminal, name)
        return answer({"code": 0, "msg": "", "data": []})

    def row(self, terminal: Terminal) -> Record:
        """A terminal as the API shows it. State 1 is online, 0 is not."""
        settings = self._world.settings
        area = self._world.people.areas.rows.get(terminal.area or 0)
        users = self._world.terminals.users(terminal)
        shown: dict[str, Any] = {
            "id": terminal.id,
            "sn": terminal.sn,
            "ip_address": terminal.ip_address,
            "alias": terminal.alias,
            "terminal_name": "D3" if settings.cloud else None,
            "fw_ver": "ZMM510-NF28HC-1.1.23" if settings.cloud else None,
            "push_ver": "Ver 2.0.33S-20220623" if settings.cloud else None,
            "state": 0 if terminal.offline or terminal.rebooting else 1,
            "terminal_tz": terminal.tz,
            "area": {key: area[key] for key in ("id", "area_code", "area_name")} if area else None,
            "last_activity": None if terminal.last_activity is None else text(terminal.last_activity),
            "user_count": len(users),
            "fp_count": sum(one["templates"] for one in users),
            "face_count": 0,
            "palm_count": 0,
            "transaction_count": terminal.records,
            "push_time": "1901-01-01 00:00:00" if settings.cloud else None,
            "transfer_time": "00:00;14:05",
            "transfer_interval": 1,
            "is_attendance": True if settings.dialect == "utimemaster" else 1,
            "area_name": area["area_name"] if area else None,
        }
        return self._company.on(shown)

    def _matches(self, terminal: Terminal, query: Any) -> bool:
        state = 0 if terminal.offline or terminal.rebooting else 1
        exact = {"sn": terminal.sn, "alias": terminal.alias, "state": str(state), "area": str(terminal.area)}
        part = {"sn_icontains": terminal.sn, "alias_icontains": terminal.alias}
        return all(not query.get(name) or query[name] == value for name, value in exact.items()) and all(
            query.get(name, "").lower() in value.lower() for name, value in part.items()
        )
