"""The greatest punch of each PIN, always at hand: a live view of the `lastpunch` topic.

Values stay bytes until somebody asks: 500,000 of them are about 200 MiB, read objects were three times that.
Source: DESIGN 4.
"""

from __future__ import annotations

from aiokafka import ConsumerRecord

from runtime.follower import Follower
from runtime.sections import KafkaSettings
from schemas.codec import decode_event
from schemas.identity import normal_pin
from schemas.lastpunch import LastPunch

TOPIC = "lastpunch"


def last_punch_key(serial: str, pin: str) -> bytes:
    """The key of a PIN at a device; `serial` in upper case."""
    return f"{serial}+{normal_pin(pin)}".encode()


class LastPunchView:
    """`failed` as in runtime.follower."""

    def __init__(
        self, settings: KafkaSettings, *, client_id: str = "punchstream-lastpunch", deadline_seconds: float = 120.0
    ) -> None:
        self._follower = Follower(settings, TOPIC, self._apply, client_id=client_id, deadline_seconds=deadline_seconds)
        self._values: dict[bytes, bytes] = {}

    @property
    def failed(self) -> str:
        return self._follower.failed

    def find(self, serial: str, pin: str) -> LastPunch | None:
        """None when nobody of this PIN punched there. Raises NotAnEvent when the record cannot be read."""
        value = self._values.get(last_punch_key(serial, pin))
        return decode_event(LastPunch, value) if value is not None else None

    async def start(self) -> None:
        """Returns when the end that the topic had is reached. Raises ViewUnreadable."""
        await self._follower.start()

    async def stop(self) -> None:
        await self._follower.stop()

    def _apply(self, record: ConsumerRecord[bytes, bytes]) -> None:
        if record.key is None:
            return
        if record.value is None:
            self._values.pop(record.key, None)
        else:
            self._values[record.key] = record.value
