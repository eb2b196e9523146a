"""The greatest punch of each PIN, always at hand: a live view of the `lastpunch` topic.

Values stay bytes until somebody asks: 500,000 of them are about 200 MiB, read objects were three times that. What
timecards tell of the same people comes on top: one record for each clock that they use, one for each of its areas.
Source: DESIGN 4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from aiokafka import ConsumerRecord

from runtime.follower import Follower
from runtime.sections import KafkaSettings
from schemas.codec import decode_event
from schemas.lastpunch import LastPunch, area_key, hours_key, last_punch_key

TOPIC = "lastpunch"


class LastPunchView:
    """`areas_of` names the areas that hold a device at an instant (epoch ms); `failed` as in runtime.follower."""

    def __init__(
        self,
        settings: KafkaSettings,
        areas_of: Callable[[str, int], Sequence[str]],
        *,
        client_id: str = "punchstream-lastpunch",
        deadline_seconds: float = 120.0,
    ) -> None:
        self._follower = Follower(settings, TOPIC, self._apply, client_id=client_id, deadline_seconds=deadline_seconds)
        self._areas_of = areas_of
        self._values: dict[bytes, bytes] = {}

    @property
    def failed(self) -> str:
        return self._follower.failed

    def find(self, serial: str, pin: str, at_ms: int) -> LastPunch | None:
        """None when nobody of this PIN punched there, or at another clock of the areas that it is in at `at_ms`.
        Raises NotAnEvent when a record cannot be read."""
        areas = (self._read(area_key(area, pin)) for area in self._areas_of(serial, at_ms))
        return best_of(
            self._read(last_punch_key(serial, pin)),
            self._read(hours_key(serial, pin)),
            [record for record in areas if record is not None],
        )

    async def start(self) -> None:
        """Returns when the end that the topic had is reached. Raises ViewUnreadable."""
        await self._follower.start()

    async def stop(self) -> None:
        await self._follower.stop()

    def _read(self, key: bytes) -> LastPunch | None:
        value = self._values.get(key)
        return decode_event(LastPunch, value) if value is not None else None

    def _apply(self, record: ConsumerRecord[bytes, bytes]) -> None:
        if record.key is None:
            return
        if record.value is None:
            self._values.pop(record.key, None)
        else:
            self._values[record.key] = record.value


def best_of(own: LastPunch | None, hours: LastPunch | None, areas: Sequence[LastPunch]) -> LastPunch | None:
    """What is shown to a PIN at a clock. own: from the clock's punches; hours, areas: from the timecards of the person
    behind the PIN there and in its areas.

    Of the timecards' records the newest counts, since each says all of a person; of it and the clock's own punch the
    greater, unless that one is known not to count. A PIN may be another person elsewhere: records of areas count only
    when they are of the person of this clock or, where nobody is known here, all of one person.
    """
    known = hours.employee if hours is not None else None
    people = {record.employee for record in areas} if known is None else {known}
    same = [record for record in areas if record.employee in people] if len(people) == 1 else []
    told = max([*([hours] if hours is not None else []), *same], key=_newest, default=None)
    if told is None:
        return own
    last = told if own is None or own.event_id in told.overruled or own.punch_at < told.punch_at else own
    return replace(
        last, week_minutes=told.week_minutes, week_start=told.week_start, as_of=told.as_of, employee=told.employee
    )


def _newest(record: LastPunch) -> tuple[int, int]:
    return record.as_of or 0, record.punch_at
