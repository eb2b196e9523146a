"""What the device processor says of each device, always at hand: a live view of the `devices` topic.

Memory: about 3 KiB a device (10,000 devices are 30 MiB). Source: DESIGN 4.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from aiokafka import ConsumerRecord
from prometheus_client import Counter

from runtime.follower import Follower
from runtime.sections import KafkaSettings
from schemas.codec import NotAnEvent, decode_event
from schemas.devices import DeviceState

log = logging.getLogger(__name__)

TOPIC = "devices"

REFUSED = Counter("punchstream_device_view_refused_records_total", "device states that could not be read")


class DeviceView:
    """Look-ups by serial in upper case. `failed` as in runtime.follower."""

    def __init__(
        self, settings: KafkaSettings, *, client_id: str = "punchstream-devices", deadline_seconds: float = 60.0
    ) -> None:
        self._follower = Follower(settings, TOPIC, self._apply, client_id=client_id, deadline_seconds=deadline_seconds)
        self._states: dict[str, DeviceState] = {}

    @property
    def failed(self) -> str:
        return self._follower.failed

    def state(self, serial: str) -> DeviceState | None:
        return self._states.get(serial)

    def states(self) -> Iterable[DeviceState]:
        return self._states.values()

    async def start(self) -> None:
        """Returns when the end that the topic had is reached. Raises ViewUnreadable."""
        await self._follower.start()

    async def stop(self) -> None:
        await self._follower.stop()

    def _apply(self, record: ConsumerRecord[bytes, bytes]) -> None:
        serial = (record.key or b"").decode("utf-8", "replace")
        if record.value is None:
            self._states.pop(serial, None)
            return
        try:
            self._states[serial] = decode_event(DeviceState, record.value)
        except NotAnEvent as error:
            REFUSED.inc()
            log.error("device state of %s at offset %d is kept out: %s", serial, record.offset, error)
