"""Who may ask: users, employees ("staff") and telephones, with JWTs, general tokens and Basic."""

import base64
import binascii
import hashlib
import hmac
import random
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from simulate.biotime.errors import Refused
from simulate.biotime.people import People, Record
from simulate.biotime.settings import BioTimeSettings
from simulate.fleet.clock import Clock

_MOST_TOKENS = 10_000


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. emp_code: empty for users; they see everything, employees what is theirs."""

    kind: Literal["user", "staff", "mobile"]
    emp_code: str = ""


@dataclass(frozen=True, slots=True)
class _Issued:
    principal: Principal
    scheme: str
    expires: float | None


class Auth:
    """logins, refused: how many there were. Tokens outlive everything but their time and `expire`."""

    def __init__(self, settings: BioTimeSettings, people: People, clock: Clock, rng: random.Random) -> None:
        self._settings = settings
        self._people = people
        self._clock = clock
        self._rng = rng
        self._tokens: OrderedDict[str, _Issued] = OrderedDict()
        self._general: dict[Principal, str] = {}
        self.logins = 0
        self.refused = 0

    @property
    def tokens(self) -> int:
        """Tokens that were given out and not called back."""
        return len(self._tokens)

    def login(self, body: Record, *, staff: bool, jwt: bool) -> str:
        """A token for who the body says it is. Raises Refused (400)."""
        settings = self._settings
        name_field = "email" if settings.cloud else "username"
        needed = (name_field, "password", "company") if settings.cloud else (name_field, "password")
        self._need(body, needed)
        name, password = str(body[name_field]), str(body["password"])
        if settings.cloud and body["company"] != settings.company:
            raise self._refuse()
        if staff:
            principal = Principal("staff", self._employee(name, password))
        elif name == (settings.email if settings.cloud else settings.username) and password == settings.password:
            principal = Principal("user")
        else:
            raise self._refuse()
        self.logins += 1
        return self._jwt(principal) if jwt else self._general_token(principal)

    def mobile_login(self, body: Record, client: str) -> str:
        """A JWT for a telephone. Raises Refused (400)."""
        if not client:
            self.refused += 1
            raise Refused(400, {"status_code": 400, "message": ["Client header is required."]})
        self._need(body, ("username", "password"))
        name, password = str(body["username"]), str(body["password"])
        if name in (self._settings.username, self._settings.email) and password == self._settings.password:
            principal = Principal("mobile")
        else:
            principal = Principal("mobile", self._employee(name, password))
        self.logins += 1
        return self._jwt(principal)

    def who(self, authorization: str) -> Principal:
        """Whose request it is. Raises Refused (401)."""
        if not authorization:
            raise Refused(401, {"detail": "Authentication credentials were not provided."})
        scheme, _, token = authorization.partition(" ")
        if scheme == "Basic" and self._settings.basic and not self._settings.cloud:
            return self._basic(token)
        issued = self._tokens.get(token)
        if issued is None or issued.scheme != scheme:
            raise Refused(401, {"detail": "Invalid token."})
        if issued.expires is not None and issued.expires <= self._clock.now():
            raise Refused(401, {"detail": "Signature has expired."})
        return issued.principal

    def expire(self) -> None:
        """Call all tokens back, general ones too."""
        self._tokens.clear()
        self._general.clear()

    def _need(self, body: Record, fields: tuple[str, ...]) -> None:
        missing = {field: ["This field is required."] for field in fields if not body.get(field)}
        if missing:
            self.refused += 1
            raise Refused(400, missing)

    def _employee(self, name: str, password: str) -> str:
        for employee in (self._people.by_code.get(name), self._people.by_code.get(name.partition("@")[0])):
            if (
                employee is not None
                and password == employee["password"]
                and name in (employee["emp_code"], employee["email"])
            ):
                return str(employee["emp_code"])
        raise self._refuse()

    def _refuse(self) -> Refused:
        self.refused += 1
        return Refused(400, {"non_field_errors": ["Unable to log in with provided credentials."]})

    def _basic(self, token: str) -> Principal:
        try:
            name, _, password = base64.b64decode(token, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            name = password = ""
        if (name, password) != (self._settings.username, self._settings.password):
            self.refused += 1
            raise Refused(401, {"detail": "Invalid username/password."})
        return Principal("user")

    def _jwt(self, principal: Principal) -> str:
        now = int(self._clock.now())
        expires = now + self._settings.token_seconds
        claims: dict[str, Any] = {"username": principal.emp_code or self._settings.username, "orig_iat": now}
        claims |= {"exp": int(expires), "jti": f"{self._rng.getrandbits(64):016x}"}
        signed = f"{_part({'typ': 'JWT', 'alg': 'HS256'})}.{_part(claims)}"
        signature = hmac.new(str(self._settings.seed).encode(), signed.encode(), hashlib.sha256).digest()
        token = f"{signed}.{_base64(signature)}"
        self._keep(token, _Issued(principal, "JWT", expires))
        return token

    def _general_token(self, principal: Principal) -> str:
        token = self._general.get(principal)
        if token is None:
            token = self._general[principal] = f"{self._rng.getrandbits(160):040x}"
        self._keep(token, _Issued(principal, "Token", None))
        return token

    def _keep(self, token: str, issued: _Issued) -> None:
        self._tokens[token] = issued
        if len(self._tokens) > _MOST_TOKENS:
            self._tokens.popitem(last=False)


def _part(claims: dict[str, Any]) -> str:
    return _base64(orjson.dumps(claims))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
