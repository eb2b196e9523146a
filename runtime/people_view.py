"""People as devices have them, by PIN, always at hand: a live view of the topic `people` for remote attendance.

Only users and fingerprints are kept, values as bytes until somebody asks: about 1 KiB for a person with two fingers on
one device. Only edges whose setting `lookups.remote_attendance` is on follow it. Source: DESIGN 4.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from aiokafka import ConsumerRecord
from prometheus_client import Counter

from runtime.follower import Follower
from runtime.sections import KafkaSettings
from schemas.codec import NotAnEvent, decode_event
from schemas.device_events import Person

log = logging.getLogger(__name__)

TOPIC = "people"
_KINDS = ("user", "fingerprint")

REFUSED = Counter("punchstream_people_view_refused_records_total", "people that could not be read")


class PeopleView:
    """`failed` as in runtime.follower."""

    def __init__(
        self, settings: KafkaSettings, *, client_id: str = "punchstream-people", deadline_seconds: float = 120.0
    ) -> None:
        self._follower = Follower(settings, TOPIC, self._apply, client_id=client_id, deadline_seconds=deadline_seconds)
        self._people: dict[str, dict[tuple[str, str], bytes]] = {}  # normal PIN -> (serial, item) -> value

    @property
    def failed(self) -> str:
        return self._follower.failed

    def of_pin(self, pin: str) -> Iterator[Person]:
        """What any device said of a normal PIN, removals included; of each device and item the last word."""
        for (serial, item), value in self._people.get(pin, {}).items():
            try:
                yield decode_event(Person, value)
            except NotAnEvent as error:
                REFUSED.inc()
                log.error("%s of a user of device %s is kept out: %s", item, serial, error)

    async def start(self) -> None:
        """Returns when the end that the topic had is reached. Raises ViewUnreadable."""
        await self._follower.start()

    async def stop(self) -> None:
        await self._follower.stop()

    def _apply(self, record: ConsumerRecord[bytes, bytes]) -> None:
        """Keys are `<serial>+<normal PIN>+<item>`; a serial has no "+", an item none either."""
        parts = (record.key or b"").decode("utf-8", "replace").split("+")
        if len(parts) < 3 or not parts[-1].startswith(_KINDS):
            return
        serial, pin, item = parts[0], "+".join(parts[1:-1]), parts[-1]
        if record.value is None:
            self._people.get(pin, {}).pop((serial, item), None)
        else:
            self._people.setdefault(pin, {})[serial, item] = record.value
