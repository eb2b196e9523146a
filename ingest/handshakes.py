"""What devices are told when they come: options, time, and the session of the access dialect.

Sources: vendor's document 2.2, 2.3; spec/zk-push.md 2.2, 2.6 E1; errata Z3, Z4.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from ingest.emit import DEVICE, Emitter
from ingest.exchange import Exchange
from ingest.stamps import Stamps
from runtime.sections import IngestSettings
from schemas.devices import DeviceState
from wire.zkpush.handshake import PLAIN_OK, DeviceOptions, TimeZoneForm, build_options, build_time_reply
from wire.zkpush.session import (
    build_access_options,
    build_registration,
    build_rtdata_time,
    build_session_options,
    registration_code,
    session_id,
)

_ACCESS: Final = "acc"
_MAX_REGISTERED: Final = 50_000
# Options that the device processor takes from a poll; all others come with the registration.
_FROM_INFO: Final = frozenset(("FPVersion", "FaceVersion"))
# Names of schemas/registry.py HandshakeOptions that are fields of the same name of DeviceOptions.
_SAME: Final = (
    "error_delay_s", "delay_s", "trans_times", "trans_interval_min", "trans_words", "realtime", "timeout_s",
    "sync_time_s",
)  # fmt: skip


class States(Protocol):
    """The part of runtime.device_view.DeviceView that is used here."""

    def state(self, serial: str) -> DeviceState | None: ...


class Levers(Protocol):
    """The part of ingest.commands.levers.Levers that is used here."""

    def resend_tables(self, serial: str) -> frozenset[str]: ...
    def told(self, serial: str, at: int) -> None: ...


def is_access(exchange: Exchange, state: DeviceState | None) -> bool:
    """Its DeviceType decides; where it sends none, what it said before (zk-push.md H12)."""
    said = exchange.target.params.get("devicetype", "").lower()
    return said == _ACCESS or (not said and state is not None and state.dialect == _ACCESS)


class Handshakes:
    """`secret` is what registration codes and sessions of access terminals are made of: the same on every edge."""

    def __init__(
        self,
        settings: IngestSettings,
        emitter: Emitter,
        states: States,
        levers: Levers,
        stamps: Stamps,
        secret: bytes,
    ) -> None:
        self._settings = settings
        self._emitter = emitter
        self._states = states
        self._levers = levers
        self._stamps = stamps
        self._secret = secret
        self._registered: dict[str, None] = {}  # here and lately; the device processor tells of the rest

    async def handshake(self, exchange: Exchange) -> bytes:
        """Options for the device. Its record is not waited for: the device fails without options, not without it."""
        serial = exchange.device.serial
        where = exchange.where()
        self._emitter.note("HANDSHAKE", where.query.encode("utf-8", "surrogateescape"), exchange.device, where)
        state = self._states.state(serial)
        if is_access(exchange, state):
            if not self._is_registered(serial, state):
                return PLAIN_OK  # an access terminal registers first (zk-push.md 0.10)
            answer = build_access_options(self._code(serial), session_id(self._secret, serial), self._options(exchange))
        else:
            answer = build_options(serial, self._options(exchange))
        self._levers.told(serial, exchange.now_ms)
        return answer

    async def time(self, exchange: Exchange) -> bytes:
        now = datetime.fromtimestamp(exchange.now_ms / 1000, UTC)
        offset_s = exchange.device.utc_offset_s(exchange.now_ms)
        return build_rtdata_time(now, offset_s) if exchange.target.name == "rtdata" else build_time_reply(now, offset_s)

    async def registry(self, exchange: Exchange) -> bytes:
        """An access terminal says what it is and gets its code; one without it would ask again every 15 s."""
        serial = exchange.device.serial
        await self._emitter.store(DEVICE, "REGISTRY", await exchange.body(), exchange.device, exchange.where())
        if len(self._registered) >= _MAX_REGISTERED:
            del self._registered[next(iter(self._registered))]
        self._registered[serial] = None
        return build_registration(self._code(serial))

    async def session(self, exchange: Exchange) -> bytes:
        """`push`: the options of the session.

        The cookie `token` is not asked for: whoever can read the code can make it, and over plain HTTP anybody can.
        Communication keys are what tells devices from strangers (docs/decisions/0017).
        """
        serial = exchange.device.serial
        where = exchange.where()
        self._emitter.note("PUSH", where.query.encode("utf-8", "surrogateescape"), exchange.device, where)
        return build_session_options(session_id(self._secret, serial), self._options(exchange))

    def _code(self, serial: str) -> str:
        return registration_code(self._secret, serial)

    def _is_registered(self, serial: str, state: DeviceState | None) -> bool:
        return serial in self._registered or (
            state is not None and state.dialect == _ACCESS and bool(state.options.keys() - _FROM_INFO)
        )

    def _options(self, exchange: Exchange) -> DeviceOptions:
        """Site and device over the settings of the edge; stamps of this edge over those of the device processor."""
        device = exchange.device
        state = self._states.state(device.serial)
        said: dict[str, Any] = {name: value for name in _SAME if (value := getattr(device.options, name)) is not None}
        stamps: Mapping[str, str] = {**(state.stamps if state else {}), **self._stamps.of(device.serial)}
        return DeviceOptions(
            utc_offset_s=device.utc_offset_s(exchange.now_ms),
            time_zone_form=TimeZoneForm(
                device.options.time_zone_form or (state.time_zone_form if state else "integer")
            ),
            stamps=stamps,
            resend=self._levers.resend_tables(device.serial),
            **{
                "delay_s": self._settings.poll_delay_seconds,
                "error_delay_s": self._settings.error_delay_seconds,
                **said,
            },
        )
