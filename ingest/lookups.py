"""Answers while a person waits at the clock: last punch, self service, remote attendance, verification by the server.

From a view in memory, or a site's own hook within its deadline; else a clean "none", since a clock that gets no answer
it likes keeps the person waiting. Sources: vendor's document VI 13, 14, Appendix 2; spec/zk-push.md E7; errata Z8.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

from ingest.emit import OPERATIONS, Emitter
from ingest.exchange import Exchange
from ingest.hook import Hook, HookAnswer
from ingest.metrics import LOOKUPS, Lookup
from ingest.remote_attendance import RemoteAttendance
from ingest.throttle import Throttle
from runtime.sections import LookupSettings
from schemas.codec import NotAnEvent
from schemas.lastpunch import LastPunch
from wire.zkpush import lookups as replies
from wire.zkpush.errors import ZkPushError
from wire.zkpush.lookups import MenuItem, SelfServiceStyle

log = logging.getLogger(__name__)

_SERVICE = re.compile(r"[0-9]{1,9}")
_FIRST_QUESTION: Final = 0
_LAST_PUNCH: Final = 1
_HOURS: Final = 2
_WEEK: Final = timedelta(7)
_OWN_SERVICES: Final = {_LAST_PUNCH: "Last punch", _HOURS: "Hours this week"}


class LastPunches(Protocol):
    """The part of runtime.last_punch_view.LastPunchView that is used here."""

    def find(self, serial: str, pin: str, at_ms: int) -> LastPunch | None: ...


class Lookups:
    """`hook` None: a site has no data of its own. `remote` None: people are not looked up for other clocks."""

    def __init__(
        self,
        settings: LookupSettings,
        last_punches: LastPunches,
        emitter: Emitter,
        hook: Hook | None = None,
        remote: RemoteAttendance | None = None,
    ) -> None:
        self._remote = remote
        self._last_punches = last_punches
        self._emitter = emitter
        self._hook = hook
        own = dict(_OWN_SERVICES) if settings.own_services else {}
        self._menu = [MenuItem(number, label) for number, label in sorted({**own, **settings.hook_services}.items())]
        self._own = own
        self._quiet = Throttle()

    async def answer(self, exchange: Exchange) -> bytes:
        params = exchange.target.params
        kind, table = params.get("type", "").lower(), params.get("table", "").upper()
        if table == "SELFSERVICEDATA":
            return await self._self_service(exchange)
        if kind == "lastpunch":
            return self._last_punch(exchange)
        if table == "REMOTEATT":
            return await self._remote_attendance(exchange)
        if kind == "postverifydata":
            await self._keep(exchange, "POSTVERIFYDATA")
            LOOKUPS[Lookup.POST_VERIFY, True].inc()
            return replies.POST_VERIFY_ACCEPTED
        return await self._verify(exchange)

    def _last_punch(self, exchange: Exchange) -> bytes:
        pin = exchange.target.params.get("pin", "")
        punch = self._find(exchange, pin)
        LOOKUPS[Lookup.LAST_PUNCH, punch is not None].inc()
        if punch is None:
            return replies.NO_LAST_PUNCH
        shown = replies.LastPunch("", pin, punch.state or 0, punch.work_code, _local_time(punch, exchange))
        return self._checked(lambda: replies.build_last_punch(shown, exchange.device.period.charset), b"")

    async def _self_service(self, exchange: Exchange) -> bytes:
        params = exchange.target.params
        pin, number = params.get("pin", ""), params.get("servicenum", "0")
        service = int(number) if _SERVICE.fullmatch(number) else _FIRST_QUESTION
        answer = await self._service_answer(exchange, pin, service)
        LOOKUPS[Lookup.SELF_SERVICE, answer is not None].inc()
        if answer is None:
            return replies.NO_SELF_SERVICE
        charset = exchange.device.period.charset
        return self._checked(
            lambda: replies.build_self_service(service, pin, answer.style, answer.text, charset),
            replies.NO_SELF_SERVICE,
        )

    async def _service_answer(self, exchange: Exchange, pin: str, service: int) -> HookAnswer | None:
        if service == _FIRST_QUESTION:
            return HookAnswer(SelfServiceStyle.MENU, replies.build_menu(self._menu)) if self._menu else None
        if service in self._own:
            punch = self._find(exchange, pin)
            if punch is None:
                return HookAnswer(SelfServiceStyle.TEXT, "No punch is known.")
            if service == _LAST_PUNCH:
                return HookAnswer(SelfServiceStyle.TEXT, f"Last punch: {punch.local_text}")
            return HookAnswer(SelfServiceStyle.TEXT, _hours(punch, exchange))
        return await self._hook.ask(exchange.device, pin, service) if self._hook else None

    async def _remote_attendance(self, exchange: Exchange) -> bytes:
        pin = exchange.target.params.get("pin", "")
        lines = await self._remote.commands(exchange.device, pin) if self._remote and pin else []
        LOOKUPS[Lookup.REMOTE_ATT, bool(lines)].inc()
        return self._checked(lambda: replies.build_remote_att(lines), replies.NO_REMOTE_ATT)

    async def _verify(self, exchange: Exchange) -> bytes:
        """AuthType: nobody is verified here, so the clock is told no at once instead of after its 3 s; an access
        terminal's row is kept as any other."""
        LOOKUPS[Lookup.AUTH, False].inc()
        if exchange.request.method == "POST":
            body = await self._keep(exchange, "RTLOG")
            return self._checked(
                lambda: replies.build_access_auth(False, body.partition(b"\n")[0]), replies.ATTENDANCE_AUTH_FAILED
            )
        return replies.ATTENDANCE_AUTH_FAILED

    async def _keep(self, exchange: Exchange, table: str) -> bytes:
        body = await exchange.body()
        if body:
            await self._emitter.store(OPERATIONS, table, body, exchange.device, exchange.where())
        return body

    def _find(self, exchange: Exchange, pin: str) -> LastPunch | None:
        try:
            return self._last_punches.find(exchange.device.serial, pin, exchange.now_ms) if pin else None
        except NotAnEvent as error:
            if (kept_back := self._quiet.allow("lastpunch")) is not None:
                log.error("last punch: %s; %d more like it since the last line", error, kept_back)
            return None

    def _checked(self, build: Callable[[], bytes], otherwise: bytes) -> bytes:
        """What the wire refuses to carry (a site's hook, an odd PIN) ends as "none", not as an error at the clock."""
        try:
            return build()
        except ZkPushError as error:
            if (kept_back := self._quiet.allow(type(error).__name__)) is not None:
                log.warning(
                    "a lookup's answer cannot be sent: %s; %d more like it since the last line", error, kept_back
                )
            return otherwise or replies.NO_LAST_PUNCH


def _hours(punch: LastPunch, exchange: Exchange) -> str:
    """Of the workweek that it is at the clock; those of an earlier one would be taken for this one's."""
    if punch.week_minutes is None or punch.as_of is None:
        return "Hours are not known yet."
    now_ms = exchange.now_ms
    today = datetime.fromtimestamp(now_ms / 1000 + exchange.device.utc_offset_s(now_ms), UTC).date()
    if punch.week_start and today >= date.fromisoformat(punch.week_start) + _WEEK:
        return "No hours are known of this week yet."
    hours, minutes = divmod(punch.week_minutes, 60)
    return f"Hours this week: {hours}:{minutes:02d}"


def _local_time(punch: LastPunch, exchange: Exchange) -> datetime:
    """Wall time at the clock that asks."""
    offset_ms = exchange.device.utc_offset_s(punch.punch_at) * 1000
    return datetime.fromtimestamp((punch.punch_at + offset_ms) / 1000, UTC).replace(tzinfo=None)
