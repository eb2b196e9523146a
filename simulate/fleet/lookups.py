"""People who wait at the clock for an answer of the server (document, 13, 14, appendix 2; spec/zk-push.md E7)."""

import base64
import binascii
import random
import re
from collections.abc import Callable, Sequence

from simulate.fleet.commands import read_fields
from simulate.fleet.errand import Errand, has_ok
from simulate.fleet.exchange import Reply
from simulate.fleet.requests import Requests

AUTH_SECONDS = 3.0
"""So long a terminal waits for AuthType; then it decides alone."""

_STATUS = re.compile(rb"^\s*status\s*=\s*(-?\d+)", re.MULTILINE)
_CHOICE = re.compile(r"ID=(\d+)&CMD=")


def no_last_punch(reply: Reply) -> bool:
    """Whether a LastPunch reply has no punch: a status other than 0, or none."""
    found = _STATUS.search(reply.body)
    return found is None or int(found[1]) != 0


def no_user(reply: Reply) -> bool:
    """Whether a RemoteAtt reply names nobody."""
    return b"PIN=" not in reply.body


def not_authorized(reply: Reply) -> bool:
    """Whether an AuthType reply lets nobody pass."""
    return b"AUTH=SUCCESS" not in reply.body.upper()


def read_service(reply: Reply, charset: str) -> tuple[str, str] | None:
    """Style and text of a SELFSERVICEDATA reply; None when it has none or its text is no BASE64."""
    _, found, rest = reply.body.partition(b"UPDATE SELFSERVICEDATA ")
    fields = read_fields(rest.split(b"\n", 1)[0].decode("latin-1"))
    if not found or "data" not in fields:
        return None
    try:
        return fields.get("style", "").strip(), base64.b64decode(fields["data"].strip(), validate=True).decode(charset)
    except (binascii.Error, UnicodeDecodeError):
        return None


class Lookups:
    """Questions at one terminal. printed: the terminal's clock as it prints it."""

    def __init__(
        self, rng: random.Random, requests: Requests, pins: Sequence[str], charset: str, printed: Callable[[], str]
    ) -> None:
        self._rng = rng
        self._requests = requests
        self._pins = pins
        self._charset = charset
        self._printed = printed
        self._dialogues = 0

    def last_punch(self) -> Errand:
        """Somebody presses "last punch"."""
        pin = self._pin()
        return Errand(lambda: self._requests.last_punch(pin), question="last_punches", none=no_last_punch)

    def self_service(self) -> Errand:
        """Somebody opens self service: a menu or a text comes; of a menu they choose one entry."""
        pin = self._pin()
        return self._service(pin, "0")

    def remote_att(self) -> Errand:
        """Somebody punches who is not on this terminal."""
        pin = self._pin()
        return Errand(lambda: self._requests.remote_att(pin), question="remote_atts", none=no_user)

    def auth_type(self) -> Errand:
        """The server decides whether somebody may pass."""
        row = f"time={self._printed()}\tpin={self._pin()}\tcardno=0\teventaddr=1\tevent=20\tinoutstatus=0\tverifytype=1"
        return Errand(
            lambda: self._requests.auth_type(f"{row}\r\n".encode()),
            question="auth_types",
            none=not_authorized,
            timeout=AUTH_SECONDS,
        )

    def _service(self, pin: str, number: str) -> Errand:
        return Errand(
            lambda: self._requests.self_service(pin, number),
            question="self_services",
            none=lambda reply: read_service(reply, self._charset) is None,
            follow=lambda reply: self._next(pin, number, reply),
        )

    def _next(self, pin: str, number: str, reply: Reply) -> list[Errand]:
        """After a menu the second step; after a text the confirmation, with an id that no server gave (Z8)."""
        service = read_service(reply, self._charset)
        if service is None:
            return []
        style, text = service
        if style == "2" and number == "0":
            choices = _CHOICE.findall(text)
            return [self._service(pin, self._rng.choice(choices))] if choices else []
        self._dialogues += 1
        body = f"ID={500 + self._dialogues}&Return=0&CMD=ServiceNum\n".encode()
        return [Errand(lambda: self._requests.answer(body), has_ok)]

    def _pin(self) -> str:
        return self._rng.choice(self._pins).strip()
