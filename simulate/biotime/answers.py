"""JSON in and out, and pages: `count`, `next`, `previous` and the rows."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson
from aiohttp import web

from simulate.biotime.errors import Refused
from simulate.biotime.people import Record
from simulate.biotime.world import World

PAGE_TROUBLE: web.RequestKey[str] = web.RequestKey("page_trouble", str)
"""What is wrong with the page that is asked for: empty_page or repeat_page."""

Rows = Callable[[int, int], list[Any]]
"""The rows first to last-1 of a list."""

_MOST_ROWS = 10_000


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer."""
    return web.Response(body=orjson.dumps(body), status=status, headers=headers, content_type="application/json")


async def read_json(request: web.Request) -> Record:
    """The object in the body; an empty body is an empty object. Raises Refused (400)."""
    data = await request.read()
    try:
        body = orjson.loads(data) if data else {}
    except orjson.JSONDecodeError as error:
        raise Refused(400, {"detail": f"JSON parse error - {error}"}) from None
    if not isinstance(body, dict):
        raise Refused(400, {"non_field_errors": ["Invalid data. Expected a dictionary."]})
    return body


class Pages:
    """Makes pages as the server's faults want them. wrong_host: where a wrong `next` leads, `http://host:port`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.wrong_host = "http://127.0.0.1:9"

    def page(
        self,
        request: web.Request,
        count: int,
        rows: Rows,
        *,
        size_name: str = "page_size",
        mobile: bool = False,
        no_next: bool = False,
    ) -> web.Response:
        """One page of a list. size_name: the parameter that this list takes the number of rows from.

        mobile: in the form of the telephone's lists. no_next: this list never says `next`. Raises Refused (404) behind
        the last page.
        """
        number, size = self._asked(request, size_name)
        first = (number - 1) * size
        if number > 1 and first >= count:
            raise Refused(404, {"detail": "Invalid page."})
        trouble = request.get(PAGE_TROUBLE)
        if trouble == "repeat_page" and number > 1:
            first -= size
        found = [] if trouble == "empty_page" else rows(first, first + size)
        more = number * size < count or trouble == "empty_page"
        silent = no_next or self._world.faults.next_url == "null"
        following = self._link(request, number + 1) if more and not silent else None
        before = self._link(request, number - 1) if number > 1 else None
        head: Record = {"count": count, "next": following, "previous": before}
        if mobile:
            return answer({**head, "results": found, "status_code": 200, "message": []})
        key = self._world.faults.rows_key
        if key == "array":
            return answer(found)
        head |= {"msg": "", "code": 0}
        if not count and key == "data" and self._world.settings.dialect != "biotime":
            head["results"] = []
        return answer({**head, key: found})

    def _asked(self, request: web.Request, size_name: str) -> tuple[int, int]:
        try:
            number = int(request.query.get("page") or 1)
        except ValueError:
            number = 0
        if number < 1:
            raise Refused(404, {"detail": "Invalid page."})
        try:
            size = int(request.query.get(size_name) or 0)
        except ValueError:
            size = 0
        size = min(size, _MOST_ROWS) if size > 0 else self._world.settings.page_size
        cap = self._world.faults.page_cap
        return number, min(size, cap) if cap else size

    def _link(self, request: web.Request, number: int) -> str:
        query = {key: value for key, value in request.query.items() if key != "page"}
        if number > 1:
            query["page"] = str(number)
        path = f"{request.path}?{urlencode(query)}" if query else request.path
        match self._world.faults.next_url:
            case "relative":
                return path
            case "wrong_host":
                return f"{self.wrong_host}{path}"
            case "plain_http":
                return f"http://{request.host}{path}"
        return f"{request.scheme}://{request.host}{path}"
