"""Corrections in Kafka: the view of those at hand, reading older ones, writing new states of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ingest.audit import audit_event, write_audit
from ingest.control.caller import Caller
from ingest.control.correction_states import later_of
from ingest.control.correction_view import TOPIC, CorrectionView, read_correction
from ingest.control.errors import ControlRefused, NotNow
from ingest.control.on_demand import OnDemand
from ingest.control.records import Records
from runtime.errors import BufferFull, DeliveryFailed
from runtime.producer import Producer, RecordPosition
from schemas.codec import encode_event
from schemas.corrections import Correction
from schemas.employees import employee_key

MAX_READ: Final = 10_000
_DEADLINE_SECONDS: Final = 20.0
_BREATH: Final = 100  # corrections that are written before others of the process have their turn


class CorrectionStore:
    """`producer` has `audit` and `corrections` prepared. `writing` is held from looking to having written: one change
    of this process sees what the one before it wrote."""

    def __init__(self, view: OnDemand[CorrectionView], *, records: Records, producer: Producer) -> None:
        self._view = view
        self._records = records
        self._producer = producer
        self.writing = asyncio.Lock()

    async def view(self) -> CorrectionView:
        """Raises ViewUnreadable."""
        return await self._view.get()

    async def current(self) -> CorrectionView:
        """With all that the topic holds now. Raises ViewUnreadable."""
        view = await self._view.get()
        await view.current()
        return view

    async def read(
        self, wanted: Callable[[Correction], bool], *, tenant: str = "", employee: str = "", correction_id: str = ""
    ) -> list[Correction]:
        """Out of the whole topic, or of an employee's partition of it, as they stand. Raises NotNow: not in time;
        ControlRefused: more than MAX_READ."""
        found: dict[str, Correction] = {}

        def look(record: Any) -> None:
            if correction_id and record.key != correction_id.encode():
                return
            read = read_correction(record.value)
            if read is not None and wanted(read):
                found[read.correction_id] = later_of(found.get(read.correction_id), read)
                if len(found) > MAX_READ:
                    raise ControlRefused(f"these are more than {MAX_READ} corrections: ask for fewer")

        partitions = range(self._producer.partition_count(TOPIC))
        if employee:
            place = self._producer.partition(TOPIC, employee_key(tenant, employee))
            partitions = range(place, place + 1)
        await self._records.visit(TOPIC, partitions, look)
        return list(found.values())

    async def write(
        self,
        caller: Caller,
        action: str,
        target: str,
        corrections: Sequence[Correction],
        *,
        at: int,
        reason: str,
        details: Mapping[str, str],
    ) -> list[Correction]:
        """Audited first; returns what stands of each once the own view has them: somebody else may have been first.

        All are of one tenant. Raises NotNow, ViewUnreadable.
        """
        tenant = corrections[0].tenant
        event = audit_event(caller.operator, action, target, at=at, tenant=tenant, reason=reason, details=details)
        try:
            await write_audit(self._producer, [event])
            ends = await self._send(corrections)
        except (BufferFull, DeliveryFailed) as error:
            raise NotNow(f"Kafka does not take it: look whether it is done before asking again: {error}") from error
        view = await self._view.get()
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS):
                for end in ends:
                    await view.reached(end)
        except TimeoutError as error:
            raise NotNow("it is written, but was not read back in time: look how it stands") from error
        return [view.find(one.correction_id) or one for one in corrections]

    async def _send(self, corrections: Sequence[Correction]) -> list[RecordPosition]:
        """The last position in each partition that was written to."""
        sent = []
        for number, one in enumerate(corrections):
            if number % _BREATH == 0:
                await asyncio.sleep(0)
            by = employee_key(one.tenant, one.employee)
            batch = self._producer.append(TOPIC, one.correction_id.encode(), encode_event(one), partition_by=by)
            sent.append((self._producer.partition(TOPIC, by), batch, batch.count - 1))
        ends: dict[int, int] = {}
        for partition, batch, index in sent:
            ends[partition] = max(ends.get(partition, 0), await batch.acked() + index)
        return [RecordPosition(partition, offset) for partition, offset in ends.items()]
