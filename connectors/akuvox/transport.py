"""One station over HTTP: sign in, one request at a time, bounded answers, and what each status means.

Source: spec/connectors.md A5 (HTTP codes, auth modes, TLS), B-3 7, A14, (d). Nothing here knows what an answer says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from connectors.akuvox.digest import CHALLENGE, ChallengeUnusable, StationDigest, is_stale
from connectors.errors import (
    ApiBlocked,
    AuthFailed,
    ConnectorFault,
    DialectWeb,
    OutcomeUnknown,
    RequestRefused,
    ServerFault,
    SourceTrouble,
    Unreachable,
)
from connectors.tls import ssl_of
from runtime.connector_sections import AkuvoxStation
from runtime.errors import SettingsError

MAX_ANSWER_BYTES: Final = 8 << 20  # a whole log of 1,003 rows was 221 kB
MAX_FILE_BYTES: Final = 64 << 20
FILE_SECONDS: Final = 300.0
CONNECT_SECONDS: Final = 5.0
THROTTLED_SECONDS: Final = (3.0, 6.0, 9.0)  # B-3 7
LOCKOUT_SECONDS: Final = 60.0  # the least pause after a refused login
MAX_RETRY_AFTER: Final = 3600.0
_CHUNK: Final = 64 << 10

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is sent as multipart form: key, file name, content."""

    key: str
    file_name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """write: whether doing it twice would matter. file: the answer is a file, with its own bounds."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    upload: Upload | None = None
    write: bool = False
    file: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Transport:
    """Raises connectors.errors alone. sleep: awaited between throttled attempts; monotonic: seconds."""

    def __init__(self, station: AkuvoxStation, *, monotonic: Callable[[], float], sleep: Sleep) -> None:
        self._station = station
        self._monotonic = monotonic
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None
        self._one_at_a_time = asyncio.Lock()
        self._digest: StationDigest | None = None
        self._basic: dict[str, str] = {}
        self._no_login_until = 0.0

    async def open(self) -> None:
        """Opens no connection. Raises runtime.errors.SettingsError for TLS settings that cannot be."""
        trust = ssl_of(self._station, legacy=self._station.legacy_tls)
        self._session = aiohttp.ClientSession(
            # Stations serve one connection, and break when it is kept alive.
            connector=aiohttp.TCPConnector(ssl=trust, limit=1, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, request: Request) -> Reply:
        """A reply of status 2xx. A request that was answered 401 did nothing, so a write may follow it too.

        Raises AuthFailed, ApiBlocked, DialectWeb, RequestRefused, ServerFault, Unreachable; for a write that may have
        been done OutcomeUnknown.
        """
        async with self._one_at_a_time:
            wait = self._no_login_until - self._monotonic()
            if wait > 0:
                raise AuthFailed(
                    f"{self._station.key}: its login was refused, not tried again for {wait:.0f} s",
                    retry_after_seconds=wait,
                )
            for pause in (*THROTTLED_SECONDS, None):
                reply = await self._once(request)
                if reply.status != 401:
                    return self._checked(request, reply)
                if pause is None or not is_stale(reply.headers.get(CHALLENGE, "")):
                    break
                await self._sleep(pause)
            raise self._refused(reply.headers.get(CHALLENGE, ""))

    async def _once(self, request: Request) -> Reply:
        if self._session is None:
            raise Unreachable(f"{self._station.key}: its session is not open")
        seconds = max(self._station.request_timeout_seconds, FILE_SECONDS if request.file or request.upload else 0.0)
        self._log_in()
        headers = {"Accept": "*/*"} | self._basic
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        try:
            async with self._session.request(
                request.method,
                self._station.url.rstrip("/") + request.path,
                params=request.params,
                data=request.body if request.upload is None else _form(request.upload),
                headers=headers,
                middlewares=() if self._digest is None else (self._digest,),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=min(CONNECT_SECONDS, seconds)),
            ) as response:
                body = await self._read(request, response) if 200 <= response.status < 300 else b""
                return Reply(response.status, response.headers, body)
        except ChallengeUnusable as error:
            raise self._lock_out(f"its Digest challenge cannot be answered: {error}") from None
        except aiohttp.ServerFingerprintMismatch:
            raise Unreachable(
                f"{self._station.key}: its certificate is not the pinned one; look at it, then set certificate_sha256"
            ) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(f"{self._station.key}: no connection to {self._station.url}: {_what(error)}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            what = f"the answer did not come whole within {seconds:.0f} s: {_what(error)}"
            raise self._broke(request, what, Unreachable) from None

    async def _read(self, request: Request, response: aiohttp.ClientResponse) -> bytes:
        most = MAX_FILE_BYTES if request.file else MAX_ANSWER_BYTES
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > most:
                raise self._broke(request, f"the answer is longer than {most} bytes", ServerFault)
        return bytes(body)

    def _checked(self, request: Request, reply: Reply) -> Reply:
        status, key = reply.status, self._station.key
        if 200 <= status < 300:
            return reply
        if status == 403 and CHALLENGE not in reply.headers:
            raise ApiBlocked(
                f"{key}: 403 for {request.path}: its HTTP API is off, or its allow-list (IP01 to IP05) does not have"
                " this machine; an empty allow-list is the factory's setting on many models"
            )
        if status == 403:
            raise self._lock_out("403 with a challenge: this account may not use the HTTP API")
        if status == 308:
            raise DialectWeb(
                f"{key}: 308 for {request.path}: this firmware serves https or its web pages only; try url https://"
            )
        if status >= 500 or status == 408:
            raise self._broke(request, f"HTTP {status}", ServerFault, _retry_after(reply.headers))
        if status == 429 or status < 400:
            what = "too many requests" if status == 429 else f"HTTP {status}, a redirect, which is not followed"
            raise ServerFault(f"{key}: {request.path}: {what}", retry_after_seconds=_retry_after(reply.headers))
        raise RequestRefused(f"{key}: HTTP {status} for {request.path}: this station does not take the call so")

    def _broke(
        self, request: Request, what: str, trouble: type[SourceTrouble], retry_after: float | None = None
    ) -> ConnectorFault:
        message = f"{self._station.key}: {request.path}: {what}"
        if request.write:
            return OutcomeUnknown(f"{message}; whether it was done must be read back")
        return trouble(message, retry_after_seconds=retry_after)

    def _refused(self, challenge: str) -> AuthFailed:
        wanted = challenge.partition(" ")[0].lower()[:20] or "no known scheme"
        if is_stale(challenge):
            return self._lock_out(
                f"every nonce was stale, also after {', '.join(f'{s:.0f}' for s in THROTTLED_SECONDS)} s"
            )
        if wanted != self._station.auth:
            return self._lock_out(
                f"it asks for {wanted} and `auth` is {self._station.auth}: set the station's auth mode"
            )
        return self._lock_out("user name or password is wrong")

    def _lock_out(self, why: str) -> AuthFailed:
        self._no_login_until = self._monotonic() + LOCKOUT_SECONDS
        self._digest, self._basic = None, {}  # the password is read anew, so a mended file is enough
        return AuthFailed(f"{self._station.key}: login refused: {why}", retry_after_seconds=LOCKOUT_SECONDS)

    def _log_in(self) -> None:
        """Credentials for the requests until one is refused."""
        station = self._station
        try:
            if station.auth == "digest" and self._digest is None:
                self._digest = StationDigest(station.username, station.password().get_secret_value())
            if station.auth == "basic" and not self._basic:
                login = aiohttp.encode_basic_auth(station.username, station.password().get_secret_value())
                self._basic = {"Authorization": login}
        except (SettingsError, ValueError) as error:
            raise self._lock_out(str(error)) from None


def _form(upload: Upload) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field(upload.key, upload.content, filename=upload.file_name, content_type="application/octet-stream")
    return form


def _retry_after(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "").strip()
    return min(float(text), MAX_RETRY_AFTER) if text.isascii() and text.isdigit() else None


def _what(error: BaseException) -> str:
    """Without the error's own text, which may hold the URL and with it a code."""
    return f"{type(error).__name__} {getattr(error, 'strerror', None) or ''}".strip()
