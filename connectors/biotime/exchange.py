"""One HTTP request to one server: bounded, never redirected, never sent twice. Source: spec (d), B-2.15."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from yarl import URL

from connectors.errors import ServerFault, Unreachable
from connectors.tls import ssl_of
from runtime.connector_sections import BioTimeServer
from runtime.errors import SettingsError
from wire.biotime.dates import retry_after

BODY_LIMIT: Final = 32 << 20
CONNECT_SECONDS: Final = 20.0  # an answer may take long after a pause, a connection does not
_CHUNK: Final = 1 << 16


class NotConnected(Unreachable):
    """No connection: the request was surely not sent."""


class NoAnswer(Unreachable):
    """The request may have been sent, and no whole answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. retry_after: seconds that the server asks for. The body is not shown: it may hold a token."""

    status: int
    content_type: str
    body: bytes = field(repr=False)
    retry_after: float | None


class Exchange:
    """A connection pool of one, made anew after trouble with it: an idle socket may be dead and not say so."""

    def __init__(self, server: BioTimeServer, clock: Callable[[], float]) -> None:
        self._server = server
        self._base = server.url.rstrip("/")
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Raises NotConnected, NoAnswer, ServerFault (an answer above BODY_LIMIT)."""
        session = self._open_session()
        url = URL(self._base + path, encoded=True)
        try:
            async with session.request(
                method, url, params=query, json=body, headers=headers, allow_redirects=False
            ) as response:
                return Answer(
                    response.status,
                    response.headers.get("Content-Type", ""),
                    await self._bounded(response),
                    retry_after(response.headers.get("Retry-After"), self._clock()),
                )
        except (
            aiohttp.ClientConnectorError,
            aiohttp.ConnectionTimeoutError,
            aiohttp.ServerFingerprintMismatch,
        ) as error:
            await self.close()
            raise NotConnected(f"{self._base}: {_reason(error)}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            await self.close()
            raise NoAnswer(f"{self._base}{path}: {_reason(error)}") from error
        except ServerFault:
            await self.close()
            raise

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            try:
                trust = ssl_of(self._server)
            except SettingsError as error:
                raise NotConnected(str(error)) from error
            total = self._server.request_timeout_seconds
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=trust, limit=1),
                cookie_jar=aiohttp.DummyCookieJar(),  # a session cookie would be a second way to be logged in
                headers={"Accept": "application/json", "User-Agent": "punchstream"},
                timeout=aiohttp.ClientTimeout(total=total, sock_connect=min(total, CONNECT_SECONDS)),
                middlewares=(_never_twice,),
            )
        return self._session

    async def _bounded(self, response: aiohttp.ClientResponse) -> bytes:
        parts = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            parts += chunk
            if len(parts) > BODY_LIMIT:
                raise ServerFault(f"{self._base}{response.url.raw_path}: an answer of more than {BODY_LIMIT} bytes")
        return bytes(parts)


class _Broken(aiohttp.ClientError):
    """A connection that broke off. Not an OSError: those aiohttp sends again by itself, PUT and DELETE too."""


async def _never_twice(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    try:
        return await send(request)
    except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Broken(_reason(error)) from error


def _reason(error: Exception) -> str:
    """In words, without what the request held."""
    if isinstance(error, aiohttp.ServerFingerprintMismatch):
        return "the server's certificate is not the pinned one (certificate_sha256)"
    if isinstance(error, (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError)):
        return f"TLS: {error}; pin its CA (ca_file) or its certificate (certificate_sha256)"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection: {error.os_error.strerror or error.os_error}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) or type(error).__name__
