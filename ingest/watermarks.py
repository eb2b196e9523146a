"""Watermarks of the terminals that push here: what is asked and brought goes to ingest/quiet.py, what follows to Kafka.

Access terminals get none: their door events travel in raw.operations, so no record of raw.attendance comes after them.
"""

from __future__ import annotations

from typing import Final

from ingest.emit import Emitter
from ingest.exchange import Exchange
from ingest.handshakes import States, is_access
from ingest.quiet import QuietTerminals
from runtime.sections import IngestSettings
from schemas.devices import DeviceState
from wire.zkpush.handshake import PLAIN_OK, DeviceOptions
from wire.zkpush.info import parse_info

_UNSAID: Final = DeviceOptions(utc_offset_s=0)
_ATTENDANCE_WORD: Final = "AttLog"


class Watermarks:
    """Nothing here waits or fails: an answer does not depend on it."""

    def __init__(self, settings: IngestSettings, emitter: Emitter, states: States) -> None:
        self._emitter = emitter
        self._states = states
        self._quiet = QuietTerminals(
            quiet_ms=round(settings.watermark_quiet_seconds * 1000),
            margin_ms=round(settings.watermark_margin_minutes * 60_000),
            step_ms=round(settings.watermark_step_seconds * 1000),
        )

    def handshake(self, exchange: Exchange) -> None:
        """Its options, as they are now, are its answer."""
        serial = exchange.device.serial
        self._quiet.handshake(serial, exchange.now_ms, live=_is_live(exchange, self._states.state(serial)))

    def upload(self, exchange: Exchange) -> None:
        """Something is brought, taken or not; `answered` must follow."""
        self._quiet.upload(exchange.device.serial, exchange.now_ms)

    def answered(self, exchange: Exchange, at: int) -> None:
        """What was brought gets its answer at `at` (epoch ms), whatever that is."""
        self._quiet.answered(exchange.device.serial, at)

    def poll(self, exchange: Exchange, answer: bytes) -> None:
        """The device asked for commands and gets `answer`."""
        device, info = exchange.device, exchange.target.params.get("info", "")
        state = self._states.state(device.serial)
        watermark = self._quiet.poll(
            device.serial,
            exchange.now_ms,
            idle=answer == PLAIN_OK,
            live=_is_live(exchange, state),
            count=parse_info(info).transactions if info else None,
            state=state,
        )
        if watermark is not None:
            where = exchange.where()._replace(query="", redacted="")  # the poll says nothing that is not in raw.device
            self._emitter.watermark(watermark, device, where)


def _is_live(exchange: Exchange, state: DeviceState | None) -> bool:
    """Whether its options say that it sends each punch at once: `Realtime=1` goes before times and intervals (vendor's
    document 2.2), and of what `TransFlag` does not name nothing comes."""
    options = exchange.device.options
    realtime = _UNSAID.realtime if options.realtime is None else options.realtime
    words = _UNSAID.trans_words if options.trans_words is None else options.trans_words
    return realtime and _ATTENDANCE_WORD in words and not is_access(exchange, state)
