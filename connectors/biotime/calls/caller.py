"""How a server is asked: one request in flight, logged in, reads repeated, writes never (spec/connectors.md A, d)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from random import Random
from typing import Final

from connectors.biotime.exchange import Answer, Exchange, NoAnswer
from connectors.biotime.login import Login, mobile_login, user_login
from connectors.errors import (
    ConnectorFault,
    LicenceMissing,
    OutcomeUnknown,
    RequestRefused,
    RouteMissing,
    ServerFault,
    Unreachable,
)
from runtime.connector_sections import BioTimeServer
from wire.biotime.endpoints import BY_NAME, Endpoint, Kind, fill
from wire.biotime.envelope import Page, parse_done, parse_object, parse_page
from wire.biotime.errors import AnswerFault, Fault
from wire.biotime.values import Json, int_of

READ_ATTEMPTS: Final = 4
FIRST_WAIT_SECONDS: Final = 0.5  # then twice as long each time, each half to one and a half of it
LONGEST_WAIT_SECONDS: Final = 30.0  # that a server may ask for and a call waits; above it the caller is told
BUSY_SECONDS: Final = 30.0  # after a 429 that does not say how long
MOST_PAGES: Final = 100_000  # of one list: 20 million rows at the usual size
_MOBILE: Final = "/mobile/"


class Caller:
    """What all typed methods stand on. random: jitter; sleep: awaits a number of seconds."""

    def __init__(
        self,
        server: BioTimeServer,
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        random: Random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._server = server
        self._monotonic = monotonic
        self._random = random
        self._sleep = sleep
        self._exchange = Exchange(server, clock)
        self._user = user_login(server, self._exchange, clock, monotonic)
        self._mobile = mobile_login(server, self._exchange, clock, monotonic) if server.mobile_username else self._user
        self._turn = asyncio.Lock()
        self._quiet_until = 0.0

    async def open(self) -> None:
        """Nothing is asked before the first call; that one logs in."""

    async def close(self) -> None:
        await self._exchange.close()

    async def login(self) -> None:
        """Proves the credentials; calls do it by themselves."""
        async with self._turn:
            await self._user.header()

    async def mobile_login(self) -> None:
        """The same of the mobile user, or of the user where no mobile user is set."""
        async with self._turn:
            await self._mobile.header()

    async def list_page(
        self,
        name: str,
        *,
        page: int = 1,
        page_size: int = 0,
        filters: Mapping[str, str] | None = None,
        ordering: str = "",
    ) -> Page:
        """One page of the list endpoint `name`; page_size 0 takes the setting. Servers may give fewer rows than asked.

        Raises SourceTrouble; RouteMissing where the list itself is not there.
        """
        query = dict(filters or {})
        if ordering:
            query["ordering"] = ordering
        return await self._page(BY_NAME[name], page, page_size, query)

    async def pages(
        self, name: str, *, page_size: int = 0, filters: Mapping[str, str] | None = None, ordering: str = ""
    ) -> AsyncIterator[Page]:
        """All pages of a list, none of them empty. Raises SourceTrouble: then what was given is not the whole list.

        Neither a short page nor a missing `next` ends it (A1): it goes on while `next` is set or fewer rows were seen
        than the latest `count`. A page that repeats, or an empty one with `next`, is an error.
        """
        query = dict(filters or {})
        if ordering:
            query["ordering"] = ordering
        number, seen, before = 1, 0, None
        for _ in range(MOST_PAGES):
            page = await self._page(BY_NAME[name], number, page_size, query)
            if not page.rows:
                if page.next_query is not None:
                    raise ServerFault(f"{self._where(name)}: page {number} is empty and has a next one")
                return
            if page.rows == before:
                raise ServerFault(f"{self._where(name)}: page {number} is the one before again")
            yield page
            before = page.rows
            seen += len(page.rows)
            if page.next_query is None and page.count is not None and seen >= page.count:
                return
            following = int_of((page.next_query or {}).get("page", number + 1))
            if following is None or following <= number:
                raise ServerFault(f"{self._where(name)}: the next page of page {number} is an earlier one")
            number = following
            # What else the server put into its `next` goes along, whatever host it names (A1).
            query |= {key: value for key, value in (page.next_query or {}).items() if key not in _PAGING}
        raise ServerFault(f"{self._where(name)}: more than {MOST_PAGES} pages")

    async def _page(self, endpoint: Endpoint, page: int, page_size: int, query: Mapping[str, str]) -> Page:
        if not endpoint.paged:
            raise ValueError(f"{endpoint.name} is no list")
        size = str(page_size or self._server.page_size)
        # Documents name either `page_size` or `limit` (errata B1); the one that a server does not know is ignored.
        answer = await self._read(endpoint.path, {**query, "page": str(page), "page_size": size, "limit": size})
        try:
            found = parse_page(answer.status, answer.content_type, answer.body)
        except AnswerFault as error:
            raise self._trouble(endpoint, error, answer) from None
        if found.past_end and page == 1:
            raise RouteMissing(f"{self._where(endpoint.name)}: HTTP 404 on the first page")
        return found

    async def _object(
        self, endpoint: Endpoint, query: Mapping[str, str] | None = None, **ids: str | int
    ) -> Json | None:
        """None where the API answers that there is no such thing."""
        answer = await self._read(endpoint.url(**ids), query or {})
        for path in endpoint.tried:
            if answer.status != 404:
                break
            answer = await self._read(fill(path, **ids), query or {})
        try:
            return parse_object(answer.status, answer.content_type, answer.body)
        except AnswerFault as error:
            if error.fault is Fault.ABSENT:
                return None
            raise self._trouble(endpoint, error, answer) from None

    async def _write(self, name: str, body: object = None, **ids: str | int) -> Json:
        """The server's answer, {} where it has none. Raises SourceTrouble: it was not done; RequestRefused: never will
        be like this; OutcomeUnknown: it may have been done."""
        endpoint = BY_NAME[name]
        if endpoint.kind not in (Kind.WRITE, Kind.DANGEROUS):
            raise ValueError(f"{name} is no write")
        async with self._turn:
            try:
                answer = await self._authorised(endpoint.method, endpoint.url(**ids), body=body)
            except (NoAnswer, _Oversized) as error:
                raise OutcomeUnknown(f"{self._where(name)} was sent, and no answer came: {error}") from error
        try:
            return parse_done(answer.status, answer.content_type, answer.body)
        except AnswerFault as error:
            if answer.status >= 500 or 300 <= answer.status < 400 or error.fault is Fault.PAGE:
                raise OutcomeUnknown(f"{self._where(name)} was sent; the answer does not say: {error}") from None
            if error.fault in (Fault.ERROR, Fault.ABSENT):
                raise RequestRefused(f"{self._where(name)}: {error}") from None
            raise self._trouble(endpoint, error, answer) from None

    async def _read(self, path: str, query: Mapping[str, str]) -> Answer:
        """A GET, repeated while the server is not reached or not well. Raises SourceTrouble."""
        deadline = self._monotonic() + 2 * self._server.request_timeout_seconds
        async with self._turn:
            for attempt in range(1, READ_ATTEMPTS + 1):
                last = attempt == READ_ATTEMPTS
                wait = FIRST_WAIT_SECONDS * 2 ** (attempt - 1) * self._random.uniform(0.5, 1.5)
                try:
                    answer = await self._authorised("GET", path, query=query)
                except Unreachable:
                    if last or self._monotonic() + wait >= deadline:
                        raise
                else:
                    asked = answer.retry_after if answer.status in (429, 503) else None
                    if answer.status != 429 and answer.status < 500:
                        return answer
                    wait = wait if asked is None else asked
                    if last or wait > LONGEST_WAIT_SECONDS or self._monotonic() + wait >= deadline:
                        return answer
                await self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    async def _authorised(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: object = None
    ) -> Answer:
        """With a login before it where one is needed, and one new login after a 401. The caller holds the turn."""
        quiet = self._quiet_until - self._monotonic()
        if quiet > 0:
            raise ServerFault(f"server {self._server.name} asked for a pause", retry_after_seconds=quiet)
        login = self._mobile if path.startswith(_MOBILE) else self._user
        answer = await self._with(login, method, path, query, body)
        if answer.status == 401:
            login.forget()
            answer = await self._with(login, method, path, query, body)
            if answer.status == 401:
                raise login.rejected(f"{path}: HTTP 401 after a new login; has the user the right to it?")
        login.accepted()
        return answer

    async def _with(
        self, login: Login, method: str, path: str, query: Mapping[str, str] | None, body: object
    ) -> Answer:
        headers = {"Authorization": await login.header()}
        try:
            return await self._exchange.send(method, path, query=query, body=body, headers=headers)
        except ServerFault as error:
            raise _Oversized(str(error)) from error

    def _trouble(self, endpoint: Endpoint, error: AnswerFault, answer: Answer) -> ConnectorFault:
        said = f"{self._where(endpoint.name)}: {error}"
        match error.fault:
            case Fault.UNAUTHORISED:  # said in JSON under another status: a 401 itself never comes here
                login = self._mobile if endpoint.path.startswith(_MOBILE) else self._user
                return login.rejected(f"{endpoint.path}: {error}")
            case Fault.FORBIDDEN:
                return LicenceMissing(f"{said}; no API licence on this server, or no right for its user")
            case Fault.MISSING | Fault.ABSENT:
                return RouteMissing(said)
            case Fault.REFUSED:
                return RequestRefused(said)
            case Fault.BUSY:
                pause = BUSY_SECONDS if answer.retry_after is None else answer.retry_after
                self._quiet_until = self._monotonic() + pause
                return ServerFault(said, retry_after_seconds=pause)
            case Fault.PAGE if answer.status == 200 and "html" in answer.content_type.lower():
                return RouteMissing(said)
            case _:
                return ServerFault(said, retry_after_seconds=answer.retry_after)

    def _where(self, name: str) -> str:
        endpoint = BY_NAME[name]
        return f"server {self._server.name}, {endpoint.method} {endpoint.path}"


class _Oversized(ServerFault):
    """The answer was too large to read."""


_PAGING: Final = ("page", "page_size", "limit", "ordering")
