"""/personnel/api/departments/, areas/ and positions/."""

from aiohttp import web

from simulate.biotime.answers import Pages, answer, read_json
from simulate.biotime.api_company import Company
from simulate.biotime.errors import Refused
from simulate.biotime.gate import PRINCIPAL, users_only
from simulate.biotime.people import Record, Tree
from simulate.biotime.world import World


def brief(tree: Tree, record: Record) -> Record:
    """Id, code and name, as inside of another object."""
    return {key: record[key] for key in ("id", tree.code, tree.name)}


class TreeApi:
    """One of the three, at /personnel/api/<path>/."""

    def __init__(self, world: World, pages: Pages, company: Company, tree: Tree, path: str) -> None:
        self._world = world
        self._pages = pages
        self._company = company
        self._tree = tree
        self._root = f"/personnel/api/{path}/"
        self._size_name = "page_size" if world.settings.dialect == "biotime" else "limit"

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(self._root, self.many),
            web.post(self._root, self.create),
            web.get(self._root + "{id}/", self.read),
            web.patch(self._root + "{id}/", self.update),
            web.delete(self._root + "{id}/", self.delete),
        ]

    async def many(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        tree, query = self._tree, request.query
        found = list(tree.rows.values())
        for name in (tree.code, tree.name, tree.parent):
            if query.get(name):
                found = [one for one in found if str(one[name]) == query[name]]
            if query.get(f"{name}_icontains"):
                found = [one for one in found if query[f"{name}_icontains"].lower() in str(one[name]).lower()]
        ordering = query.get("ordering", "")
        if ordering.lstrip("-") in ("id", tree.code, tree.name):
            found.sort(key=lambda one: str(one[ordering.lstrip("-")]), reverse=ordering.startswith("-"))
        return self._pages.page(
            request,
            len(found),
            lambda first, last: [self.shown(one) for one in found[first:last]],
            size_name=self._size_name,
        )

    async def read(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        return answer(self.shown(self._tree.get(request.match_info["id"])))

    async def create(self, request: web.Request) -> web.Response:
        """BioTime 9.5 answers a new position without its id."""
        users_only(request[PRINCIPAL])
        record = self._tree.create(await read_json(request))
        settings = self._world.settings
        if self._tree.prefix == "position" and settings.dialect == "biotime" and settings.version == "9.5":
            return answer({key: value for key, value in record.items() if key != "id"}, 201)
        return answer(record, 201)

    async def update(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        record = self._tree.get(request.match_info["id"])
        self._tree.update(record, await read_json(request))
        return answer(record)

    async def delete(self, request: web.Request) -> web.Response:
        users_only(request[PRINCIPAL])
        record = self._tree.get(request.match_info["id"])
        if self._world.people.tree_in_use(self._tree, record["id"]):
            raise Refused(400, {"detail": f"{self._tree.label} {record[self._tree.code]} is in use."})
        del self._tree.rows[record["id"]]
        if self._world.settings.cloud:
            return answer({"message": "deleted"})
        return web.Response(status=204)

    def shown(self, record: Record) -> Record:
        """A row of a list, and a detail: where a parent is an object, and where an id, differs by dialect."""
        tree, settings = self._tree, self._world.settings
        parent = tree.rows.get(record[tree.parent])
        nested = not settings.cloud and (
            tree.prefix == "area" or (settings.dialect == "biotime" and settings.version != "8.0")
        )
        shown = dict(record)
        if nested and parent is not None:
            shown[tree.parent] = {**brief(tree, parent), tree.parent: parent[tree.parent]}
        if not (settings.cloud and tree.prefix == "area"):
            shown[f"{tree.parent}_name"] = parent[tree.name] if parent else None
        return self._company.on(shown)
