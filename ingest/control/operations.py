"""All that operators can do, put together: for the control API in an edge, and for the command line's own process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from ingest.audit import TOPIC as AUDIT
from ingest.commands.desk import TOPICS as DESK_TOPICS
from ingest.commands.desk import CommandDesk
from ingest.commands.source_orders import SourceDesk
from ingest.control.approval_desk import ApprovalDesk
from ingest.control.correction_bulk import BulkDesk
from ingest.control.correction_desk import CorrectionDesk
from ingest.control.correction_store import CorrectionStore
from ingest.control.correction_view import CorrectionView
from ingest.control.device_list import DeviceList
from ingest.control.devices import DeviceDesk
from ingest.control.employee_list import EmployeeList
from ingest.control.employees import TOPICS as EMPLOYEE_TOPICS
from ingest.control.employees import EmployeeDesk
from ingest.control.home_sites import HomeSites
from ingest.control.on_demand import OnDemand
from ingest.control.orders import OrderDesk
from ingest.control.people import PeopleDesk
from ingest.control.periods import TOPICS as PERIOD_TOPICS
from ingest.control.periods import PeriodDesk
from ingest.control.punch_search import PunchSearch
from ingest.control.raw_tail import RawTail
from ingest.control.records import Records
from ingest.control.source_list import SourceList
from runtime.command_view import CommandView
from runtime.device_view import DeviceView
from runtime.keyring import KeyRing, open_key_ring
from runtime.objects import ObjectStore, open_store
from runtime.producer import Producer
from runtime.registry_view import RegistryView
from runtime.settings import Settings
from runtime.vault import Vault
from schemas.topics import RAW_TOPICS

_CARD_TOPICS: Final = ("corrections", "approvals", "punches", "identities", "timecards.daily")
TOPICS: Final = tuple(
    dict.fromkeys((AUDIT, "people", *DESK_TOPICS, *PERIOD_TOPICS, *EMPLOYEE_TOPICS, *_CARD_TOPICS, *RAW_TOPICS))
)
_PENDING_BYTES: Final = 256 * 1024 * 1024
_DEADLINE_SECONDS: Final = 20.0


class Operations:
    """`producer` and the views are started, and stopped by whoever made them; `prepare` comes first."""

    def __init__(
        self,
        settings: Settings,
        *,
        registry: RegistryView,
        devices: DeviceView,
        commands: CommandView,
        desk: CommandDesk,
        producer: Producer,
        keys: KeyRing,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._producer = producer
        self._keys = keys
        self._objects: ObjectStore | None = None
        self._vault: Vault | None = None
        self._opening = asyncio.Lock()
        self.records = Records(settings.kafka)
        self.device_list = DeviceList(settings.ingest, registry=registry, devices=devices, clock=clock)
        self.devices = DeviceDesk(settings, registry=registry, devices=self.device_list, producer=producer, clock=clock)
        self.orders = OrderDesk(
            desk=desk,
            commands=commands,
            devices=self.device_list,
            source_desk=SourceDesk(
                view=commands, producer=producer, keys=keys, settings=settings.connectors, clock=clock
            ),
            sources=SourceList(settings.connectors),
            records=self.records,
            producer=producer,
            keys=keys,
            objects=self.objects,
            clock=clock,
        )
        self.people = PeopleDesk(
            devices=self.device_list,
            states=devices,
            records=self.records,
            producer=producer,
            desk=desk,
            vault=self.vault,
            clock=clock,
        )
        self.employees = EmployeeDesk(settings.kafka, registry=registry, producer=producer, clock=clock)
        self.raw = RawTail(self.records, producer)
        self._views = (
            OnDemand(lambda: HomeSites(settings.kafka)),
            OnDemand(lambda: CorrectionView(settings.kafka, keep_days=settings.control.corrections_days, clock=clock)),
        )
        homes, corrections = self._views
        employees = EmployeeList(settings, homes, clock=clock)
        store = CorrectionStore(corrections, records=self.records, producer=producer)
        self.corrections = CorrectionDesk(
            settings,
            registry=registry,
            employees=employees,
            store=store,
            punches=PunchSearch(self.records, producer, clock=clock),
            clock=clock,
        )
        self.correction_bulk = BulkDesk(
            settings,
            self.corrections,
            registry=registry,
            employees=employees,
            store=store,
            records=self.records,
            producer=producer,
            clock=clock,
        )
        self.approvals = ApprovalDesk(employees=employees, records=self.records, producer=producer, clock=clock)
        self.periods = PeriodDesk(settings, registry=registry, devices=devices, producer=producer, clock=clock)

    async def prepare(self) -> None:
        """Learn the topics that are written or looked into. Raises TopicMismatch naming one that is not there."""
        await self._producer.prepare(*TOPICS)

    async def close(self) -> None:
        """Stop the views that requests have started."""
        for view in self._views:
            await view.close()

    async def objects(self) -> ObjectStore:
        """Opened when it is first needed. Raises SettingsError, StoreUnavailable, StoreRefused."""
        async with self._opening:
            if self._objects is None:
                self._objects = await open_store(self._settings.store)
        return self._objects

    async def vault(self) -> Vault:
        """Raises what `objects` raises."""
        objects = await self.objects()
        if self._vault is None:
            self._vault = Vault(objects, self._keys)
        return self._vault


@asynccontextmanager
async def open_operations(settings: Settings) -> AsyncIterator[Operations]:
    """With views and a producer of its own, read to the end. Raises SettingsError, TopicMismatch, ViewUnreadable,
    DeliveryFailed."""
    keys = open_key_ring(settings.keys)
    async with AsyncExitStack() as cleanup:
        producer = Producer(
            settings.kafka,
            client_id="punchstream-operator",
            max_pending_bytes=_PENDING_BYTES,
            deadline_seconds=_DEADLINE_SECONDS,
        )
        await producer.start()
        cleanup.push_async_callback(producer.stop)
        registry, devices, commands = (
            RegistryView(settings.kafka), DeviceView(settings.kafka), CommandView(settings.kafka)
        )  # fmt: skip
        for view in (registry, devices, commands):
            cleanup.push_async_callback(view.stop)
        await asyncio.gather(registry.start(), devices.start(), commands.start())

        def options_of(serial: str) -> dict[str, str] | None:
            state = devices.state(serial)
            return state.options if state else None

        desk = CommandDesk(
            view=commands, registry=registry, producer=producer, keys=keys, settings=settings,
            device_options=options_of,
        )  # fmt: skip
        operations = Operations(
            settings, registry=registry, devices=devices, commands=commands, desk=desk, producer=producer, keys=keys
        )
        cleanup.push_async_callback(operations.close)
        await operations.prepare()
        yield operations
