"""The punch that somebody means, by its id, out of the 35 days of the topic `punches`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from ingest.control.errors import NotNow, NotThere, RequestInvalid
from ingest.control.records import Records
from runtime.producer import Producer
from schemas.codec import decode_event
from schemas.events import Punch

_TOPIC: Final = "punches"
_DAY_MS: Final = 86_400_000
_DAYS: Final = (3, 35)  # most corrections are of yesterday


class PunchSearch:
    """`producer` has `punches` prepared."""

    def __init__(self, records: Records, producer: Producer, *, clock: Callable[[], float] = time.time) -> None:
        self._records = records
        self._producer = producer
        self._clock = clock

    async def find(self, tenant: str, punch_id: str, serial: str = "") -> Punch:
        """The copy that counts (DESIGN 2.3). `serial`: where it was punched; then one partition is read, not all.
        Raises NotThere, NotNow, and RequestInvalid for no id."""
        if not punch_id:
            raise RequestInvalid("say which punch: target")
        everywhere = range(self._producer.partition_count(_TOPIC))
        partitions = [self._producer.partition(_TOPIC, _source(serial))] if serial else everywhere
        key, found = punch_id.encode(), list[Punch]()

        def look(record: Any) -> None:
            if record.key == key and record.value is not None:
                punch = decode_event(Punch, record.value)
                if punch.tenant == tenant:
                    found.append(punch)

        help_text = "say target_at, the instant that the card shows for it" + ("" if serial else ", or its serial")
        for days in _DAYS:
            try:
                since = int(self._clock() * 1000) - days * _DAY_MS
                await self._records.visit(_TOPIC, partitions, look, since_ms=since)
            except NotNow as error:
                raise NotNow(f"punch {punch_id[:32]} was not found in time: {help_text} ({error})") from error
            if found:
                return max(found, key=lambda punch: punch.rank)
        raise NotThere(f"no punch {punch_id[:32]} came within {_DAYS[-1]} days: {help_text}")


def _source(serial: str) -> bytes:
    """Serials are in upper case, keys of servers and stations (`biotime:hq`) as they are."""
    return (serial if ":" in serial else serial.upper()).encode()
