"""The simulated server as one object: `async with BioTimeServer(settings) as server: server.url`."""

import asyncio
import random
import ssl
from types import TracebackType
from typing import Self

from aiohttp import web

from simulate.biotime.answers import Pages
from simulate.biotime.api_company import Company
from simulate.biotime.api_mobile import MobileApi
from simulate.biotime.api_passwords import PasswordsApi
from simulate.biotime.api_personnel import EmployeesApi
from simulate.biotime.api_reports import ReportsApi
from simulate.biotime.api_terminals import TerminalsApi
from simulate.biotime.api_transactions import TransactionsApi
from simulate.biotime.api_trees import TreeApi
from simulate.biotime.auth import Auth
from simulate.biotime.control import Control
from simulate.biotime.control_api import ControlApi
from simulate.biotime.errors import FatalError
from simulate.biotime.feed import Feed
from simulate.biotime.follow import Follower
from simulate.biotime.gate import Gate
from simulate.biotime.ledger import LedgerWriter
from simulate.biotime.settings import BioTimeSettings
from simulate.biotime.troubles import Troubles
from simulate.biotime.world import World
from simulate.fleet.clock import Clock, SystemClock

_MOST_BODY_BYTES = 4 * 1024 * 1024


class BioTimeServer:
    """One server; url and control_url are there once it is entered. Raises FatalError when it cannot start.

    ssl_context: it speaks HTTPS with it. The control port never does.
    """

    def __init__(
        self, settings: BioTimeSettings, *, clock: Clock | None = None, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._ssl_context = ssl_context
        self._runners: list[web.AppRunner] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.url = ""
        self.control_url = ""

    async def __aenter__(self) -> Self:
        settings = self._settings
        clock = self._clock or SystemClock()
        self._ledger = LedgerWriter(settings.ledger)
        try:
            self.world = World(settings, clock, self._ledger)
            self.world.start()
            auth = Auth(settings, self.world.people, clock, random.Random(settings.seed + 3))
            troubles = Troubles(random.Random(settings.seed + 4), settings.troubles)
            gate = Gate(self.world, auth, troubles)
            self.control = Control(self.world, auth, troubles, gate)
            pages = Pages(self.world)
            port = await self._listen(ControlApi(self.control).app(), "127.0.0.1", settings.control_port, None)
            self.control_url = pages.wrong_host = f"http://127.0.0.1:{port}"
            app = self._app(auth, gate, pages)
            port = await self._listen(app, settings.host, settings.port, self._ssl_context)
            self.url = f"{'https' if self._ssl_context else 'http'}://{settings.host}:{port}"
            self._tasks.append(asyncio.create_task(Feed(self.world, clock).run()))
            if settings.follow is not None:
                follower = Follower(settings.follow, settings.follow_serials, self.control, clock)
                self._tasks.append(asyncio.create_task(follower.run()))
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def wait(self) -> None:
        """Wait until something that runs by itself fails, and raise that; otherwise for ever."""
        await asyncio.gather(*self._tasks)

    def _app(self, auth: Auth, gate: Gate, pages: Pages) -> web.Application:
        world = self.world
        company, people = Company(self._settings), world.people
        app = web.Application(middlewares=[gate.middleware], client_max_size=_MOST_BODY_BYTES)
        for api in (
            PasswordsApi(world, auth, random.Random(self._settings.seed + 5)),
            TerminalsApi(world, pages, company),
            TransactionsApi(world, pages, company),
            EmployeesApi(world, pages),
            TreeApi(world, pages, company, people.departments, "departments"),
            TreeApi(world, pages, company, people.areas, "areas"),
            TreeApi(world, pages, company, people.positions, "positions"),
            ReportsApi(world, pages),
            MobileApi(world, auth, pages, company),
        ):
            app.add_routes(api.routes())
        return app

    async def _listen(self, app: web.Application, host: str, port: int, context: ssl.SSLContext | None) -> int:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._runners.append(runner)
        try:
            await web.TCPSite(runner, host, port, ssl_context=context).start()
        except OSError as error:
            raise FatalError(
                f"simulate biotime: cannot listen on {host}:{port} ({error}); give another port"
            ) from error
        return int(runner.addresses[0][1])

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        for runner in self._runners:
            await runner.cleanup()
        if hasattr(self, "world"):
            self.world.close()
        self._ledger.close()
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result
