"""Who we are to a server: the token ways of the documents, and Basic (spec/connectors.md A4).

A rejected login is not tried again for a minute and more, twice as long each time: servers lock users out. The password
is read at each login, and neither it nor a token is ever in a message.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from connectors.biotime.exchange import Exchange, NoAnswer
from connectors.errors import AuthFailed, ServerFault, Unreachable
from runtime.connector_sections import BioTimeServer
from runtime.errors import SettingsError
from wire.biotime.endpoints import BY_NAME
from wire.biotime.envelope import parse_object
from wire.biotime.errors import AnswerFault, Fault
from wire.biotime.tokens import jwt_lifetime

FIRST_PAUSE_SECONDS: Final = 60.0
LAST_PAUSE_SECONDS: Final = 960.0
_RENEW_AT: Final = 0.9  # of a token's own lifetime: before it ends in the middle of something

_NOT_HERE: Final = (Fault.MISSING, Fault.ABSENT)  # this build lacks the route
_REJECTED: Final = (Fault.REFUSED, Fault.UNAUTHORISED, Fault.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class Route:
    """A login route and the word before its token."""

    endpoint: str
    scheme: str


_JWT: Final = Route("jwt_login", "JWT")
_TOKEN: Final = Route("token_login", "Token")
_STAFF_JWT: Final = Route("staff_jwt_login", "JWT")
_STAFF_TOKEN: Final = Route("staff_token_login", "Token")
_ROUTES: Final[dict[str, tuple[Route, ...]]] = {
    "auto": (_JWT, _TOKEN),
    "jwt": (_JWT, _TOKEN),
    "token": (_TOKEN, _JWT),
    "staff_jwt": (_STAFF_JWT, _STAFF_TOKEN),
    "staff_token": (_STAFF_TOKEN, _STAFF_JWT),
    "basic": (),
}


class Login:
    """One identity and its header. Callers take turns (the client has one request in flight), so one login serves all
    who wait for it."""

    def __init__(
        self,
        name: str,
        exchange: Exchange,
        *,
        routes: tuple[Route, ...],
        credentials: Callable[[], dict[str, str]],
        headers: dict[str, str] | None = None,
        basic: Callable[[], str] | None = None,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._name = name
        self._exchange = exchange
        self._routes = routes
        self._credentials = credentials
        self._headers = headers
        self._basic = basic
        self._clock = clock
        self._monotonic = monotonic
        self._header = ""
        self._renew_at: float | None = None
        self._paused_until = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self._why = ""

    def check(self) -> None:
        """Raises AuthFailed while the pause after a rejection lasts: nothing is sent."""
        left = self._paused_until - self._monotonic()
        if self._why and left > 0:
            raise AuthFailed(self._why, retry_after_seconds=left)

    async def header(self) -> str:
        """The value of Authorization, after a login where there is none yet. Raises AuthFailed, ServerFault,
        Unreachable."""
        self.check()
        if not self._header or (self._renew_at is not None and self._monotonic() >= self._renew_at):
            await self._log_in()
        return self._header

    def forget(self) -> None:
        """After a 401: the next header comes from a new login."""
        self._header = ""

    def accepted(self) -> None:
        """After anything but a 401: what was rejected before is over."""
        self._pause = FIRST_PAUSE_SECONDS
        self._why = ""

    def rejected(self, why: str) -> AuthFailed:
        """To be raised. Begins the pause."""
        self._header = ""
        pause, self._pause = self._pause, min(self._pause * 2, LAST_PAUSE_SECONDS)
        self._why = f"{self._name}: {why}"
        self._paused_until = self._monotonic() + pause
        return AuthFailed(self._why, retry_after_seconds=pause)

    async def _log_in(self) -> None:
        self._header = ""
        try:
            credentials = self._credentials()
        except SettingsError as error:
            raise self.rejected(str(error)) from error
        faults: list[AnswerFault] = []
        for route in self._routes:
            try:
                token = await self._token(route, credentials)
            except AnswerFault as error:
                faults.append(error)
                continue
            self._header = f"{route.scheme} {token}"
            lifetime = jwt_lifetime(token, self._clock())
            self._renew_at = None if lifetime is None else self._monotonic() + lifetime * _RENEW_AT
            return
        # HTML may be a server that is starting: only a plain "no such route" of every one leaves Basic.
        if self._basic is not None and all(fault.fault in _NOT_HERE for fault in faults):
            self._header = f"Basic {self._basic()}"
            self._renew_at = None
            return
        said = "; ".join(f"{route.endpoint}: {fault}" for route, fault in zip(self._routes, faults, strict=True))
        raise ServerFault(f"{self._name}: no login route answers ({said})")

    async def _token(self, route: Route, credentials: dict[str, str]) -> str:
        """Raises AnswerFault where this build lacks the route."""
        endpoint = BY_NAME[route.endpoint]
        try:
            answer = await self._exchange.send(endpoint.method, endpoint.path, body=credentials, headers=self._headers)
        except NoAnswer as error:  # of the login: of what the caller wants to send, nothing was sent
            raise Unreachable(str(error)) from error
        try:
            found = parse_object(answer.status, answer.content_type, answer.body)
        except AnswerFault as error:
            if error.fault in _REJECTED:
                raise self.rejected(f"the login was rejected at {endpoint.path}: {error}") from None
            if error.fault is Fault.BUSY or answer.status >= 500:
                raise ServerFault(
                    f"{self._name}: {endpoint.path}: {error}", retry_after_seconds=answer.retry_after
                ) from None
            raise
        token = found.get("token")
        if not isinstance(token, str) or not token or not token.isascii() or any(c.isspace() for c in token):
            raise ServerFault(f"{self._name}: {endpoint.path} answered without a token")
        return token


def user_login(
    server: BioTimeServer, exchange: Exchange, clock: Callable[[], float], monotonic: Callable[[], float]
) -> Login:
    """The login of `server.username`, by `server.auth`."""

    def credentials() -> dict[str, str]:
        password = server.password().get_secret_value()
        if server.dialect == "biotimecloud":
            return {"company": server.company, "email": server.username, "password": password}
        return {"username": server.username, "password": password}

    def basic() -> str:
        return base64.b64encode(f"{server.username}:{server.password().get_secret_value()}".encode()).decode()

    return Login(
        f"server {server.name}",
        exchange,
        routes=_ROUTES[server.auth],
        credentials=credentials,
        basic=basic if server.auth in ("auto", "basic") else None,
        clock=clock,
        monotonic=monotonic,
    )


def mobile_login(
    server: BioTimeServer, exchange: Exchange, clock: Callable[[], float], monotonic: Callable[[], float]
) -> Login:
    """The employee's login of the mobile API. Its `Client` header names the app; ours is one constant for a server."""

    def credentials() -> dict[str, str]:
        path = server.mobile_password_file
        if path is None:
            raise SettingsError(f"server {server.name}: mobile_username is set, mobile_password_file is not")
        try:
            return {"username": server.mobile_username, "password": path.read_text().strip()}
        except OSError as error:
            raise SettingsError(f"cannot read {path}, the mobile password of {server.name}: {error.strerror}") from None

    return Login(
        f"server {server.name}, mobile user",
        exchange,
        routes=(Route("mobile_login", "JWT"),),
        credentials=credentials,
        headers={"Client": uuid.uuid5(uuid.NAMESPACE_URL, f"punchstream:{server.key}").hex.upper()},
        clock=clock,
        monotonic=monotonic,
    )
