"""Who may call a station: nobody asked, allow-list, Basic, Digest (document, "HTTP API Authentication Method").

Digest is MD5 with qop "auth,auth-int" (RFC 2617). A nonce goes stale after some uses or seconds, or when it is used
with a count that was used before. Stations in the field answer 401 with an old challenge when they are asked too often:
that is the throttle.
"""

import base64
import binascii
import hashlib
import hmac
import random
import re
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Literal

from simulate.akuvox.errors import require

Mode = Literal["none", "allow-list", "basic", "digest"]

_MOST_NONCES = 64
_PAIR = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


@dataclass(frozen=True, slots=True)
class Auth:
    """How stations check who calls. Raises FatalError when a value makes no sense.

    allowed: addresses of the allow-list; an empty list refuses everybody, as many stations come from the factory.
    nonce_uses, nonce_seconds: life of a nonce; 0 is no limit. throttle_requests: more than so many in a second, or
    throttle_failures wrong passwords in a row, get 401 for throttle_seconds; 0 is no limit.
    """

    mode: Mode = "digest"
    username: str = "admin"
    password: str = "httpapi"  # noqa: S105 - the factory's password of the document
    realm: str = "HTTPAPI"
    allowed: tuple[str, ...] = ("127.0.0.1",)
    nonce_uses: int = 0
    nonce_seconds: float = 0.0
    throttle_requests: int = 0
    throttle_failures: int = 0
    throttle_seconds: float = 3.0

    def __post_init__(self) -> None:
        require(self.mode in ("none", "allow-list", "basic", "digest"), f"auth mode {self.mode!r} is not known")
        require('"' not in self.realm and "\\" not in self.realm, f"realm is {self.realm!r}: no quotes")
        require(":" not in self.username, f"username is {self.username!r}: no colon")


@dataclass(frozen=True, slots=True)
class Caller:
    """One request as the gate sees it. target: path and query as sent."""

    method: str
    target: str
    authorization: str
    body: bytes
    address: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """status 401 or 403; challenge: WWW-Authenticate, empty without one."""

    status: int
    challenge: str = ""


class _Nonce:
    __slots__ = ("count", "made_at", "uses")

    def __init__(self, made_at: float) -> None:
        self.made_at = made_at
        self.uses = 0
        self.count = 0


class Gate:
    """The check of one station. Times are monotonic seconds."""

    def __init__(self, auth: Auth, rng: random.Random) -> None:
        self.auth = auth
        self._rng = rng
        self._opaque = f"{rng.getrandbits(128):032x}"
        self._nonces: OrderedDict[str, _Nonce] = OrderedDict()
        self._throttled_until = 0.0
        self._recent: deque[float] = deque(maxlen=1000)
        self._failures = 0

    def check(self, caller: Caller, now: float) -> Refusal | None:
        """None lets the caller in."""
        if self.auth.mode == "none":
            return None
        if self.auth.mode == "allow-list":
            return None if caller.address in self.auth.allowed else Refusal(403)
        basic = f'Basic realm="{self.auth.realm}"' if self.auth.mode == "basic" else ""
        if self._is_throttled(now):
            return Refusal(401, basic or self._challenge(now, stale=True))
        if basic:
            return None if self._basic(caller) else self._failed(basic, bool(caller.authorization), now)
        return self._digest(caller, now)

    def expire_nonces(self) -> None:
        """Every nonce that was given is stale."""
        self._nonces.clear()

    def throttle(self, seconds: float, now: float) -> None:
        """Answer 401 for so long."""
        self._throttled_until = now + seconds

    def _is_throttled(self, now: float) -> bool:
        if now < self._throttled_until:
            return True
        limit = self.auth.throttle_requests
        if limit:
            while self._recent and self._recent[0] <= now - 1:
                self._recent.popleft()
            self._recent.append(now)
            if len(self._recent) > limit:
                self.throttle(self.auth.throttle_seconds, now)
                self._recent.clear()
                return True
        return False

    def _failed(self, challenge: str, tried: bool, now: float) -> Refusal:
        if tried:
            self._failures += 1
            if self.auth.throttle_failures and self._failures >= self.auth.throttle_failures:
                self._failures = 0
                self.throttle(self.auth.throttle_seconds, now)
        return Refusal(401, challenge)

    def _basic(self, caller: Caller) -> bool:
        scheme, _, text = caller.authorization.partition(" ")
        try:
            given = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return False
        wanted = f"{self.auth.username}:{self.auth.password}".encode()
        good = scheme.lower() == "basic" and hmac.compare_digest(given, wanted)
        if good:
            self._failures = 0
        return good

    def _digest(self, caller: Caller, now: float) -> Refusal | None:
        given = digest_fields(caller.authorization)
        if given is None:
            return self._failed(self._challenge(now), tried=bool(caller.authorization), now=now)
        wanted = digest_response(given, caller, self.auth)
        if wanted is None or not hmac.compare_digest(given.get("response", "").encode(), wanted.encode()):
            return self._failed(self._challenge(now), tried=True, now=now)
        self._failures = 0
        if not self._is_fresh(given, now):
            return Refusal(401, self._challenge(now, stale=True))
        return None

    def _is_fresh(self, given: dict[str, str], now: float) -> bool:
        nonce = self._nonces.get(given["nonce"])
        if nonce is None:
            return False
        nonce.uses += 1
        count = int(given.get("nc", "0"), 16)
        fresh = "qop" not in given or count > nonce.count
        nonce.count = max(nonce.count, count)
        if self.auth.nonce_uses and nonce.uses > self.auth.nonce_uses:
            fresh = False
        if self.auth.nonce_seconds and now - nonce.made_at > self.auth.nonce_seconds:
            fresh = False
        if not fresh:
            del self._nonces[given["nonce"]]
        return fresh

    def _challenge(self, now: float, *, stale: bool = False) -> str:
        nonce = f"{self._rng.getrandbits(128):032x}"
        self._nonces[nonce] = _Nonce(now)
        if len(self._nonces) > _MOST_NONCES:
            self._nonces.popitem(last=False)
        text = f'Digest realm="{self.auth.realm}",qop="auth,auth-int",nonce="{nonce}",opaque="{self._opaque}"'
        return f"{text},stale=true" if stale else text


def digest_fields(authorization: str) -> dict[str, str] | None:
    """The fields of `Authorization: Digest ...`, names in lower case; None when it is none or lacks a needed one."""
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "digest":
        return None
    fields = {name.lower(): quoted or plain for name, quoted, plain in _PAIR.findall(text)}
    needed = {"username", "realm", "nonce", "uri", "response"}
    if "qop" in fields:
        needed |= {"nc", "cnonce"}
    if not needed <= fields.keys() or not re.fullmatch(r"[0-9A-Fa-f]{1,8}", fields.get("nc", "0")):
        return None
    return fields


def digest_response(given: dict[str, str], caller: Caller, auth: Auth) -> str | None:
    """What the response must be (RFC 2617, 3.2.2); None for another user, realm, address, algorithm or qop."""
    if (given["username"], given["realm"]) != (auth.username, auth.realm) or given["uri"] != caller.target:
        return None
    if given.get("algorithm", "MD5").upper() != "MD5":
        return None
    secret = _md5(f"{auth.username}:{auth.realm}:{auth.password}".encode())
    qop = given.get("qop")
    asked = f"{caller.method}:{caller.target}"
    if qop == "auth-int":
        asked += f":{_md5(caller.body)}"
    if qop is None:
        return _md5(f"{secret}:{given['nonce']}:{_md5(asked.encode())}".encode())
    if qop not in ("auth", "auth-int"):
        return None
    return _md5(f"{secret}:{given['nonce']}:{given['nc']}:{given['cnonce']}:{qop}:{_md5(asked.encode())}".encode())


def _md5(text: bytes) -> str:
    return hashlib.md5(text, usedforsecurity=False).hexdigest()
