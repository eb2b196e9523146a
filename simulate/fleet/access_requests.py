"""The requests of an access controller as bytes, and what it reads in the replies (spec/zk-push.md 2.6, E1 to E6)."""

import hashlib
from dataclasses import dataclass

from simulate.fleet.requests import AGENT

PUSH_VERSION = "3.1.2"


@dataclass(frozen=True, slots=True)
class Session:
    """What the server gave: registry code, session, and how to wait. Seconds."""

    code: str = ""
    id: str = ""
    error_delay: float = 15.0
    delay: float = 10.0
    timeout: float = 30.0

    def token(self, serial: str) -> str:
        """The cookie's token: md5 hex over code, serial and session (E1)."""
        return hashlib.md5(f"{self.code}{serial}{self.id}".encode()).hexdigest()  # noqa: S324 # the protocol says so


def read_session(body: bytes, before: Session) -> Session:
    """The `name=value` lines of a handshake, registry or push reply; what it leaves out stays as before."""
    lines = body.decode("utf-8", "replace").splitlines()
    found = dict(line.strip().split("=", 1) for line in lines if "=" in line)

    def seconds(name: str, old: float) -> float:
        text = found.get(name, "")
        return float(text) if text.isdecimal() and 0 < int(text) < 100_000 else old

    return Session(
        code=found.get("RegistryCode", before.code),
        id=found.get("SessionID", before.id),
        error_delay=seconds("ErrorDelay", before.error_delay),
        delay=seconds("RequestDelay", seconds("Delay", before.delay)),
        timeout=seconds("TimeoutSec", before.timeout),
    )


class AccessRequests:
    """Builds the requests of one access controller: HTTP/1.1, a connection each, a token in the cookie."""

    def __init__(self, serial: str, host: str) -> None:
        self._serial = serial
        self._head = (
            f" HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {AGENT}\r\nConnection: close\r\nAccept: application/push\r\n"
            "Accept-Charset: UTF-8\r\nContent-Type: application/push;charset=UTF-8\r\nContent-Language: en-US\r\n"
        )
        self.session = Session()

    def handshake(self) -> bytes:
        """Am I known here?"""
        return self._get("cdata", f"&options=all&pushver={PUSH_VERSION}&DeviceType=acc&PushOptionsFlag=1", cookie=False)

    def registry(self, options: str) -> bytes:
        """Register, with the options as a comma line."""
        return self._post("registry", "", options.encode(), cookie=False)

    def push(self) -> bytes:
        """Ask for the session and its options."""
        return self._post("push", "", b"")

    def poll(self) -> bytes:
        """Ask for commands."""
        return self._get("getrequest", "")

    def ping(self) -> bytes:
        """Still here, while a long upload keeps the polls waiting."""
        return self._get("ping", "")

    def time(self) -> bytes:
        """Ask for the time."""
        return self._get("rtdata", "&type=time")

    def events(self, table: str, body: bytes) -> bytes:
        """Door events (rtlog) or the state of doors (rtstate) in real time."""
        return self._post("cdata", f"&table={table}", body)

    def tabledata(self, table: str, count: int, body: bytes) -> bytes:
        """Rows of a table that are new here."""
        return self._post("cdata", f"&table=tabledata&tablename={table}&count={count}", body)

    def querydata(self, kind: str, command_id: str, table: str, count: int, body: bytes) -> bytes:
        """The answer to a query; kind is tabledata, count or options."""
        query = f"&type={kind}&cmdid={command_id}&tablename={table}&count={count}&packcnt=1&packidx=1"
        return self._post("querydata", query, body)

    def auth_type(self, body: bytes) -> bytes:
        """May this person pass?"""
        return self._post("cdata", "&AuthType=device", body)

    def answer(self, body: bytes) -> bytes:
        """Results of commands."""
        return self._post("devicecmd", "", body)

    def _get(self, path: str, query: str, cookie: bool = True) -> bytes:
        return f"GET /iclock/{path}?SN={self._serial}{query}{self._head}{self._cookie(cookie)}\r\n".encode()

    def _post(self, path: str, query: str, body: bytes, cookie: bool = True) -> bytes:
        start = f"POST /iclock/{path}?SN={self._serial}{query}{self._head}{self._cookie(cookie)}"
        return f"{start}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def _cookie(self, wanted: bool) -> str:
        return f"Cookie: token={self.session.token(self._serial)}\r\n" if wanted else ""
