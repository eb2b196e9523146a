"""The corrections that operators work with, as they stand: a live view of the topic `corrections`.

In memory are those that are pending, and those that changed or concern a time within the last `keep_days`, at most
MAX_KEPT: beyond it the longest unchanged leave, decided ones before pending ones. What left is read from the topic when
somebody asks (correction_desk.py). One takes 1.4 KiB (tracemalloc, 10,000 of them, 2026-11-21).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from aiokafka import ConsumerRecord
from prometheus_client import Counter

from ingest.control.correction_states import later_of
from runtime.errors import ViewUnreadable
from runtime.follower import Follower
from runtime.producer import RecordPosition
from runtime.sections import KafkaSettings
from schemas.codec import NotAnEvent, decode_event
from schemas.corrections import Correction, CorrectionStatus

log = logging.getLogger(__name__)

TOPIC: Final = "corrections"
MAX_KEPT: Final = 50_000
_DAY_MS: Final = 86_400_000
_DEADLINE_SECONDS: Final = 20.0
_SWEEP_EVERY: Final = 5_000
_LOGGED_UNREADABLE: Final = 20

UNREADABLE = Counter("punchstream_corrections_unreadable_total", "records of the topic corrections that make no sense")


def read_correction(value: bytes | None) -> Correction | None:
    """None for what makes no sense, which is counted."""
    try:
        return decode_event(Correction, value or b"")
    except NotAnEvent as error:
        UNREADABLE.inc()
        log.debug("a correction is left out: %s", error)
        return None


class CorrectionView:
    """Look-ups are answered from memory. `failed` says in words why following stopped; then the view is stale."""

    def __init__(
        self,
        settings: KafkaSettings,
        *,
        keep_days: int,
        client_id: str = "punchstream-corrections",
        deadline_seconds: float = 120.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._follower = Follower(settings, TOPIC, self.apply, client_id=client_id, deadline_seconds=deadline_seconds)
        self._keep_ms = keep_days * _DAY_MS
        self._clock = clock
        self._known: dict[str, Correction] = {}
        self._of_employee: dict[tuple[str, str], dict[str, None]] = {}
        self._applied = 0
        self._unreadable = 0

    @property
    def failed(self) -> str:
        return self._follower.failed

    async def start(self) -> None:
        """Returns when the end that the topic had is reached. Raises ViewUnreadable."""
        await self._follower.start()
        self._sweep()
        log.info("the corrections are read: %d are at hand", len(self._known))

    async def stop(self) -> None:
        await self._follower.stop()

    async def current(self) -> None:
        """Wait until all that the topic holds now is folded. Raises ViewUnreadable."""
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS):
                for partition in list(self._follower.positions):
                    await self._follower.reached_end(partition)
        except TimeoutError as error:
            raise ViewUnreadable(f"topic {TOPIC} was not read to its end within {_DEADLINE_SECONDS:g} s") from error

    async def reached(self, position: RecordPosition) -> None:
        """Wait until the record there is folded. The caller sets the deadline. Raises ViewUnreadable."""
        await self._follower.reached(*position)

    def find(self, correction_id: str) -> Correction | None:
        return self._known.get(correction_id)

    def of_employee(self, tenant: str, employee: str) -> Iterator[Correction]:
        return (self._known[one] for one in self._of_employee.get((tenant, employee), ()))

    def all(self) -> Iterator[Correction]:
        return iter(self._known.values())

    def apply(self, record: ConsumerRecord[bytes, bytes]) -> None:
        read = read_correction(record.value)
        if read is None:
            self._unreadable += 1
            if self._unreadable <= _LOGGED_UNREADABLE:
                log.error("the correction %r at offset %d makes no sense", record.key, record.offset)
            return
        known = self._known.get(read.correction_id)
        if later_of(known, read) is not read:
            return
        if known is not None:
            self._forget(known)
        if self._is_wanted(read):
            self._known[read.correction_id] = read
            self._of_employee.setdefault((read.tenant, read.employee), {})[read.correction_id] = None
        self._applied += 1
        if self._applied % _SWEEP_EVERY == 0:
            self._sweep()

    def _is_wanted(self, one: Correction) -> bool:
        return one.status is CorrectionStatus.PENDING or _touched(one) >= self._clock() * 1000 - self._keep_ms

    def _sweep(self) -> None:
        for old in [one for one in self._known.values() if not self._is_wanted(one)]:
            self._forget(old)
        if (surplus := len(self._known) - MAX_KEPT) > 0:
            log.warning("%d corrections are more than are kept at hand: the oldest are read when asked for", surplus)
            decided_first = sorted(
                self._known.values(), key=lambda one: (one.status is CorrectionStatus.PENDING, _touched(one))
            )
            for one in decided_first[:surplus]:
                self._forget(one)

    def _forget(self, one: Correction) -> None:
        del self._known[one.correction_id]
        ids = self._of_employee[one.tenant, one.employee]
        del ids[one.correction_id]
        if not ids:
            del self._of_employee[one.tenant, one.employee]


def _touched(one: Correction) -> int:
    """When it changed last, or the time that it is about, whichever is later; epoch ms."""
    about = one.punch_at or one.target_at or 0
    if one.work_date:
        about = int(datetime.fromisoformat(one.work_date).replace(tzinfo=UTC).timestamp()) * 1000
    return max(one.decided_at or 0, one.requested_at or 0, about)
