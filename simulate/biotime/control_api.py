"""The control port: `/_simulator/...` on 127.0.0.1, beside the server's own port."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from simulate.biotime.answers import answer
from simulate.biotime.control import Control
from simulate.biotime.errors import FatalError, require
from simulate.biotime.troubles import Trouble

ROOT = "/_simulator/"

_MOST_BYTES = 64 * 1024 * 1024


class ControlApi:
    """The calls of Control over HTTP. A wrong value is a 400 that says what is wrong."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._errors], client_max_size=_MOST_BYTES)
        control = self._control
        app.add_routes(
            [
                web.get(ROOT + "status", _says(lambda _: control.status())),
                web.get(ROOT + "terminals", _says(lambda _: control.terminals())),
                web.get(ROOT + "messages", _says(lambda _: control.messages())),
                web.get(ROOT + "troubles", _says(lambda _: control.status()["troubles"])),
                web.delete(ROOT + "troubles", _says(lambda _: control.clear_troubles())),
                web.patch(ROOT + "faults", _does(lambda body: control.set_faults(**body))),
                web.patch(ROOT + "life", _does(lambda body: control.set_life(**body))),
                web.post(ROOT + "troubles", _does(self._troubles)),
                web.post(ROOT + "punches", _does(lambda body: {"ids": control.punches(body)})),
                web.post(ROOT + "make", _does(lambda body: {"ids": control.make(**body)})),
                web.post(ROOT + "delete", _does(lambda body: {"ids": control.delete(self._ids(body))})),
                web.post(ROOT + "edit", _does(self._edit)),
                web.post(ROOT + "restore", _does(lambda body: {"epoch": control.restore(**body)})),
                web.post(ROOT + "expire", _says(lambda _: control.expire_tokens())),
                web.post(ROOT + "terminals/{serial}", self._terminal),
                web.post(ROOT + "manual_logs/{id}", self._manual_log),
                web.route("*", "/{rest:.*}", self._leak),
            ]
        )
        return app

    @web.middleware
    async def _errors(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except (FatalError, ValidationError, orjson.JSONDecodeError, TypeError, KeyError) as error:
            return answer({"error": f"{type(error).__name__}: {error}"}, 400)

    def _troubles(self, body: Any) -> None:
        for trouble in TypeAdapter(list[Trouble]).validate_python(body if isinstance(body, list) else [body]):
            self._control.add_trouble(trouble)

    def _edit(self, body: Any) -> Any:
        state = None if body.get("state") is None else int(body["state"])
        return {"ids": self._control.edit(self._ids(body), state, body.get("punch_time"))}

    def _ids(self, body: Any) -> list[int]:
        require("ids" in body or "random" in body, "give ids, or random and how many")
        return [int(one) for one in body["ids"]] if "ids" in body else self._control.random_ids(int(body["random"]))

    async def _terminal(self, request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        self._control.offline(request.match_info["serial"], bool(body["offline"]))
        return answer({})

    async def _manual_log(self, request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        self._control.audit(int(request.match_info["id"]), int(body["audit_status"]))
        return answer({})

    async def _leak(self, request: web.Request) -> web.Response:
        """Nobody should come here but who follows a wrong `next`."""
        if not request.path.startswith(ROOT):
            self._control.leaked += 1
        return answer({"error": f"{request.method} {request.path} is not here"}, 404)


_Handler = Callable[[web.Request], Awaitable[web.Response]]


def _says(call: Callable[[web.Request], Any]) -> _Handler:
    async def handler(request: web.Request) -> web.Response:
        return answer(call(request) or {})

    return handler


def _does(call: Callable[[Any], Any]) -> _Handler:
    async def handler(request: web.Request) -> web.Response:
        return answer(call(orjson.loads(await request.read())) or {})

    return handler
